// An ISO 8601 period (`P1Y2M3DT4H5M6.5S`, `P2W`) in its three parts: whole months, days, and time. Months are kept
// apart because they have no fixed length, days because a day on the wall clock is not always 24 hours.

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './calendar.ts'

export type PeriodResult =
  | {
      readonly ok: true
      readonly months: number
      /** Weeks and days, at 24 hours each. */
      readonly dateMs: number
      readonly timeMs: number
    }
  | { readonly ok: false; readonly reason: string }

const number = String.raw`(\d{1,9}(?:[.,]\d{1,9})?)`
const weeks = new RegExp(`^P${number}W$`)
const parts = new RegExp(
  `^P(?:${number}Y)?(?:${number}M)?(?:${number}D)?(?:T(?:${number}H)?(?:${number}M)?(?:${number}S)?)?$`,
)

export function parsePeriod(text: string): PeriodResult {
  const refuse = (reason: string): PeriodResult => ({
    ok: false,
    reason: `period "${text.slice(0, 80)}" ${reason}`,
  })
  const inWeeks = weeks.exec(text)
  if (inWeeks !== null) return { ok: true, months: 0, dateMs: scaled(inWeeks[1], 7 * DAY_MS), timeMs: 0 }
  const match = parts.exec(text)
  if (match === null || text.endsWith('P') || text.endsWith('T')) {
    return refuse('is not an ISO 8601 period, expected one such as P1D, PT15M, P1M or P2W')
  }
  const values = match.slice(1)
  const lastGiven = values.findLastIndex((value) => value !== undefined)
  if (values.some((value, index) => index < lastGiven && /[.,]/.test(value ?? ''))) {
    return refuse('has a fraction before its last part, expected one in the last part only')
  }
  const [years, months, days, hours, minutes, seconds] = values
  if (/[.,]/.test(years ?? '') || /[.,]/.test(months ?? '')) {
    return refuse('has a fraction of a year or month, which has no fixed length; expected a whole number')
  }
  return {
    ok: true,
    months: Number(years ?? 0) * 12 + Number(months ?? 0),
    dateMs: scaled(days, DAY_MS),
    timeMs: scaled(hours, HOUR_MS) + scaled(minutes, MINUTE_MS) + scaled(seconds, SECOND_MS),
  }
}

function scaled(text: string | undefined, unitMs: number): number {
  return Math.floor(Number((text ?? '0').replace(',', '.')) * unitMs + 1e-3)
}
