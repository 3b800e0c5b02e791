// One busy minute of a large cluster without faults: what travels and what is voted for each slot that is decided,
// and how long that takes. Every job has one slot in the minute, spread over its seconds.

import { fromBase64 } from '../../lib/base/base64.ts'
import { nodeId, type NodeId } from '../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../lib/base/limits.ts'
import { Random } from '../../lib/base/random.ts'
import type { GossipMessage, Message } from '../../lib/message.ts'
import { DurableJournals } from './checkers/durable-journals.ts'
import { startedRun } from './checkers/one-start.ts'
import { RegisterHistory } from './checkers/register-history.ts'
import { standInDocuments } from './stand-in-document.ts'
import type { Core } from './world/agent.ts'
import type { HostPlan } from './world/host.ts'
import { Observers } from './world/observation.ts'
import { World } from './world/world.ts'

const witnesses = 5
const minuteMs = 60_000
/** All agents know each other, and then every definition. */
const warmUpMs = 60_000
const startsWithinMs = 30_000
const dropAtMs = 38_000
const jobsPerFile = 500
const gossipEveryMs = 20
/** What began before the end of the minute may end. */
const tailMs = 5_000
const progressEveryMs = 5_000

type Documents = ReturnType<typeof standInDocuments>
type Tally = { messages: number; bytes: number }

/** Lines for people; `onProgress` is told how many of the simulated milliseconds are over. */
export function busyMinute(
  size: { readonly nodes: number; readonly jobs: number },
  core: Core,
  onProgress: (simulatedMs: number, ofMs: number) => void,
): string[] {
  const observers = new Observers()
  const documents = standInDocuments({ isSized: false })
  const world = makeWorld(size.nodes, { core, documents, observers })
  const history = new RegisterHistory(new DurableJournals(observers), () => world.timeline.nowMs)
  const isMinute = () => world.elapsedMs >= warmUpMs - 3_000
  const kinds = new Map<string, Tally>()
  const count = (kind: string, message: Message | GossipMessage) => {
    if (!isMinute()) return
    const tally = kinds.get(kind) ?? { messages: 0, bytes: 0 }
    kinds.set(kind, tally)
    tally.messages++
    tally.bytes += lengthOf(message)
  }
  /** Of gossip that a thousand nodes hear once. */
  const lengths = new WeakMap<object, number>()
  const lengthOf = (message: Message | GossipMessage): number => {
    const length = lengths.get(message) ?? JSON.stringify(message).length + unsaid(message, documents)
    lengths.set(message, length)
    return length
  }
  let votes = 0
  observers.on('sent', ({ from, to, message }) => {
    if (from === to) return
    count(message.kind, message)
    if (message.kind === 'votes-given' && isMinute())
      votes += message.prepares.length + message.accepts.length
  })
  observers.on('gossip-received', ({ message }) => count(`gossip of ${message.kind}`, message))
  const decidedMs = new Map<string, number>()
  history.onChosen(({ key, value, atMs }) => {
    for (const { unit, slotMs } of value.live)
      if (!decidedMs.has(`${key} ${unit}`))
        decidedMs.set(`${key} ${unit}`, atMs - slotMs + defaultClaimSettings.claimAheadMs)
  })
  const startedMs: number[] = []
  observers.on('process-started', ({ evidence }) =>
    startedMs.push(evidence.startMs - Date.parse(startedRun(evidence).slot)),
  )
  world.begin()
  for (const { fileName, text } of files(size.jobs))
    world.at(dropAtMs, () => world.host(nodeId('n1')).drop(fileName, text))
  const endMs = warmUpMs + minuteMs + tailMs
  for (let atMs = progressEveryMs; atMs <= endMs; atMs += progressEveryMs) {
    world.runUntil(atMs)
    onProgress(atMs, endMs)
  }
  return report({ ...size, kinds, votes, decidedMs: [...decidedMs.values()], startedMs })
}

/** A document's changes travel by their names here: what they say would be so much longer, in base64. */
function unsaid(message: Message | GossipMessage, documents: Documents): number {
  if (message.kind !== 'document-changes') return 0
  const texts = message.documents.flatMap(({ changes }) => changes)
  return texts.reduce((sum, text) => {
    const bytes = fromBase64(text)!
    return sum + Math.ceil((documents.lengthOf(bytes) - bytes.length) / 3) * 4
  }, 0)
}

function makeWorld(nodes: number, parts: { core: Core; documents: Documents; observers: Observers }): World {
  const random = new Random('busy minute')
  const hosts = Array.from({ length: nodes }, (_, index): HostPlan => ({
    node: nodeId(`n${index + 1}`) satisfies NodeId,
    labels: {},
    canWitness: index < witnesses,
    maxRunning: null,
    foundWitnesses: index === 0 ? witnesses : null,
    clock: { rate: 1, steadyZeroMs: random.between(1_000, 1_000_000), wallOffsetMs: random.between(-20, 21) },
    diskSpeed: { syncMs: 0.5, isGroupCommit: true },
    startsAfterMs: index < witnesses ? 0 : random.between(0, startsWithinMs),
  }))
  return new World(
    {
      seed: 'busy minute',
      // The warm-up ends with a minute of the clock.
      startMs: Date.UTC(2026, 5, 1, 12) - warmUpMs,
      hosts,
      settings: defaultClaimSettings,
      network: {
        mode: 'streams',
        delayMs: 0.3,
        tailChance: 0.001,
        tailMs: 20,
        lossChance: 0,
        doubleChance: 0,
        gossipLossChance: 0,
        gossipEveryMs,
      },
      isWireJson: false,
      spawnFailChance: 0,
      areDisksForgetful: true,
      addressesAfterMs: 1_500,
    },
    parts,
  )
}

/** Each job starts once in the minute of the measurement, and in no other of that hour. */
function files(jobs: number): { readonly fileName: string; readonly text: string }[] {
  const jobText = (index: number): string =>
    `  - {name: job${index}, schedule: "cron ${index % 60} 0 12 * * *", actions: {step1: {command: work 100..900}}}`
  return Array.from({ length: Math.ceil(jobs / jobsPerFile) }, (_, file) => {
    const first = file * jobsPerFile
    const names = Array.from({ length: Math.min(jobsPerFile, jobs - first) }, (_each, index) => first + index)
    return {
      fileName: `file${file}.yaml`,
      text: `jobs:\n${names.map((index) => jobText(index)).join('\n')}\n`,
    }
  })
}

function report(measured: {
  readonly nodes: number
  readonly jobs: number
  readonly kinds: ReadonlyMap<string, Tally>
  readonly votes: number
  readonly decidedMs: readonly number[]
  readonly startedMs: readonly number[]
}): string[] {
  const { nodes, jobs, kinds, votes, decidedMs, startedMs } = measured
  const slots = decidedMs.length
  const perSlot = (number: number): string => (number / Math.max(1, slots)).toFixed(1)
  const all = [...kinds].toSorted(([, left], [, right]) => right.bytes - left.bytes)
  const isGossip = (kind: string): boolean => kind.startsWith('gossip ')
  const sum = (gossip: boolean): Tally => ({
    messages: all.reduce((to, [kind, { messages }]) => to + (isGossip(kind) === gossip ? messages : 0), 0),
    bytes: all.reduce((to, [kind, { bytes }]) => to + (isGossip(kind) === gossip ? bytes : 0), 0),
  })
  const [direct, gossip] = [sum(false), sum(true)]
  return [
    `${nodes} nodes, ${jobs} jobs, ${witnesses} witnesses: ${slots} slots decided, ${startedMs.length} started`,
    `for each slot decided: ${perSlot(votes)} votes, ${perSlot(direct.messages)} messages, ${perSlot(direct.bytes)} bytes`,
    `and ${perSlot(gossip.messages / nodes)} gossiped messages, ${perSlot(gossip.bytes / nodes)} bytes, at each node`,
    `decided ${spread(decidedMs)} after it could be claimed, ${defaultClaimSettings.claimAheadMs} ms ahead`,
    `started ${spread(startedMs)} after its instant`,
    ...all.map(([kind, { messages, bytes }]) => `  ${kind}: ${messages} messages, ${bytes} bytes`),
  ]
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number): string =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN)} ms`
  return `${at(0)} at the earliest, ${at(0.5)} by half, ${at(0.99)} by 99 %, ${at(1)} at the latest`
}
