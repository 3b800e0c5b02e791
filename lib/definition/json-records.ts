// The records of another scheduler's JSON: one alone, a list of them, or a list under one of some
// names. What a converter reads is checked no further than it needs.

import { ProblemList } from './problem-list.ts'
import { problemText } from '../base/problem.ts'
import { plainOf } from './located.ts'
import { readJson } from './read-json.ts'

export type JsonRecord = { readonly [key: string]: unknown }

export type JsonRecords =
  | { readonly ok: true; readonly records: readonly JsonRecord[] }
  | { readonly ok: false; readonly problem: string }

export function jsonRecords(text: string, wrappers: readonly string[]): JsonRecords {
  const problems = new ProblemList('', text)
  const located = readJson(text, problems)
  if ('message' in located) problems.error(located)
  const [problem] = problems.errors()
  if (problem !== undefined || !('kind' in located))
    return {
      ok: false,
      problem:
        problem === undefined
          ? ''
          : `line ${problem.line}, column ${problem.column}: ${problemText({ ...problem, line: 0 })}`,
    }
  let value = plainOf(located)
  for (const wrapper of wrappers) if (isRecord(value) && Array.isArray(value[wrapper])) value = value[wrapper]
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!list.every(isRecord))
    return { ok: false, problem: 'Cannot read records: the text holds something else, expected JSON objects' }
  return { ok: true, records: list }
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text or number under a key, as text; '' for anything else. */
export function textAt(record: JsonRecord, key: string): string {
  const value = record[key]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** The map under a key; empty for anything else. */
export function recordAt(record: JsonRecord, key: string): JsonRecord {
  const value = record[key]
  return isRecord(value) ? value : {}
}

/** The number under a key, written as a number or as text, without its fraction; for anything else the fallback. */
export function countAt(record: JsonRecord, key: string, fallback: number): number {
  const text = textAt(record, key)
  const count = text.trim() === '' ? Number.NaN : Math.floor(Number(text))
  return count >= 0 && count <= 1_000_000_000 ? count : fallback
}

/** A text, number or switch as text; JSON for a list or a map. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
