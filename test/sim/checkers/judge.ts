// Watches one simulation and says which statement of the protocol was broken first. Each statement has a checker of
// its own in this folder, which registers for what it needs to see; what several of them need stands here.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Answer, Question } from '../../../lib/view/question.ts'
import type { Plan } from '../plan/plan.ts'
import type { Observers } from '../world/observation.ts'
import type { World } from '../world/world.ts'
import { checkBounded } from './bounded.ts'
import { checkByHand } from './by-hand.ts'
import { DurableJournals } from './durable-journals.ts'
import { checkExecMark } from './exec-mark.ts'
import { KnownDefinitions } from './known-definitions.ts'
import { checkLedgerTrue } from './ledger-true.ts'
import { checkDisjoint, checkReruns } from './leases.ts'
import { checkLinearizable } from './linearizable.ts'
import { checkLiveness } from './liveness.ts'
import { checkNothingGoesBack } from './nothing-goes-back.ts'
import { checkOneConfiguration } from './one-configuration.ts'
import { checkOneInstance } from './one-instance.ts'
import { checkOnePerSide } from './one-per-side.ts'
import { checkOneStart } from './one-start.ts'
import { checkOneValuePerBallot } from './one-value-per-ballot.ts'
import { checkPromisesKept } from './promises-kept.ts'
import { RegisterHistory } from './register-history.ts'
import { checkReplyAfterSync } from './reply-after-sync.ts'
import { checkRoom } from './room.ts'
import { checkSlotsAccounted } from './slots-accounted.ts'
import { checkCursorNotAhead, checkStartsInTime } from './starts-in-time.ts'

export type Violation = {
  /** `I4`, or `W3`: see the statements and rules of the protocol. */
  readonly statement: string
  /** After the beginning. */
  readonly atMs: number
  readonly text: string
}

export type Asker = (question: Question) => ReadonlyMap<NodeId, Answer>

const checks: readonly ((judge: Judge) => void)[] = [
  checkOneValuePerBallot,
  checkPromisesKept,
  checkLinearizable,
  checkNothingGoesBack,
  checkOneStart,
  checkOneInstance,
  checkOnePerSide,
  checkDisjoint,
  checkReruns,
  checkReplyAfterSync,
  checkSlotsAccounted,
  checkStartsInTime,
  checkCursorNotAhead,
  checkExecMark,
  checkBounded,
  checkOneConfiguration,
  checkLiveness,
  checkLedgerTrue,
  checkRoom,
  checkByHand,
]

export class Judge {
  readonly world: World
  readonly plan: Plan
  readonly journals: DurableJournals
  readonly history: RegisterHistory
  readonly definitions: KnownDefinitions
  #violation: Violation | null = null
  readonly #atEnd: ((ask: Asker) => void)[] = []

  constructor(world: World, plan: Plan) {
    this.world = world
    this.plan = plan
    this.journals = new DurableJournals(this.observers)
    this.history = new RegisterHistory(this.journals, () => this.nowMs)
    this.definitions = new KnownDefinitions(world)
    for (const check of checks) check(this)
    this.observers.on('core-failed', ({ node, text }) => this.violated('assertion', `${node}: ${text}`))
  }

  get observers(): Observers {
    return this.world.observers
  }

  get nowMs(): number {
    return this.world.timeline.nowMs
  }

  /** Whose machine vanished, or whose disk was put back: what these nodes did is not all known to them. */
  isForgetful(node: string): boolean {
    return this.plan.faults.some(
      (fault) => (fault.kind === 'gone' || fault.kind === 'rollback') && fault.node === node,
    )
  }

  /** What people may have said of single runs of this job is not what was seen of them. */
  isOrdered(job: string): boolean {
    return this.plan.requests.some(
      ({ command }) => command.kind === 'order-run' && command.run.startsWith(`${job}.`),
    )
  }

  /** Somebody took away what waited of this job. */
  isDropped(job: string): boolean {
    return this.plan.requests.some(({ command }) => command.kind === 'drop-waiting' && command.job === job)
  }

  /** Somebody asks for runs of it by hand, which may stand for any slot. */
  isAskedFor(job: string): boolean {
    return this.plan.requests.some(
      ({ command }) =>
        (command.kind === 'start-job' && command.job === job) ||
        (command.kind === 'rerun' && command.run.startsWith(`${job}.`)),
    )
  }

  /** The first statement that broke; null while all hold. */
  get violation(): Violation | null {
    return this.#violation
  }

  /** Ends the simulation. */
  violated(statement: string, text: string): void {
    this.#violation ??= { statement, atMs: this.world.elapsedMs, text }
    this.world.timeline.stop()
  }

  /**
   * How far the wall clocks of the witnesses can lead cluster time astray: with a majority of right clocks, no further
   * than the worst of the right ones.
   */
  witnessClockErrorMs(): number {
    const { newestEpoch } = this.history
    // Cluster time follows a clock with the next renewal, and the one after when an answer was late.
    const sinceMs = this.plan.settings.sessionTtlMs
    const errorOf = (epoch: number): number => {
      const members = this.history.configuration(epoch)?.members ?? []
      const errors = members
        .map(({ nodeId }) => this.world.host(nodeId).wallErrorMs(this.nowMs - sinceMs))
        .toSorted((left, right) => left - right)
      return errors[Math.floor(errors.length / 2)] ?? 0
    }
    return Math.max(errorOf(newestEpoch), errorOf(newestEpoch - 1))
  }

  /** How long this node's agent stood still (or waited for its disk) since then. */
  stoodStillMs(node: NodeId, sinceMs: number): number {
    return this.world.host(node).stoodStillMs(sinceMs, this.nowMs)
  }

  /** Nothing runs, and nothing waits to. */
  isAtRest(): boolean {
    const isIdle = (key: string): boolean => {
      const last = this.history.chosen(key).at(-1)!.value
      return last.live.length === 0 && last.pending.length === 0 && last.queued === null
    }
    return this.world.runningProcesses() === 0 && this.history.keys().every(isIdle)
  }

  /** To be checked when the simulation is over. */
  atEnd(check: (ask: Asker) => void): void {
    this.#atEnd.push(check)
  }

  end(ask: Asker): void {
    for (const check of this.#atEnd) if (this.#violation === null) check(ask)
  }
}
