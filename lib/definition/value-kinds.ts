// The kinds of single values that a definition holds: text, names, switches, numbers, lengths of
// time, lists and maps of text. Each says what it expects, so that every message can.

import { nameFault } from '../base/ids.ts'
import { parseDuration } from '../schedule/duration.ts'
import { Refusal, leaf } from './key.ts'

const textJson = { type: 'string' }

export const text = leaf({ expects: 'text', json: textJson }, readText)

export const filledText = leaf({ expects: 'some text', json: { type: 'string', minLength: 1 } }, (value) => {
  const read = readText(value)
  return typeof read === 'string' && read.trim() === '' ? new Refusal('is empty') : read
})

/** Names of jobs, services and actions: no dot, no slash, nothing unprintable. */
export const name = leaf(
  {
    expects: 'a name without dots and slashes',
    json: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[^./]+$' },
  },
  (value) => {
    const read = readText(value)
    if (typeof read !== 'string') return read
    const fault = nameFault(read)
    return fault === null
      ? read
      : new Refusal(fault.split(', expected ')[0] ?? fault, fault.split(', expected ')[1] ?? null)
  },
)

/** YAML 1.1 and its users write yes and no; 1.2 would read them as text. */
export const flag = leaf(
  { expects: 'true or false', json: { type: 'boolean' }, scalars: 'values' },
  (value) => {
    if (typeof value === 'boolean') return value
    if (typeof value === 'string' && /^(yes|on|true)$/i.test(value)) return true
    if (typeof value === 'string' && /^(no|off|false)$/i.test(value)) return false
    return new Refusal(`is ${described(value)}`)
  },
)

export function wholeNumber(range: { readonly min: number; readonly max: number }) {
  const expects = `a whole number from ${range.min} to ${range.max}`
  return leaf({ expects, json: { type: 'integer', minimum: range.min, maximum: range.max } }, (value) => {
    if (typeof value !== 'number') return new Refusal(`is ${described(value)}`)
    return Number.isInteger(value) && value >= range.min && value <= range.max
      ? value
      : new Refusal('is out of range')
  })
}

const durationJson = { type: 'string', pattern: '\\d' }
const durationExpects = 'a number and a unit such as 90s, 10 min, 1h30m or PT1H'

/** Milliseconds. A bare number is refused: nobody can see its unit. */
export const duration = leaf({ expects: durationExpects, json: durationJson }, (value) => {
  if (typeof value === 'number') return new Refusal('has no unit')
  return typeof value === 'string' ? readDuration(value) : new Refusal(`is ${described(value)}`)
})

/** Milliseconds; a bare number is seconds, as in Tron's services. */
export const durationOrSeconds = leaf(
  {
    expects: `${durationExpects}, or a number of seconds`,
    json: { anyOf: [durationJson, { type: 'number', minimum: 0 }] },
  },
  (value) => {
    if (typeof value === 'number') return readDuration(`${value}s`)
    return typeof value === 'string' ? readDuration(value) : new Refusal(`is ${described(value)}`)
  },
)

export function choice<const Word extends string>(...words: readonly Word[]) {
  const expects = words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`
  return leaf({ expects, json: { enum: words } }, (value): Word | Refusal => {
    const word = words.find((known) => known === value)
    return word ?? new Refusal(typeof value === 'string' ? 'is not one of them' : `is ${described(value)}`)
  })
}

/** A list of texts; one text alone stands for a list of one. */
export const textList = leaf(
  { expects: 'a list of texts', json: { anyOf: [{ type: 'array', items: textJson }, textJson] } },
  (value): readonly string[] | Refusal => {
    if (typeof value === 'string') return [value]
    if (!Array.isArray(value)) return new Refusal(`is ${described(value)}`)
    const bad: unknown = value.find((item) => typeof item !== 'string')
    return bad === undefined ? (value as string[]) : new Refusal(`holds ${described(bad)}`)
  },
)

/** A list of whole numbers; one alone stands for a list of one. */
export function wholeNumberList(range: { readonly min: number; readonly max: number }) {
  const json = { type: 'integer', minimum: range.min, maximum: range.max }
  return leaf(
    {
      expects: `a list of whole numbers from ${range.min} to ${range.max}`,
      json: { anyOf: [{ type: 'array', items: json }, json] },
    },
    (value): readonly number[] | Refusal => {
      const list: unknown[] = Array.isArray(value) ? value : [value]
      const isGood = (item: unknown) =>
        Number.isInteger(item) && (item as number) >= range.min && (item as number) <= range.max
      return list.every(isGood) && list.length > 0
        ? (list as number[])
        : new Refusal(`is ${described(value)} with something else`)
    },
  )
}

/** A map of texts; numbers and switches are taken as they were written. */
export const textMap = leaf(
  {
    expects: 'a map of texts',
    json: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
    scalars: 'sources',
  },
  readTextMap,
)

export type TextMap = { readonly [word: string]: string }

export function readTextMap(value: unknown): TextMap | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Refusal(`is ${described(value)}`)
  const map = Object.create(null) as Record<string, string>
  for (const [word, item] of Object.entries(value) as [string, unknown][]) {
    if (item !== null && typeof item !== 'string')
      return new Refusal(`has ${described(item)} under "${word}"`)
    map[word] = item ?? ''
  }
  return map
}

function readText(value: unknown): string | Refusal {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean')
    return new Refusal(`is ${described(value)}`, `text: put it in quotes`)
  return new Refusal(`is ${described(value)}`)
}

function readDuration(value: string): number | Refusal {
  const read = parseDuration(value)
  return read.ok ? read.ms : new Refusal(read.problem)
}

/** `a number`, `a list`: what stands there, in words. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  return value === '' ? 'empty' : 'text'
}
