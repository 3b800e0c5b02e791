// What ran without a vote, told to the cluster's register when a majority is back: those slots
// are decided, wherever they stand. A slot that somebody else already holds or ran stays
// as it is, for then it ran on two sides; one between them that nobody is known to have
// run is treated as a claim treats it. The cursor passes none in silence.

import { compareRevisions } from '../base/revision.ts'
import type { Applied, Change, JobFacts } from './change.ts'
import { enterDefinition, notRun, withDecision, workOf } from './register-moves.ts'
import { movedTo, slotUnit, type NotRun, type Register, type Work } from './register.ts'

type Ran = Change & { readonly kind: 'ran-partitioned' }

export function applyRanPartitioned(
  base: Register,
  change: Ran,
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  if (facts === null || change.incarnation < Math.max(base.incarnation, facts.incarnation))
    return { value: base, answer: { kind: 'refused', because: 'gone', incarnation: base.incarnation } }
  // What lies between is counted by the definition that is in force: whoever is behind asks again when it has that.
  if (compareRevisions(base.revision, facts.revision) > 0)
    return { value: base, answer: { kind: 'refused', because: 'superseded', revision: base.revision } }
  const ran = new Set(change.slots.map(({ slotMs }) => slotMs))
  let value = withoutWaiting(enterDefinition(base, facts, nowMs), ran, nowMs)
  const lastMs = Math.max(0, ...ran)
  if (lastMs <= value.cursor.slotMs) return { value, answer: { kind: 'done' } }
  const { range, slots } = facts.due(value.cursor, lastMs + 1, nowMs)
  // Neighbours that were passed for the same reason are one range.
  const passed: { why: NotRun; fromMs: number; toMs: number; count: number }[] = []
  let isOpen = false
  const pass = (why: NotRun, fromMs: number, toMs: number, count: number) => {
    const last = isOpen ? passed.at(-1) : undefined
    isOpen = true
    if (last?.why === why) passed[passed.length - 1] = { ...last, toMs, count: last.count + count }
    else passed.push({ why, fromMs, toMs, count })
  }
  if (range !== null) {
    const known = [...ran].filter((slotMs) => range.fromMs <= slotMs && slotMs <= range.toMs).length
    pass(known >= range.count ? 'ran-partitioned' : 'missed', range.fromMs, range.toMs, range.count)
  }
  for (const slot of slots) {
    if (ran.has(slot.slotMs)) pass('ran-partitioned', slot.slotMs, slot.slotMs, 1)
    else if (nowMs >= slot.startByMs) pass('missed', slot.slotMs, slot.slotMs, 1)
    else {
      const work = { ...workOf(slot, value.incarnation, facts), run: null, sinceMs: nowMs, releasedBy: null }
      value = { ...value, pending: [...value.pending, work] }
      isOpen = false
    }
  }
  for (const one of passed) value = withDecision(value, { kind: 'not-run', atMs: nowMs, ...one })
  const { label } = change.slots.find(({ slotMs }) => slotMs === lastMs)!
  value = { ...value, cursor: movedTo(value.cursor, { slotMs: lastMs, label }) }
  return { value, answer: { kind: 'done' } }
}

/** Slots that wait for somebody to take them wait no longer, nor to be run again where another side lost them. */
function withoutWaiting(base: Register, ran: ReadonlySet<number>, nowMs: number): Register {
  let value = base
  const hasRun = ({ unit, slotMs }: Work) => ran.has(slotMs) && unit === slotUnit(slotMs)
  for (const entry of base.pending) {
    if (!hasRun(entry)) continue
    value = withDecision(value, notRun(entry, 'ran-partitioned', nowMs))
    value = { ...value, pending: value.pending.filter((other) => other !== entry) }
  }
  const { queued } = value
  if (queued === null || !hasRun(queued)) return value
  return { ...withDecision(value, notRun(queued, 'ran-partitioned', nowMs)), queued: null }
}
