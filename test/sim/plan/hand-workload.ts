// What people do by hand in one seed, and what hangs together across its jobs: requests at random agents, some of them
// asked again at another one with the same id, and a file of jobs of their own for it. `linked.down` waits for each slot
// of `linked.up`, `linked.web` makes requests instead of starting processes, and `linked.hand` runs by hand alone: what
// people say of single runs they say of these two, so that the outcomes of all other jobs are still what was seen.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Random } from '../../../lib/base/random.ts'
import type { Command } from '../../../lib/view/question.ts'
import type { Drop } from './workload.ts'

export type HandRequest = { readonly atMs: number; readonly node: NodeId; readonly command: Command }

export type HandOptions = {
  readonly random: Random
  readonly nodes: readonly NodeId[]
  readonly authors: readonly NodeId[]
  /** By their full names: what else may be started by hand. */
  readonly jobs: readonly string[]
  /** At the beginning of the simulation. */
  readonly epochMs: number
  readonly dropAtMs: number
  readonly editFromMs: number
  /** No fault from here on. */
  readonly editUntilMs: number
  readonly quietAtMs: number
}

export const linked = {
  up: 'linked.up',
  down: 'linked.down',
  web: 'linked.web',
  hand: 'linked.hand',
} as const
/** How long `linked.down` waits for its event. */
export const triggerTimeoutMs = 20_000

export function makeByHand(options: HandOptions): {
  readonly drops: readonly Drop[]
  readonly requests: readonly HandRequest[]
} {
  const { random, authors, dropAtMs, quietAtMs } = options
  const node = random.pick(authors)
  const place = { node, fileName: 'linked.yaml' }
  const text = linkedText(random)
  const drops = [
    { ...place, atMs: dropAtMs, text: text(true) },
    { ...place, atMs: quietAtMs, text: text(false) },
  ]
  return { drops, requests: makeRequests(options, node) }
}

function linkedText(random: Random): (isEnabled: boolean) => string {
  const every = `every ${random.between(15, 41)}s`
  const webEvery = `every ${random.between(20, 61)}s`
  const overlap = random.pick(['queue', 'skip', 'replace'])
  const request = `work+${random.between(20, 3_000)}..3000+fail+0.3`
  const retries = random.pick(['', ', retries: 2, retries_delay: 1s', ', retries: 1, timeout: 1s'])
  return (isEnabled) => `jobs:
  - name: up
    enabled: ${isEnabled}
    schedule: "${every}"
    overlap: allow
    catch_up: none
    start_deadline: 10s
    actions: [{name: step1, command: "work 50..700 fail 0.2", trigger_downstreams: {n: "{unixtime}"}}]
  - name: down
    enabled: ${isEnabled}
    schedule: "${every}"
    overlap: allow
    catch_up: none
    start_deadline: 10s
    actions: [{name: after, command: work 50..700, triggered_by: ["linked.up.step1.n.{unixtime}"], trigger_timeout: ${triggerTimeoutMs}ms}]
  - name: web
    enabled: ${isEnabled}
    schedule: "${webEvery}"
    overlap: ${overlap}
    catch_up: none
    start_deadline: 10s
    actions: [{name: step1, http: {url: "http://sim.test/${request}"}${retries}}]
  - name: hand
    overlap: ${overlap}
    actions:
      - {name: step1, command: "work 300..4000 fail 0.3"${retries}}
      - {name: step2, command: "work 50..2000 fail 0.3", requires: [step1]}
    cleanup_action: {command: work 10..200}
`
}

const words = ['retry', 'retry', 'cancel', 'stop', 'kill', 'skip', 'succeed', 'fail'] as const

function makeRequests(options: HandOptions, author: NodeId): HandRequest[] {
  const { random, nodes, editFromMs, editUntilMs, quietAtMs } = options
  const requests: HandRequest[] = []
  const switched = new Set<string>()
  const ask = (atMs: number, command: Command, isRepeated = random.chance(0.3)) => {
    requests.push({ atMs, node: random.pick(nodes), command })
    // The same request, as by somebody who heard no answer.
    if (isRepeated)
      requests.push({ atMs: atMs + random.between(0, 4_000), node: random.pick(nodes), command })
  }
  const count = random.between(8, 30)
  for (let no = 0; no < count; no++) {
    // Some while things go wrong, and some when all is well again.
    const atMs = random.chance(0.7)
      ? random.between(editFromMs, editUntilMs)
      : random.between(editUntilMs + 20_000, quietAtMs - 15_000)
    const command = makeCommand(options, { atMs, no })
    if (command.kind === 'switch-job') switched.add(command.job)
    ask(atMs, command)
  }
  if (random.chance(0.15)) {
    const atMs = random.between(editFromMs, editUntilMs - 1_000)
    ask(atMs, { kind: 'pause-cluster' }, false)
    ask(atMs + random.between(1_000, 15_000), { kind: 'resume-cluster' }, false)
    for (const node of nodes)
      requests.push({ atMs: editUntilMs + 5_000, node, command: { kind: 'resume-cluster' } })
  }
  // What a person switches stands over the file: so that all comes to rest, it is switched off when that is known.
  for (const job of switched)
    requests.push({
      atMs: quietAtMs + 4_000,
      node: author,
      command: { kind: 'switch-job', job, isEnabled: false },
    })
  return requests.toSorted((left, right) => left.atMs - right.atMs)
}

function makeCommand(
  { random, jobs, epochMs }: HandOptions,
  { atMs, no }: { readonly atMs: number; readonly no: number },
): Command {
  // As the command line makes them: they begin with their instant.
  const requestId = `${epochMs + atMs}-${no}`
  const job = random.pick([...jobs, linked.hand, linked.hand, linked.web, linked.up])
  const isForced = random.chance(0.2)
  switch (random.between(0, 10)) {
    case 0:
    case 1:
    case 2: {
      const forSlotMs = random.chance(0.3) ? Date.UTC(2020, 0, 1 + random.between(0, 300)) : null
      return { kind: 'start-job', requestId, job, forSlotMs, variables: {}, isForced }
    }
    case 3:
      return { kind: 'rerun', requestId, run: `${job}.-1`, isForced }
    case 4:
      return { kind: 'drop-waiting', requestId, job }
    case 5:
      return { kind: 'switch-job', job, isEnabled: random.chance(0.6) }
    case 6: {
      const event = `linked.up.step1.n.by-hand-${random.between(0, 3)}`
      return { kind: random.chance(0.7) ? 'publish-event' : 'discard-event', requestId, event }
    }
    default: {
      const run = `${random.pick([linked.hand, linked.web])}.-${random.pick([1, 1, 1, 2])}`
      const action = random.pick(['', '/step1', '/step1', '/step2'])
      return {
        kind: 'order-run',
        requestId,
        run: run + action,
        word: random.pick(words),
        useLatest: random.chance(0.3),
      }
    }
  }
}
