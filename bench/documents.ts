// What the replicated documents cost at the sizes that are met: a change in a bucket of 600 runs, taking one from
// a peer, loading, comparing and repairing, bytes per run; a category of 20,000 jobs; and a whole step of an agent.
import { bootId, nodeId } from '../lib/base/ids.ts'
import { Random } from '../lib/base/random.ts'
import { automergeDocuments } from '../lib/catalog/automerge-document.ts'
import type { ReplicatedDocument } from '../lib/catalog/document.ts'
import { Documents } from '../lib/catalog/documents.ts'

const RUNS = 600
const STATES = ['running', 'succeeded'] as const
const T0 = 1_795_298_400_000

const key = (run: number): string =>
  `web.job${run % 20}#${run}.1|12D3KooWSomethingOfFiftyTwoCharactersAsPeerIdsAreLongAAAA`
const record = (run: number, state: string): string =>
  JSON.stringify({
    kind: 'run',
    job: `web.job${run % 20}`,
    incarnation: 1,
    slotMs: T0 + run * 1000,
    label: '2026-11-21T22:00:00 Europe/Berlin',
    run,
    attempt: 1,
    token: run,
    isLocal: false,
    node: '12D3KooWSomethingOfFiftyTwoCharactersAsPeerIdsAreLongAAAA',
    state,
    why: '',
    startedAtMs: T0 + run * 1000 + 4,
    endedAtMs: state === 'running' ? null : T0 + run * 1000 + 900,
    actions: [{ name: 'a', state, startedAtMs: T0 + run * 1000 + 4, endedAtMs: null, why: '' }],
    writer: '12D3KooWSomethingOfFiftyTwoCharactersAsPeerIdsAreLongAAAA',
    writtenAtMs: T0 + run * 1000 + 4,
  })

/** A bucket whose runs began and ended, and the changes that made it. */
function fullBucket(actor: string): { document: ReplicatedDocument; changes: Uint8Array[] } {
  const document = automergeDocuments.begin('runs/2026-11-21T22/0@0', actor)
  const changes = STATES.flatMap((state) =>
    Array.from({ length: RUNS }, (_, run) => document.put([[key(run), record(run, state)]], T0 + run)!),
  )
  return { document, changes }
}

function timed(name: string, times: number, step: (at: number) => void): void {
  const tookMs: number[] = []
  for (let at = 0; at < times; at++) {
    const beganMs = performance.now()
    step(at)
    tookMs.push(performance.now() - beganMs)
  }
  tookMs.sort((left, right) => left - right)
  const p50 = tookMs[Math.floor(times / 2)]!
  const p99 = tookMs[Math.floor(times * 0.99)]!
  console.log(
    `${name.padEnd(58)} p50 ${p50.toFixed(3).padStart(9)} ms   p99 ${p99.toFixed(3).padStart(9)} ms`,
  )
}

export function benchDocuments(): void {
  benchBucket()
  benchSync()
  benchCategory()
  benchStep()
}

function benchBucket(): void {
  const { document, changes } = fullBucket('one')
  const bytes = changes.reduce((sum, change) => sum + change.length, 0)
  const saved = document.save()
  console.log(
    `a bucket of ${RUNS} runs, ${changes.length} changes: ${Math.round(bytes / changes.length)} bytes a change,`,
  )
  console.log(`${Math.round(saved.length / RUNS)} bytes a run on disk once the log is written anew`)
  timed('write one record', 200, (at) => document.put([[key(at), record(at, `again ${at}`)]], T0 + at))
  timed('write fifty records in one change', 20, (at) =>
    document.put(
      Array.from({ length: 50 }, (_, i) => [key(i), record(i, `batch ${at}`)] as const),
      T0 + at,
    ),
  )
  const peer = automergeDocuments.load('runs/2026-11-21T22/0@0', 'two', changes.slice(0, 1000)).document
  timed('take one change from a peer', 100, (at) => peer.apply([changes[1000 + at]!]))
  timed('heads', 1000, () => document.heads())
  timed('save', 20, () => document.save())
  timed('load the saved bucket', 20, (at) =>
    automergeDocuments.load('runs/2026-11-21T22/0@0', `l${at}`, [saved]).document.free(),
  )
}

function benchSync(): void {
  const { document, changes } = fullBucket('one')
  const saved = document.save()
  const load = (at: number | string, bytes: readonly Uint8Array[]) =>
    automergeDocuments.load('runs/2026-11-21T22/0@0', `s${at}`, bytes).document
  timed('compare two equal buckets by the sync protocol', 10, (at) => converse(document, load(at, [saved])))
  timed('bring a peer one missing change', 10, (at) => converse(document, load(at, changes.slice(0, -1))))
  timed('bring a peer the whole bucket', 10, (at) => converse(document, load(at, [])))
}

function converse(left: ReplicatedDocument, right: ReplicatedDocument): void {
  const [one, other] = [left.beginSync(), right.beginSync()]
  for (let isSilent = false; !isSilent;) {
    isSilent = true
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const message = from.message()
      if (message === null) continue
      isSilent = false
      to.receive(message)
    }
  }
}

function benchCategory(): void {
  const text = Array.from(
    { length: 20_000 },
    (_, job) =>
      `  - { name: job${job}, node: pool${job % 7}, schedule: "every ${10 + (job % 50)}s", actions: [{ name: a, command: "echo ${(job * 7919) % 10_007}" }] }`,
  ).join('\n')
  const document = automergeDocuments.begin('category/big@0', 'one')
  timed(`write a text of ${(text.length / 1e6).toFixed(1)} million characters`, 5, (at) => {
    const change = document.put([[`text/${at}`, `${text}${at}`]], T0 + at)!
    if (at === 0) console.log(`its change has ${change.length} bytes`)
  })
}

/** One agent that writes what three do at twenty jobs a second, each step with its log lines and gossip. */
function benchStep(): void {
  const documents = new Documents({
    factory: automergeDocuments,
    self: nodeId('one'),
    boot: bootId('boot'),
    random: new Random('bench'),
  })
  timed('write a record with its log line and gossip, in a bucket', RUNS * 2, (at) => {
    documents.put(
      'runs/2026-11-21T22/0',
      [[key(at % RUNS), record(at % RUNS, STATES[at < RUNS ? 0 : 1])]],
      T0 + at,
    )
    documents.takeEffects()
  })
}
