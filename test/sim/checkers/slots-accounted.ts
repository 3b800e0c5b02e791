// I21: every slot at or below the cursor is exactly one of live, pending, queued, run, skipped, missed or
// schedule-changed. Followed step by step over the chosen values: no entry vanishes, the cursor passes no slot of
// the definition in silence, and no slot is decided twice.

import type { ChildOf, Decision, Register } from '../../../lib/claim/register.ts'
import { nextSlot, slotsBetween, type Schedule } from '../../../lib/schedule/schedule.ts'
import type { Judge } from './judge.ts'
import type { Chosen } from './register-history.ts'

/** Slots looked at in one step; a longer one is a range that is checked by its count alone. */
const slotsMax = 2_000

export function checkSlotsAccounted(judge: Judge): void {
  const decided = new Map<string, string>()
  judge.history.onChosen((chosen, before, after) => {
    // What was chosen between two neighbours is found out later: then both steps are looked at again.
    if (before !== null) checkStep(judge, before, chosen)
    else checkStep(judge, null, chosen)
    if (after !== null) checkStep(judge, chosen, after)
    for (const decision of news(before?.value ?? null, chosen.value))
      noteDecided(judge, chosen, { before: before?.value ?? null, decision, decided })
  })
}

/** The decisions of this value that the one before cannot have had. */
function news(before: Register | null, value: Register): Decision[] {
  return value.untold.filter((decision) => decision.version > (before?.version ?? -1))
}

function checkStep(judge: Judge, before: Chosen | null, { key, value }: Chosen): void {
  const last = before?.value ?? null
  const found = news(last, value)
  const isCovered = (slotMs: number): boolean =>
    found.some((one) => one.kind === 'not-run' && one.fromMs <= slotMs && slotMs <= one.toMs)
  const isHeld = (unit: string): boolean =>
    value.live.some((entry) => entry.unit === unit) ||
    value.pending.some((entry) => entry.unit === unit) ||
    value.queued?.unit === unit ||
    found.some((one) => one.kind === 'ended' && one.entry.unit === unit)
  const works =
    last === null ? [] : [...last.live, ...last.pending, ...(last.queued === null ? [] : [last.queued])]
  for (const { unit, slotMs, child } of works)
    if (child === undefined ? !isHeld(unit) && !isCovered(slotMs) : !isHeld(unit) && !isTold(value, child))
      judge.violated('I21', `${key}: ${unit} vanished between version ${last?.version} and ${value.version}`)

  checkPassed(judge, key, { last, value, isAccounted: (slotMs) => isHeld(`s${slotMs}`) || isCovered(slotMs) })
}

/** How an action elsewhere ended is with its run's entry, unless the run is over or lost. */
function isTold({ live }: Register, { token, action, tried }: ChildOf): boolean {
  const run = live.find((entry) => entry.token === token)
  return run === undefined || (run.children?.[action]?.tried ?? 0) >= tried
}

/** Every slot of the definition that the cursor passed is accounted for. */
function checkPassed(
  judge: Judge,
  key: string,
  step: {
    readonly last: Register | null
    readonly value: Register
    readonly isAccounted: (slotMs: number) => boolean
  },
): void {
  const { last, value, isAccounted } = step
  const known = judge.definitions.at(key, value.revision)
  const schedule = known?.definition.schedule
  // A job that was to run once and did has no slots.
  if (last?.cursor.isDone === true) return
  if (last === null || !schedule || !known.isEnabled || value.incarnation !== last.incarnation) return
  // When an edit came between, a part of the way was gone under the definition before it.
  const before = judge.definitions.at(key, last.revision)
  const wasSlot = (slotMs: number): boolean =>
    last.revision === value.revision ||
    (before?.isEnabled === true &&
      before.definition.schedule !== null &&
      nextSlot(before.definition.schedule, slotMs - 1)?.slotMs === slotMs)
  let seen = 0
  for (
    let slot = nextSlot(schedule, last.cursor.slotMs);
    slot !== null && slot.slotMs <= value.cursor.slotMs && seen < slotsMax;
    slot = nextSlot(schedule, slot.slotMs), seen++
  )
    if (!isAccounted(slot.slotMs) && slot.label !== last.cursor.label && wasSlot(slot.slotMs))
      judge.violated(
        'I21',
        `${key}: the cursor passed slot ${slot.label} in silence between version ${last.version} and ${value.version}`,
      )
}

/** A slot of a run ends once; what was not run is neither run nor decided a second time. */
function noteDecided(
  judge: Judge,
  { key, value }: Chosen,
  at: {
    readonly before: Register | null
    readonly decision: Decision
    readonly decided: Map<string, string>
  },
): void {
  const { before, decision, decided } = at
  const note = (unit: string, incarnation: number, what: string) => {
    const name = `${key} ${incarnation} ${unit}`
    const other = decided.get(name)
    decided.set(name, what)
    if (other !== undefined && other !== what && !other.startsWith('merged'))
      judge.violated('I21', `${key}: ${unit} was decided twice, ${other} and ${what}`)
  }
  if (decision.kind === 'ended')
    return note(
      decision.entry.attempt === 1
        ? decision.entry.unit
        : `${decision.entry.unit} attempt ${decision.entry.attempt}`,
      decision.entry.incarnation,
      `${decision.outcome.kind} with token ${decision.entry.token} in version ${decision.version}`,
    )
  // Of a lost run a further attempt was not started, or it ran on fewer nodes than wanted: its slot has run.
  if (decision.why === 'not-rerun' || decision.why === 'too-few-nodes') return
  // One that waited may be a slot of an older definition.
  if (decision.count === 1 && decision.fromMs === decision.toMs)
    return note(`s${decision.fromMs}`, value.incarnation, `${decision.why} in version ${decision.version}`)
  // The slots of an older definition cannot be listed any more.
  if (decision.why === 'schedule-changed' || decision.why === 'removed') return
  // Between two values that were chosen an edit may have come before or after the decision.
  const known = [value.revision, before?.revision ?? value.revision].map((revision) =>
    judge.definitions.at(key, revision),
  )
  // A node that was cut off went by the definition that it knew.
  const written = decision.why === 'ran-partitioned' ? judge.definitions.written(key) : []
  const schedules = [...known.map((one) => one?.definition.schedule), ...written.map((one) => one.schedule)]
  const slots = schedules.map((schedule) => slotsOf(schedule, decision))
  const fitting = slots.find(
    (list) => list === null || decision.count === null || list.length === decision.count,
  )
  if (fitting === undefined)
    judge.violated(
      'I21',
      `${key}: ${decision.count} slots were ${decision.why} from ${decision.fromMs} to ${decision.toMs}, and the definition has ${slots[0]?.length} there`,
    )
  for (const slotMs of fitting ?? [])
    note(`s${slotMs}`, value.incarnation, `${decision.why} in version ${decision.version}`)
}

/** The schedule's slots in the range of a decision; null when nobody can say. */
function slotsOf(
  schedule: Schedule | null | undefined,
  { fromMs, toMs }: Decision & { readonly kind: 'not-run' },
): number[] | null {
  if (!schedule) return null
  const found = slotsBetween(schedule, fromMs - 1, toMs, slotsMax)
  return found.truncated ? null : found.slots.map((slot) => slot.slotMs)
}
