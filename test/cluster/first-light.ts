// The first light, as one story with real agents: three processes become one cluster of three witnesses, a file that
// is dropped on the second reaches all, a job runs every second on one of them, one agent is killed and comes back.
// Told by the demo in full length and by a test in short; judge-slots.ts says whether it went well.
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { defaultClaimSettings } from '../../lib/base/limits.ts'
import type { JobView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'
import { judgeSlots, type Start, type Verdict } from './judge-slots.ts'

export type Story = {
  /** How long all three run, how long one is away, and how long from when it took part again. */
  readonly togetherMs: number
  readonly awayMs: number
  readonly againMs: number
  readonly onChapter: (text: string) => void
  /** Each slot once, in order, as soon as an agent knows how it ended. */
  readonly onRun: (run: RunView) => void
}

export type Ending = Verdict & {
  readonly names: readonly string[]
  readonly killed: string
  /** Starts on the killed agent after it came back. */
  readonly startsAfterReturn: number
}

const everyMs = 1000
/** The last slots are left out, of which some may not have begun. */
const leftOutMs = 3000
/** Far above what it takes, and far below the deadline of a start: a busy machine is no fault. */
const graceMs = 10_000
const jobName = 'demo.every-second'
const settledWithinMs = 90_000
const returnWithinMs = 60_000

export async function tellFirstLight(story: Story): Promise<Ending> {
  const home = new AgentHome()
  try {
    return await tell(home, story)
  } finally {
    await home.close()
  }
}

async function tell(home: AgentHome, story: Story): Promise<Ending> {
  const agents = await gather(home, story)
  const [alpha, beta] = agents
  if (alpha === undefined || beta === undefined) throw new Error('three agents were started')
  const evidence = home.at('evidence')
  beta.drop('demo.yaml', configText(evidence))
  for (const agent of agents) await until(`${agent.name} to know the job`, async () => knowsJob(agent))
  story.onChapter(
    `a file that was dropped on ${beta.name} is in force on all three; its job runs every second`,
  )
  await until('the first run', () => readStarts(evidence).length > 0)
  const fromMs = Math.min(...readStarts(evidence).map(({ slotMs }) => slotMs))

  const watch = watchRuns(agents, { fromMs, onRun: story.onRun })
  try {
    await delay(story.togetherMs)
    const killedAtMs = Date.now()
    await alpha.kill()
    story.onChapter(`${alpha.name}, which founded the cluster, is killed with SIGKILL`)
    await delay(story.awayMs)
    const returned = home.start(alpha.name)
    watch.agents[0] = returned
    await returned.ready()
    const returnedAtMs = Date.now()
    story.onChapter(`${alpha.name} is started again`)
    const startsAfterReturn = () =>
      readStarts(evidence).filter(({ node, slotMs }) => node === alpha.name && slotMs > returnedAtMs).length
    // That it never takes part again is for the caller to say.
    await until('it to take part again', () => startsAfterReturn() > 0, returnWithinMs).catch(() => undefined)
    await delay(story.againMs)
    const toMs = Math.floor((Date.now() - leftOutMs) / everyMs) * everyMs
    const present = [returned, ...agents.slice(1)]
    const judged = {
      everyMs,
      fromMs,
      toMs,
      graceMs,
      kills: [killedAtMs],
      claimAheadMs: defaultClaimSettings.claimAheadMs,
    }
    const answers = await settledAnswers(present, { fromMs, toMs })
    await watch.stop()
    const starts = readStarts(evidence)
    return {
      ...judgeSlots({ ...judged, starts, answers }),
      names: present.map(({ name }) => name),
      killed: alpha.name,
      startsAfterReturn: starts.filter(({ node, slotMs }) => node === alpha.name && slotMs > returnedAtMs)
        .length,
    }
  } finally {
    await watch.stop()
  }
}

/** Three agents, founded with three witnesses, that all say they are ready. */
async function gather(home: AgentHome, story: Story): Promise<AgentProcess[]> {
  const alpha = home.start('alpha', { words: ['--witnesses', '3'] })
  await alpha.ready()
  story.onChapter('alpha founded a cluster that waits for three witnesses')
  const { out } = await hocket(['join-token', '--data-dir', alpha.dataDirectory])
  const others = ['beta', 'gamma'].map((name) =>
    home.start(name, { environment: { HOCKET_JOIN: out.trim() } }),
  )
  const agents = [alpha, ...others]
  for (const agent of agents) {
    await until(`${agent.name} to be ready to claim`, async () => {
      await agent.ready()
      const { state, session } = await agent.get<StatusView>('status')
      return state === 'ready' && session.isValid
    })
  }
  story.onChapter('beta and gamma joined with its token; all three vote')
  return agents
}

/** The command's own words: the slot, the node, and the first clock reading of the process that was started. */
function configText(evidence: string): string {
  return `jobs:
  ${jobName.split('.')[1] ?? ''}:
    schedule: every 1s
    overlap: allow
    actions:
      note:
        command: echo "$HOCKET_SLOT $HOCKET_NODE $(date +%s%3N)" >> '${evidence}'
`
}

async function knowsJob(agent: AgentProcess): Promise<boolean> {
  const { jobs } = await agent.get<{ jobs: readonly JobView[] }>('jobs')
  return jobs.some(({ name }) => name === jobName)
}

function readStarts(evidence: string): Start[] {
  if (!fs.existsSync(evidence)) return []
  return fs
    .readFileSync(evidence, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [slot = '', node = '', startedAtMs = ''] = line.split(' ')
      return { slotMs: Date.parse(slot), node, startedAtMs: Number(startedAtMs) }
    })
}

async function runsOf(agent: AgentProcess): Promise<readonly RunView[]> {
  return (await agent.get<{ runs: readonly RunView[] }>(`runs?job=${encodeURIComponent(jobName)}&limit=1000`))
    .runs
}

/** Asks the agents in turn, and tells each slot once it has ended, in order. */
function watchRuns(
  agents: readonly AgentProcess[],
  options: { readonly fromMs: number; readonly onRun: (run: RunView) => void },
): { readonly agents: AgentProcess[]; stop(): Promise<void> } {
  const asked = [...agents]
  let nextMs = options.fromMs
  const over = new AbortController()
  const look = async () => {
    for (let turn = 0; !over.signal.aborted; turn++) {
      const agent = asked[turn % asked.length]
      if (agent?.isRunning === true)
        nextMs = tellRuns(await runsOf(agent).catch(() => []), nextMs, options.onRun)
      await delay(300)
    }
  }
  const looked = look()
  return {
    agents: asked,
    stop: async () => {
      over.abort()
      await looked
    },
  }
}

/** A slot that is open for longer than this is told as it is: what comes after it is news too. */
const patienceMs = 4000

function tellRuns(runs: readonly RunView[], fromMs: number, onRun: (run: RunView) => void): number {
  let nextMs = fromMs
  for (;;) {
    const slotMs = nextMs
    const run = runs.find((one) => Date.parse(one.slot) === slotMs)
    const isOpen = run === undefined || run.state === 'running'
    if (isOpen && Date.now() - nextMs < patienceMs) return nextMs
    if (run !== undefined) onRun(run)
    nextMs += everyMs
  }
}

/** What all agents answer, once each says of every slot how it ended; or what they say when the patience is over. */
async function settledAnswers(
  agents: readonly AgentProcess[],
  range: { readonly fromMs: number; readonly toMs: number },
): Promise<Map<string, readonly RunView[]>> {
  let answers = new Map<string, readonly RunView[]>()
  const isSettled = async () => {
    answers = new Map(
      await Promise.all(agents.map(async (agent) => [agent.name, await runsOf(agent)] as const)),
    )
    return [...answers.values()].every((runs) => {
      const ended = new Set(
        runs.filter(({ state }) => state !== 'running').map(({ slot }) => Date.parse(slot)),
      )
      for (let slotMs = range.fromMs; slotMs <= range.toMs; slotMs += everyMs)
        if (!ended.has(slotMs)) return false
      return true
    })
  }
  // What is still open then is for the judge to say.
  await until('every slot to be told', isSettled, settledWithinMs).catch(() => undefined)
  return answers
}
