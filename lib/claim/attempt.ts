// One attempt at a vote on one register: what was asked under which ballot, what was answered,
// and what a majority's promises make of it.
//
// P1  It keeps the configuration that it began with: an answer of another epoch is none.
// P3  Where nothing was accepted yet there is a first value to be accepted all the same.

import type { StorageId } from '../base/ids.ts'
import { registerLimits } from '../base/limits.ts'
import { applyChange, firstRegister, withoutTold } from './apply-change.ts'
import { grantedBefore } from './apply-claim.ts'
import { compareBallots, isHigher, type Ballot } from './ballot.ts'
import type { Answer, JobFacts } from './change.ts'
import type { Configuration } from './configuration.ts'
import type { VotesGiven } from './message.ts'
import type { Proposal } from './proposal.ts'
import type { Register } from './register.ts'
import { judgement, refusalOf } from './vote-count.ts'

export type Attempt = {
  readonly attemptNo: number
  readonly beganAtMs: number
  readonly configuration: Configuration
  readonly ballot: Ballot
  readonly proposals: readonly Proposal[]
  phase: 'prepare' | 'accept'
  /** When this phase was asked for. */
  askedAtMs: number
  readonly told: ReadonlySet<number>
  readonly promises: Map<StorageId, VotesGiven['prepares'][number]>
  readonly accepts: Set<StorageId>
  /** Witnesses that have promised somebody a higher ballot. */
  readonly conflicts: Set<StorageId>
  outcome: AttemptOutcome | null
}

/** Answers of the first proposals, mostly of all: the rest is asked again. */
export type AttemptOutcome = { readonly value: Register; readonly answers: readonly Answer[] }

/** Whether this answers the attempt. */
export function isOf(attempt: Attempt, given: VotesGiven, ballot: Ballot): boolean {
  return (
    given.epoch === attempt.configuration.epoch &&
    compareBallots(ballot, attempt.ballot) === 0 &&
    attempt.configuration.members.some((member) => member.storageId === given.storageId)
  )
}

/** A majority has promised: the changes are applied to the highest accepted value. */
export function outcomeOf(
  attempt: Attempt,
  at: { readonly nowMs: number; readonly facts: JobFacts | null },
): AttemptOutcome {
  const { nowMs, facts } = at
  let highest: { readonly ballot: Ballot; readonly value: Register } | null = null
  for (const { answer } of attempt.promises.values()) {
    if (answer.kind !== 'promised' || answer.accepted === null || answer.value === null) continue
    if (isHigher(answer.accepted, highest?.ballot ?? null))
      highest = { ballot: answer.accepted, value: answer.value }
  }
  const answers: Answer[] = []
  // P3 holds for a register that is not there yet too: what a minority accepted before must not come back.
  let value =
    highest === null
      ? firstRegister(facts, attempt.configuration.recovery)
      : withoutTold(highest.value, attempt.told)
  for (const [index, { change }] of attempt.proposals.entries()) {
    if (index > 0 && value.untold.length >= registerLimits.untold) break
    const entry = grantedBefore(value, change)
    if (entry !== undefined || judgement(attempt, index) !== 'content') {
      answers.push(entry === undefined ? refusalOf(attempt, index) : { kind: 'granted', entry })
      continue
    }
    const applied = applyChange(value, change, { nowMs, facts })
    value = applied.value
    answers.push(applied.answer)
  }
  return { value, answers }
}
