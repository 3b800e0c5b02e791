// One field of a cron expression, as text, to the sorted list of its values: lists, names, ranges that may wrap
// around, steps, and the hashed forms `H`, `H(a-b)`, `H/n` (Jenkins), `a~b` (OpenBSD) and `~` (Dkron), which are
// stable for one seed. Days that depend on the month (L, W, #) are read in day-rule.ts before this.

import { hash53 } from '../base/hash.ts'

export type FieldSpec = {
  readonly name: string
  readonly min: number
  readonly max: number
  /** The last value of `*` and of an open step, where it is not max (weekday 7 is another name of 0). */
  readonly starMax?: number
  /** The last value that `H` alone may take, where it is not the last one (days 29-31 do not come each month). */
  readonly hashMax?: number
  /** Names of values, in lower case. */
  readonly names?: ReadonlyMap<string, number>
  /** Whether `?` stands for `*` here. */
  readonly question?: boolean
  /** Whether a step may be longer than the field, and so takes its first value alone. */
  readonly longSteps?: boolean
  /** Whether a range may run past the maximum and go on at the minimum. */
  readonly wraps?: boolean
}

export type Field = {
  /** Sorted, without repetition. */
  readonly values: readonly number[]
  /** Whether the field restricts nothing: some item is `*`, `?` or a step of one over it. */
  readonly star: boolean
  /** Whether some item is `*` or a step over it, in any spelling: `*`, `*` + `/2`, `0-23/2`, `0/2`, `H/2`. */
  readonly stepped: boolean
}

export type FieldResult =
  { readonly ok: true; readonly field: Field } | { readonly ok: false; readonly reason: string }

type ItemResult = Field | { readonly reason: string }

export function parseField(text: string, spec: FieldSpec, hashSeed: string): FieldResult {
  const items: Field[] = []
  for (const itemText of text.split(',')) {
    const item = parseItem(itemText.trim(), spec, hashSeed)
    if ('reason' in item) return { ok: false, reason: item.reason }
    items.push(item)
  }
  const [first, ...more] = items
  // Most fields are one item, whose values are sorted already.
  if (first !== undefined && more.length === 0) return { ok: true, field: first }
  const values = new Set(items.flatMap((item) => item.values))
  return {
    ok: true,
    field: {
      values: [...values].sort((a, b) => a - b),
      star: items.some((item) => item.star),
      stepped: items.some((item) => item.stepped),
    },
  }
}

function parseItem(text: string, spec: FieldSpec, hashSeed: string): ItemResult {
  const parts = text.split('/')
  const [base = '', stepText] = parts
  if (parts.length > 2)
    return { reason: `${spec.name} "${text}" has more than one "/", expected one step at most` }
  let step = 1
  if (stepText !== undefined) {
    step = /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0
    const stepMax = (spec.starMax ?? spec.max) - spec.min
    if (step < 1 || (step > Math.max(1, stepMax) && spec.longSteps !== true)) {
      return {
        reason: `${spec.name} "${text}" has the step "${stepText}", expected a whole number from 1 to ${stepMax}`,
      }
    }
  }
  if (base === '*' || (base === '?' && spec.question === true)) {
    const star = step === 1
    return { values: sequence(spec.min, spec.starMax ?? spec.max, step), star, stepped: true }
  }
  if (base === '~' && stepText === undefined)
    return { values: [dkronValue(spec, hashSeed)], star: false, stepped: false }
  const hashed = /^h(?:\(([^()]*)\))?$/i.exec(base) ?? /^([^~]+~[^~]+)$/.exec(base)
  if (hashed !== null)
    return hashedItem(hashed[1], { text, spec, hashSeed, step: stepText === undefined ? null : step })
  const range = parseRange(base, spec)
  if ('reason' in range) return range
  const { from, to } = range
  if (to === null) {
    if (stepText === undefined) return { values: [from], star: false, stepped: false }
    // `5/15` is from 5 to the end in steps of 15, as in Quartz, robfig and cronie.
    return {
      values: sequence(from, spec.starMax ?? spec.max, step),
      star: false,
      stepped: from === spec.min,
    }
  }
  const whole = from === spec.min && to >= (spec.starMax ?? spec.max)
  if (from <= to) return { values: sequence(from, to, step), star: false, stepped: whole }
  if (spec.wraps === false)
    return { reason: `${spec.name} "${base}" runs backwards, expected the smaller value first` }
  return { values: wrapped(range.from, to, { spec, step }), star: false, stepped: false }
}

type Range = { readonly from: number; readonly to: number | null }

function parseRange(text: string, spec: FieldSpec): Range | { readonly reason: string } {
  const ends = text.split('-')
  if (ends.length > 2)
    return {
      reason: `${spec.name} "${text}" has more than one "-", expected a range such as ${example(spec)}`,
    }
  const from = parseValue(ends[0] ?? '', spec)
  if (from === null) return { reason: valueReason(ends[0] ?? '', spec) }
  if (ends.length === 1) return { from, to: null }
  const to = parseValue(ends[1] ?? '', spec)
  if (to === null) return { reason: valueReason(ends[1] ?? '', spec) }
  return { from, to }
}

export function parseValue(text: string, spec: FieldSpec): number | null {
  const named = spec.names?.get(text.toLowerCase())
  if (named !== undefined) return named
  if (!/^\d{1,4}$/.test(text)) return null
  const value = Number(text)
  return value >= spec.min && value <= spec.max ? value : null
}

export function valueReason(text: string, spec: FieldSpec): string {
  const what = /^\d+$/.test(text) ? 'is out of range' : text === '' ? 'is empty' : 'is not a value'
  const names = spec.names === undefined ? '' : ` or a name such as ${[...spec.names.keys()][1] ?? ''}`
  return `${spec.name} "${text}" ${what}, expected ${spec.min} to ${spec.max}${names}`
}

function example(spec: FieldSpec): string {
  return `${spec.min}-${spec.max}`
}

function sequence(from: number, to: number, step: number): readonly number[] {
  const values: number[] = []
  for (let value = from; value <= to; value += step) values.push(value)
  return values
}

function wrapped(from: number, to: number, range: { spec: FieldSpec; step: number }): readonly number[] {
  const { spec, step } = range
  const last = spec.starMax ?? spec.max
  const size = last - spec.min + 1
  const values: number[] = []
  // A weekday 7 at the beginning is 0: `7-2` is Sunday to Tuesday.
  const start = from > last ? from - size : from
  const end = start <= to ? to : to + size
  for (let value = start; value <= end; value += step) values.push(value > last ? value - size : value)
  return values.sort((a, b) => a - b)
}

function hashedItem(
  rangeText: string | undefined,
  item: { text: string; spec: FieldSpec; hashSeed: string; step: number | null },
): ItemResult {
  const { spec, step } = item
  let from = spec.min
  let to = step === null ? (spec.hashMax ?? spec.starMax ?? spec.max) : (spec.starMax ?? spec.max)
  if (rangeText !== undefined) {
    const range = parseRange(rangeText.replace('~', '-'), spec)
    if ('reason' in range) return range
    if (range.to === null || range.to < range.from) {
      return {
        reason: `${spec.name} "${item.text}" is not a hashed range, expected one such as H(${example(spec)})`,
      }
    }
    from = range.from
    to = range.to
  }
  const hash = hash53(`${item.hashSeed}\n${spec.name}`)
  if (step === null) return { values: [from + (hash % (to - from + 1))], star: false, stepped: false }
  const phase = from + (hash % Math.min(step, to - from + 1))
  return { values: sequence(phase, to, step), star: false, stepped: rangeText === undefined }
}

/** Dkron's own rule for `~`, so that its users keep their times: the sum of the name's code points. */
function dkronValue(spec: FieldSpec, hashSeed: string): number {
  let sum = 0
  for (const character of hashSeed) sum += character.codePointAt(0) ?? 0
  const last = spec.hashMax ?? spec.starMax ?? spec.max
  return spec.min + (sum % (last - spec.min + 1))
}
