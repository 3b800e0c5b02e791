// The moves that several changes share: entering a new definition, passing slots without
// losing one, freeing the queue, and noting a decision for the ledger.

import { compareRevisions } from '../base/revision.ts'
import type { DueSlots, JobFacts, Slot } from './change.ts'
import { RECOVERY_TOKENS, type Recovery } from './configuration.ts'
import {
  isPartlyTaken,
  movedTo,
  slotUnit,
  type Decision,
  type NotRun,
  type LiveEntry,
  type PendingEntry,
  type Register,
  type Work,
} from './register.ts'

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

/**
 * Adds a decision under the version that this change will have. It stays as it is until the ledger has it: two made
 * into one would be told twice, where somebody has told one of them already.
 */
export function withDecision(value: Register, decision: DistributiveOmit<Decision, 'version'>): Register {
  return { ...value, untold: [...value.untold, { ...decision, version: value.version + 1 }] }
}

/**
 * Before anything else is asked under a definition: a re-created job starts afresh, keeping its token; the first
 * use of a higher revision records the slots that an edit passed over, so that none vanishes in silence.
 */
export function enterDefinition(base: Register, facts: JobFacts, nowMs: number): Register {
  let value = base
  if (facts.incarnation > value.incarnation) {
    for (const work of worksOf(value)) value = withDecision(value, notRun(work, 'removed', nowMs))
    value = {
      ...value,
      incarnation: facts.incarnation,
      revision: facts.revision,
      pending: [],
      queued: null,
      cursor: { slotMs: facts.effectiveFromMs, label: '' },
    }
  }
  if (compareRevisions(facts.revision, value.revision) > 0) {
    if (facts.effectiveFromMs > value.cursor.slotMs) {
      // A job that is done for good had none.
      if (value.cursor.isDone !== true)
        value = withDecision(value, {
          kind: 'not-run',
          atMs: nowMs,
          why: 'schedule-changed',
          fromMs: value.cursor.slotMs + 1,
          toMs: facts.effectiveFromMs,
          count: null,
        })
      const cursor = movedTo(value.cursor, { slotMs: facts.effectiveFromMs, label: '' })
      value = { ...value, cursor }
    }
    value = { ...value, revision: facts.revision }
  }
  return value
}

/** What waits and is decided when it is given up; an action elsewhere is its run's to decide. */
function worksOf({ pending, queued }: Register): Work[] {
  const works: Work[] = pending.filter(({ child }) => child === undefined)
  return queued === null ? works : [...works, queued]
}

/** Of the register and the definition at hand: what a change must not be older than. */
export function newestRevision(value: Register, facts: JobFacts): string {
  return compareRevisions(value.revision, facts.revision) > 0 ? value.revision : facts.revision
}

/** One piece of work that will not be started; of a lost run only its further attempt is not. */
export function notRun(work: Work, why: NotRun, nowMs: number): DistributiveOmit<Decision, 'version'> {
  const { slotMs, attempt } = work
  const said = attempt > 1 ? 'not-rerun' : isPartlyTaken(work) ? 'too-few-nodes' : why
  return { kind: 'not-run', atMs: nowMs, why: said, fromMs: slotMs, toMs: slotMs, count: 1 }
}

/**
 * Passes the due slots: those that may still start become pending, the rest is recorded in ranges.
 * `last` is passed too when it is given (a skip), and is then judged as they are.
 */
export function advanceTo(
  base: Register,
  move: {
    readonly due: DueSlots
    readonly last: Slot | null
    readonly why: NotRun
    readonly facts: JobFacts
    readonly nowMs: number
  },
): Register {
  const { due, last, why, facts, nowMs } = move
  const slots = last === null ? due.slots : [...due.slots, last]
  const startable = slots.filter((slot) => nowMs < slot.startByMs)
  const late = slots.filter((slot) => nowMs >= slot.startByMs)
  let value = base
  const first = due.range?.fromMs ?? late[0]?.slotMs
  if (first !== undefined) {
    const toMs = late.at(-1)?.slotMs ?? due.range!.toMs
    const count = (due.range?.count ?? 0) + late.length
    value = withDecision(value, { kind: 'not-run', atMs: nowMs, why, fromMs: first, toMs, count })
  }
  const pending = startable.map((slot): PendingEntry => ({
    ...workOf(slot, value.incarnation, facts),
    run: null,
    sinceMs: nowMs,
    releasedBy: null,
  }))
  const cursor = last === null ? value.cursor : movedTo(value.cursor, last)
  const moved = { ...value, cursor, pending: [...value.pending, ...pending] }
  return facts.catchUpKeepsNewest && startable.length > 0
    ? dropOlderLate(moved, facts.startDeadlineMs, nowMs)
    : moved
}

/** Of the slots that wait beyond their own deadline, owed by catch-up, only the newest stays. */
function dropOlderLate(value: Register, startDeadlineMs: number, nowMs: number): Register {
  const isOwed = (entry: PendingEntry) =>
    entry.run === null && entry.unit.startsWith('s') && nowMs >= entry.slotMs + startDeadlineMs
  const owed = value.pending.filter(isOwed)
  const newestMs = Math.max(...owed.map((entry) => entry.slotMs))
  let next = value
  for (const entry of owed) {
    if (entry.slotMs === newestMs) continue
    next = withDecision(next, notRun(entry, 'superseded', nowMs))
    next = { ...next, pending: next.pending.filter((other) => other !== entry) }
  }
  return next
}

export function workOf(slot: Slot, incarnation: number, facts: JobFacts): Work {
  const { slotMs, label, startByMs } = slot
  return { unit: slotUnit(slotMs), incarnation, slotMs, label, attempt: 1, startByMs, ...furtherNodes(facts) }
}

/** How many nodes are to take new work after the first. */
export function furtherNodes({ count }: JobFacts): Pick<Work, 'left'> {
  return count > 1 ? { left: count - 1 } : {}
}

/** With these policies one that waits comes before one that comes. */
export function waitsInTurn({ overlap }: JobFacts): boolean {
  return overlap === 'queue' || overlap === 'replace'
}

/** What is live is to end, but for what was claimed ahead: its holders are told by the witnesses. */
export function withReplaced(value: Register, nowMs: number): Register {
  const isToEnd = (entry: LiveEntry) => entry.isReplaced !== true && entry.slotMs <= nowMs
  if (!value.live.some(isToEnd)) return value
  return {
    ...value,
    live: value.live.map((entry) => (isToEnd(entry) ? { ...entry, isReplaced: true } : entry)),
  }
}

/** Whenever nothing is live any more, what waited in the queue may be taken by anyone. */
export function moveQueued(value: Register, nowMs: number): Register {
  const { queued } = value
  if (queued === null || value.live.length > 0) return value
  // Its deadline counts from here: it was the run before it that kept it waiting.
  const startByMs = nowMs + (queued.startByMs - queued.slotMs)
  const pending: PendingEntry = { ...queued, startByMs, run: null, sinceMs: nowMs, releasedBy: null }
  return { ...value, queued: null, pending: [...value.pending, pending] }
}

/**
 * A register of which newer values may be lost: all slots up to now count as decided, what waited is given up, and
 * tokens go on above any that was ever given. What is live stays, for its holder may be.
 */
export function recoveredRegister(value: Register, { atMs }: Recovery): Register {
  let next: Register = { ...value, token: value.token + RECOVERY_TOKENS }
  if (value.holder !== undefined) return { ...next, version: value.version + 1 }
  for (const work of worksOf(value)) next = withDecision(next, notRun(work, 'recovered', atMs))
  if (atMs > value.cursor.slotMs)
    next = withDecision(next, {
      kind: 'not-run',
      atMs,
      why: 'recovered',
      fromMs: value.cursor.slotMs + 1,
      toMs: atMs,
      count: null,
    })
  const slotMs = Math.max(value.cursor.slotMs, atMs)
  const cursor = movedTo(value.cursor, { slotMs, label: '' })
  return { ...next, version: value.version + 1, pending: [], queued: null, cursor }
}
