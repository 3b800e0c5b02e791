// The names of ledger documents: one per UTC hour, in parts, since a change costs as much
// as its document is long.

import { civilFromDays, DAY_MS, HOUR_MS, pad } from '../schedule/calendar.ts'

/** `runs/2026-11-21T22`: the hour that the instant lies in. */
export function hourOf(instantMs: number): string {
  const { year, month, day } = civilFromDays(Math.floor(instantMs / DAY_MS))
  const hour = Math.floor((instantMs - Math.floor(instantMs / DAY_MS) * DAY_MS) / HOUR_MS)
  return `runs/${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}`
}

export function bucketOf(hour: string, part: number): string {
  return `${hour}/${part}`
}

/** The hour of a ledger document's name; null for every other document. */
export function hourOfDocument(id: string): string | null {
  return id.startsWith('runs/') ? id.slice(0, id.lastIndexOf('/')) : null
}
