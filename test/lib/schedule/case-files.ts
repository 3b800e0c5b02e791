// Reads case tables of other schedulers where they lie, beside the checkout; a test whose folder is missing is
// skipped and says so. Rows are checked in place, never copied: a difference names its file and rows.

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import { slotsBetween, type Schedule } from '../../../lib/schedule/schedule.ts'

const folder = path.resolve(import.meta.dirname, '../../../../shared/cases')

export const caseFilesMissing = !existsSync(folder)
if (caseFilesMissing)
  console.log('The tables of cases are not beside this checkout (../shared/cases): their tests are skipped.')

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Row = Record<string, Json>

export function readCases(file: string): { readonly cases: readonly Row[]; readonly meta: Row } {
  if (caseFilesMissing) return { cases: [], meta: {} }
  const content = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as { cases: Row[]; _meta: Row }
  return { cases: content.cases, meta: content._meta }
}

export function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`expected a text, got ${JSON.stringify(value)}`)
  return value
}

/** Empty for what is not a text. */
export function looseText(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)]
}

/** The schedule of a text that must be accepted. */
export function scheduleOf(text: string, timeZone: string, hashSeed = 'test.job'): Schedule {
  const result = parseSchedule(text, { timeZone, hashSeed })
  if (!result.ok) throw new Error(result.problem)
  return result.schedule
}

/** The instants of the first slots after `from`, as UTC texts. */
export function nextTexts(schedule: Schedule, fromMs: number, count: number): readonly string[] {
  return slotsBetween(schedule, fromMs, Infinity, count).slots.map((slot) =>
    new Date(slot.slotMs).toISOString(),
  )
}

/** A text with its zone or offset, as the UTC text that nextTexts gives. */
export function instantText(text: string): string {
  return new Date(text).toISOString()
}

/** Collects what came out beside what should have, so that one run shows every row that is wrong. */
export function outcomes(): {
  readonly check: (name: string, got: unknown, wanted: unknown) => void
  /** The outcomes that differ; throws when nothing was checked at all. */
  readonly wrong: () => readonly { name: string; got: unknown; wanted: unknown }[]
} {
  const all: { name: string; got: unknown; wanted: unknown }[] = []
  return {
    check: (name, got, wanted) => all.push({ name, got, wanted }),
    wrong: () => {
      if (all.length === 0) throw new Error('no row was checked')
      return all.filter(({ got, wanted }) => JSON.stringify(got) !== JSON.stringify(wanted))
    },
  }
}
