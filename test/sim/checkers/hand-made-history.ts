// A history written by hand, to show that a checker fires: three witnesses a, b and c of one cluster, a judge that
// watches them, and words for what their disks and processes are made to say.

import {
  bootId,
  clusterId,
  nodeId,
  opId,
  sessionId,
  sessionParts,
  storageId,
  type NodeId,
} from '../../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { encodeLine } from '../../../lib/base/log-lines.ts'
import type { AcceptorState } from '../../../lib/claim/acceptor.ts'
import type { Ballot } from '../../../lib/claim/ballot.ts'
import { emptyRegister, type LiveEntry, type Register } from '../../../lib/claim/register.ts'
import { formatInstant } from '../../../lib/schedule/calendar.ts'
import type { Answer } from '../../../lib/view/question.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import type { Plan } from '../plan/plan.ts'
import { standInDocuments } from '../stand-in-document.ts'
import type { HostPlan } from '../world/host.ts'
import { Observers } from '../world/observation.ts'
import type { Evidence } from '../world/processes.ts'
import { World } from '../world/world.ts'
import { Judge } from './judge.ts'
import { definitionsOf } from './known-definitions.ts'

export const job = 'x.job'
export const startMs = Date.UTC(2026, 0, 1)
export const a = nodeId('a')
export const b = nodeId('b')
export const c = nodeId('c')

export const ballot = (counter: number, proposer = 'a:1:x'): Ballot => ({ epoch: 1, counter, proposer })

export function register(overrides: Partial<Register> = {}): Register {
  return {
    ...emptyRegister({ incarnation: 1, effectiveFromMs: startMs, revision: '1:a:x' }),
    version: 1,
    ...overrides,
  }
}

export function live(token: number, overrides: Partial<LiveEntry> = {}): LiveEntry {
  const slotMs = startMs + token * 1_000
  return {
    unit: `s${overrides.slotMs ?? slotMs}`,
    incarnation: 1,
    slotMs,
    label: '',
    attempt: 1,
    startByMs: slotMs + 10_000,
    node: a,
    session: sessionId({ nodeId: a, bootNo: 1, k: 1 }),
    opId: opId(`a:1:${token}`),
    token,
    run: token,
    ...overrides,
  }
}

const host = (node: NodeId): HostPlan => ({
  node,
  labels: {},
  canWitness: true,
  maxRunning: 1,
  foundWitnesses: null,
  clock: { rate: 1, steadyZeroMs: 0, wallOffsetMs: 0 },
  diskSpeed: { syncMs: 1, isGroupCommit: true },
  startsAfterMs: 0,
})

const plan: Plan = {
  seed: 'by hand',
  startMs,
  hosts: [a, b, c].map((node) => host(node)),
  settings: defaultClaimSettings,
  network: {
    mode: 'streams',
    delayMs: 1,
    tailChance: 0,
    tailMs: 0,
    lossChance: 0,
    doubleChance: 0,
    gossipLossChance: 0,
  },
  isWireJson: false,
  spawnFailChance: 0,
  witnesses: 3,
  documents: 'stand-in',
  drops: [],
  requests: [
    {
      atMs: 0,
      node: a,
      command: { kind: 'publish-event', requestId: 'r0', event: 'x' },
    },
  ],
  faults: [],
  healedAtMs: 0,
  quietAtMs: 100_000,
  endMs: 100_000,
}

class IdleCore {
  step(): readonly never[] {
    return []
  }
}

export class HandMadeHistory {
  readonly world: World
  readonly judge: Judge

  readonly #journals = new Map<NodeId, Readonly<Record<string, unknown>>>()

  /** Keys of the job as every file that is dropped says them: only what always held can be asked of it. */
  constructor(keys: string | null = null) {
    const text = `jobs: [{name: job, schedule: every 1s, actions: {step1: {command: work 1}}, ${keys}}]`
    const drops = keys === null ? [] : [{ atMs: 0, node: a, fileName: 'x.yaml', text }]
    this.world = new World(plan, {
      core: IdleCore,
      documents: standInDocuments({ isSized: false }),
      observers: new Observers(),
    })
    this.judge = new Judge(this.world, { ...plan, drops })
    for (const node of [a, b, c]) this.starts(node)
    const members = [a, b, c].map((node) => ({ nodeId: node, storageId: storageId(`disk of ${node}`) }))
    for (const node of [a, b, c]) {
      this.writes(node, 'storage', `disk of ${node}`)
      this.writes(node, 'installed', 1)
      this.writes(node, 'configuration', { clusterId: clusterId('simulated'), epoch: 1, members })
    }
  }

  get saw(): Observers['saw'] {
    return (observation) => this.judge.observers.saw(observation)
  }

  /** The statement that was found broken; null while all hold. */
  get broken(): string | null {
    return this.judge.violation?.statement ?? null
  }

  /** Time goes on, to so many milliseconds after the beginning. */
  until(elapsedMs: number): void {
    this.world.runUntil(elapsedMs)
  }

  /** An agent starts, and finds in its journal what was written, but for these changes. */
  starts(node: NodeId, changes: Readonly<Record<string, unknown>> = {}): void {
    const values = { ...this.#journals.get(node), ...changes }
    this.#journals.set(node, values)
    const lines = Object.entries(values).map(([k, v]) => (v === undefined ? '' : encodeLine({ k, v })))
    this.saw({
      kind: 'agent-started',
      node,
      bootSeed: '',
      diskNo: 1,
      image: new Map([['journal', lines.join('')]]),
    })
  }

  /** A line of a journal is durable. */
  writes(node: NodeId, key: string, value: unknown): void {
    this.#journals.set(node, { ...this.#journals.get(node), [key]: value })
    const lines = encodeLine({ k: key, v: value })
    this.saw({ kind: 'synced', node, effects: [{ kind: 'persist', log: 'journal', lines }] })
  }

  /** The job's slots, as its file says them. */
  defines(schedule: string, { catchUp = 'last', overlap = 'allow' } = {}): void {
    const text = `jobs: [{name: job, schedule: ${schedule}, overlap: ${overlap}, start_deadline: 10s, catch_up: ${catchUp}, actions: {step1: {command: work 1}}}]`
    const [definition] = definitionsOf('x.yaml', text, a)
    this.judge.definitions.note(job, '1:a:x', { definition: definition!, isEnabled: true })
  }

  acceptor(node: NodeId, state: AcceptorState): void {
    this.writes(node, `register/${job}`, state)
  }

  accepts(nodes: readonly NodeId[], at: Ballot, value: Register): void {
    for (const node of nodes) this.acceptor(node, { promised: at, accepted: at, value })
  }

  /** A proposer asks, and is told by these witnesses that they accepted. */
  attempts(from: NodeId, at: Ballot, value: Register, told: readonly NodeId[]): void {
    this.asks(from, at)
    this.hearsAccepted(from, at, value, told)
  }

  asks(from: NodeId, at: Ballot): void {
    const asked = {
      kind: 'votes-asked',
      envelope: envelope(b),
      prepares: [{ key: job, ballot: at, changes: [] }],
      accepts: [],
    } as const
    this.saw({ kind: 'sent', from, to: b, message: asked })
  }

  hearsAccepted(from: NodeId, at: Ballot, value: Register, told: readonly NodeId[]): void {
    const asked = {
      kind: 'votes-asked',
      envelope: envelope(b),
      prepares: [],
      accepts: [{ key: job, ballot: at, value }],
    } as const
    this.saw({ kind: 'sent', from, to: b, message: asked })
    for (const node of told)
      this.saw({ kind: 'received', from: node, to: from, message: votesGiven(node, at) })
  }

  /** A witness marks this session as dead, and answers so. */
  saysExpired(node: NodeId, session: LiveEntry['session']): void {
    const { nodeId: holder, bootNo, k } = sessionParts(session)
    const killed = { bootNo, k, isCarried: false }
    this.writes(node, `mark/${holder}`, { bootNo, bootId: 'x', reached: null, killed })
    const message = {
      kind: 'expired-answer',
      storageId: storageId(`disk of ${node}`),
      epoch: 1,
      session,
      isExpired: true,
    } as const
    this.saw({ kind: 'sent', from: node, to: a, message })
  }

  /** A witness answers that it accepted. */
  saysAccepted(node: NodeId, at: Ballot): void {
    this.saw({ kind: 'sent', from: node, to: a, message: votesGiven(node, at) })
  }

  process(entry: LiveEntry, overrides: Partial<Evidence> = {}): Evidence {
    const evidence: Evidence = {
      host: entry.node,
      process: `${job}.${entry.run}.step1.${entry.attempt}`,
      environment: {
        HOCKET_JOB: job,
        HOCKET_SLOT: formatInstant(entry.slotMs),
        HOCKET_RUN: String(entry.run),
        HOCKET_ACTION: 'step1',
        HOCKET_ATTEMPT: String(entry.attempt),
        HOCKET_TOKEN: String(entry.token),
      },
      pid: 1,
      startMs: this.judge.nowMs,
      endMs: this.judge.nowMs + 100,
      exit: { kind: 'code', code: 0 },
      isNoteLost: false,
      ...overrides,
    }
    this.saw({ kind: 'process-started', evidence })
    return evidence
  }

  /** A process of an instance starts; nobody has ended it yet. */
  instance(node: NodeId, overrides: Partial<Evidence> = {}): Evidence {
    const evidence: Evidence = {
      host: node,
      process: 'service/x.web.0#1.1.start',
      environment: { HOCKET_SERVICE: 'x.web', HOCKET_INSTANCE: '0', HOCKET_TOKEN: '1' },
      pid: 1,
      startMs: this.judge.nowMs,
      endMs: null,
      exit: null,
      isNoteLost: false,
      ...overrides,
    }
    this.saw({ kind: 'instance-started', evidence })
    return evidence
  }

  connects(left: NodeId, right: NodeId): void {
    this.saw({ kind: 'connected', node: left, peer: right })
    this.saw({ kind: 'connected', node: right, peer: left })
  }

  /** A run of this slot where no majority is in reach. */
  alone(node: NodeId, second: number, more: Readonly<Record<string, string>> = {}): Evidence {
    const entry = live(1, { node, slotMs: startMs + second * 1_000 })
    const environment = {
      HOCKET_JOB: job,
      HOCKET_SLOT: formatInstant(entry.slotMs),
      HOCKET_RUN: `${node}:p1`,
      HOCKET_ACTION: 'step1',
      HOCKET_ATTEMPT: '1',
      ...more,
    }
    return this.process(entry, { environment })
  }

  /** The end, with what each agent answers. */
  ends(answers: ReadonlyMap<NodeId, readonly RunView[]>): void {
    this.judge.end(
      () =>
        new Map(
          [...answers].map(([node, runs]): [NodeId, Answer] => [node, { kind: 'runs', runs, next: null }]),
        ),
    )
  }
}

function envelope(to: NodeId) {
  return {
    clusterId: clusterId('simulated'),
    epoch: 1,
    storageId: storageId(`disk of ${to}`),
    bootNo: 1,
    bootId: bootId('x'),
  }
}

function votesGiven(node: NodeId, at: Ballot) {
  return {
    kind: 'votes-given',
    storageId: storageId(`disk of ${node}`),
    bootId: bootId('x'),
    epoch: 1,
    position: 0,
    prepares: [],
    accepts: [{ key: job, ballot: at, answer: { kind: 'accepted' } }],
  } as const
}

export function runView(entry: LiveEntry, overrides: Partial<RunView> = {}): RunView {
  return {
    id: `${job}.${entry.run}`,
    job,
    slot: formatInstant(entry.slotMs),
    state: 'succeeded',
    why: '',
    node: entry.node,
    attempt: entry.attempt,
    token: entry.token,
    requestId: null,
    user: null,
    startedAt: null,
    endedAt: null,
    latenessMs: 0,
    isLateReport: false,
    isPartitioned: false,
    besides: [],
    actions: [
      {
        name: 'step1',
        state: 'succeeded',
        why: '',
        startedAt: null,
        endedAt: null,
        tries: 1,
        lastLines: '',
        node: null,
        earlier: [],
      },
    ],
    range: null,
    ...overrides,
  }
}
