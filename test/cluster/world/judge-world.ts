// The end of a test: waits until the cluster has come to terms with all that was done to it, then for ten more slots of
// every job, asks every agent what it says of all of them, and has the judge decide.
import { setTimeout as delay } from 'node:timers/promises'
import type { RunView } from '../../../lib/view/run-view.ts'
import { until } from '../agent-process.ts'
import type { History, JudgedJob } from '../judge/history.ts'
import { judgeHistory, type Verdict } from '../judge/judge-history.ts'
import { isDemanded } from '../judge/match-in-time.ts'
import { toldOf, wordsOf } from '../judge/told.ts'
import type { World } from './world.ts'

/** After the last fault all that was begun must be over, and told alike by all, within so long. */
const settledWithinMs = 90_000
const agreedWithinMs = 60_000
const quietSlots = 10

/** To be called when all agents are there and see each other. */
export async function judgeWorld(world: World): Promise<Verdict> {
  const unsettled = await whenSettled(world)
  world.say('all that was begun is over; from now on nothing is excused')
  const quietFromMs = Date.now()
  while (!haveQuietSlots(world, quietFromMs)) await delay(200)
  const endMs = Date.now()
  const answers = await agreedAnswers(world, () => isOverAt(world, endMs), agreedWithinMs)
  const verdict = judgeHistory({ ...world.history(endMs), answers: answers.given, quietFromMs })
  return { ...verdict, complaints: [...unsettled, ...verdict.complaints] }
}

/** Until what was due before the last fault ended has come to an end, and all agents tell it. */
async function whenSettled(world: World): Promise<string[]> {
  const overMs = world.faults.overMs(world.dismissed)
  const { open } = await agreedAnswers(world, () => (_, slotMs) => slotMs < overMs, settledWithinMs)
  return open.map((text) => `${settledWithinMs / 1000} s after the last fault ${text}`)
}

function haveQuietSlots(world: World, quietFromMs: number): boolean {
  const isOver = isOverAt(world, Date.now())
  return world.jobs(Date.now()).every((job) => {
    const [only, ...others] = job.slots
    if (only === undefined) return false
    if (others.length === 0) return isOver(job, only)
    return job.slots.filter((slotMs) => slotMs >= quietFromMs && isOver(job, slotMs)).length >= quietSlots
  })
}

/** Whether a slot has run to its end, or should have by now. */
function isOverAt(world: World, endMs: number): (job: JudgedJob, slotMs: number) => boolean {
  const ends = world.evidence().filter(({ kind, atMs }) => kind === 'end' && atMs <= endMs)
  const ended = new Set(ends.map(({ job, slotMs }) => `${job} ${slotMs}`))
  return (job, slotMs) => ended.has(`${job.name} ${slotMs}`) || isDemanded(slotMs, job, endMs)
}

/** What all agents say, once they say the same and an end of every slot that is asked for; or what they say at last. */
async function agreedAnswers(
  world: World,
  whatIsAsked: () => (job: JudgedJob, slotMs: number) => boolean,
  withinMs: number,
): Promise<{ readonly given: History['answers']; readonly open: readonly string[] }> {
  let given: History['answers'] = new Map()
  let open: string[] = []
  const look = async () => {
    given = await ask(world)
    const isAsked = whatIsAsked()
    open = world.jobs(Date.now()).flatMap((job) => {
      const asked = job.slots.filter((slotMs) => slotMs >= job.knownAtMs && isAsked(job, slotMs))
      return asked.flatMap((slotMs) => openWords(given, job.name, slotMs))
    })
    return open.length === 0
  }
  await until('the agents to agree', look, withinMs).catch(() => undefined)
  return { given, open }
}

function openWords(answers: History['answers'], job: string, slotMs: number): string[] {
  const told = toldOf({ answers }, job, slotMs)
  const slot = `${job} ${new Date(slotMs).toISOString()}`
  if (told.kind === 'contradiction') return [`${slot} is told differently: ${told.text}`]
  const runs = told.kind === 'nothing' ? [] : told.runs
  const isOpen = runs.length === 0 || runs.some(({ state }) => state === 'running')
  return isOpen ? [`${slot} is open: ${wordsOf(runs)}`] : []
}

async function ask(world: World): Promise<History['answers']> {
  const jobs = world.jobs(Date.now())
  const answers = world.present.map(async ({ name }) => {
    const runs = new Map<string, readonly RunView[]>()
    for (const job of jobs) runs.set(job.name, await world.runsOf(name, job.name))
    return [name, runs] as const
  })
  return new Map(await Promise.all(answers))
}
