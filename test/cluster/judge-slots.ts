// Judges what a cluster did with the slots of one job, from two sources that must agree: the lines that the commands
// themselves appended, and what the agents answer. Each slot is to start once and in time. Only slots that a killed
// node had claimed ahead may start late, or not at all if every agent says so.
import type { RunView } from '../../lib/view/run-view.ts'

/** A line of a command's own evidence. */
export type Start = { readonly slotMs: number; readonly node: string; readonly startedAtMs: number }

export type Case = {
  readonly everyMs: number
  /** The first and the last slot that are judged. */
  readonly fromMs: number
  readonly toMs: number
  readonly graceMs: number
  readonly starts: readonly Start[]
  /** What each agent answers, by its name. */
  readonly answers: ReadonlyMap<string, readonly RunView[]>
  /** When a node was killed. */
  readonly kills: readonly number[]
  readonly claimAheadMs: number
}

export type Verdict = {
  readonly slots: number
  readonly faults: readonly string[]
  /** Slots that a killed node had claimed, and what became of each. */
  readonly excused: readonly string[]
  readonly startsByNode: ReadonlyMap<string, number>
  /** Of the slots that needed no excuse. */
  readonly latenessMs: readonly number[]
}

/** A command that runs at the moment of the kill began a little before it. */
const inFlightMs = 1500

export function judgeSlots(given: Case): Verdict {
  const faults: string[] = []
  const excused: string[] = []
  const latenessMs: number[] = []
  const startsByNode = new Map<string, number>()
  let slots = 0
  for (let slotMs = given.fromMs; slotMs <= given.toMs; slotMs += given.everyMs) {
    slots++
    const starts = given.starts.filter((start) => start.slotMs === slotMs)
    for (const { node } of starts) startsByNode.set(node, (startsByNode.get(node) ?? 0) + 1)
    const told = toldOf(slotMs, given)
    const slot = new Date(slotMs).toISOString()
    if (starts.length > 1)
      faults.push(`slot ${slot} started ${starts.length} times: ${starts.map(({ node }) => node).join(', ')}`)
    if (told.size > 1) faults.push(`slot ${slot} is told differently: ${[...told].join('; ')}`)
    const [start] = starts
    const [words = 'nothing'] = told
    const mayExcuse = isExcusable(slotMs, given)
    if (start === undefined) {
      if (mayExcuse && /^(lost|missed|unknown)/.test(words)) excused.push(`${slot} did not start: ${words}`)
      else faults.push(`slot ${slot} never started: the agents tell ${words}`)
      continue
    }
    const lateMs = start.startedAtMs - slotMs
    if (lateMs < -1) faults.push(`slot ${slot} started ${-lateMs} ms before its instant on ${start.node}`)
    if (mayExcuse && (lateMs > given.graceMs || !words.startsWith('succeeded'))) {
      excused.push(`${slot} started ${lateMs} ms late on ${start.node}: ${words}`)
      continue
    }
    if (lateMs > given.graceMs) faults.push(`slot ${slot} started ${lateMs} ms late on ${start.node}`)
    if (words !== `succeeded on ${start.node}`)
      faults.push(`slot ${slot} ran on ${start.node}, but the agents tell ${words}`)
    latenessMs.push(lateMs)
  }
  return { slots, faults, excused, startsByNode, latenessMs }
}

/** The different things that the agents say of one slot: one, when they agree. */
function toldOf(slotMs: number, { answers }: Case): Set<string> {
  const told = new Set<string>()
  for (const [agent, runs] of answers) {
    const about = runs.filter((run) => covers(run, slotMs))
    const words = about.map(({ state, node }) => (node === null ? state : `${state} on ${node}`))
    if (words.length === 0) told.add(`nothing (${agent})`)
    else told.add(words.sort().join(' and '))
  }
  return told
}

function covers(run: RunView, slotMs: number): boolean {
  const lastMs = Date.parse(run.slot)
  return slotMs <= lastMs && slotMs >= (run.range === null ? lastMs : Date.parse(run.range.from))
}

/** Whether the slot was claimed, or its command ran, when a node was killed. */
function isExcusable(slotMs: number, { kills, claimAheadMs }: Case): boolean {
  return kills.some((atMs) => slotMs >= atMs - inFlightMs && slotMs <= atMs + claimAheadMs)
}
