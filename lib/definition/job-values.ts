// The values that only jobs have: where to run, when to run, when not to, what a success tells
// others.

import { parseDuration } from '../schedule/duration.ts'
import { Refusal, leaf } from './key.ts'
import type { TextMap } from './value-kinds.ts'
import { described, readTextMap } from './value-kinds.ts'

/** A node or pool by name, or the labels that a node must have. */
export type PlaceText =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'labels'; readonly labels: TextMap; readonly text: string }

export const place = leaf(
  {
    expects: 'the name of a node or pool, or labels such as role=web',
    json: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
      ],
    },
    scalars: 'sources',
  },
  (value): PlaceText | Refusal => {
    if (typeof value === 'string') return placeOfText(value.trim())
    const labels = readTextMap(value)
    if (labels instanceof Refusal) return labels
    if (Object.keys(labels).length === 0) return new Refusal('has no labels')
    return { kind: 'labels', labels, text: labelsText(labels) }
  },
)

function placeOfText(text: string): PlaceText | Refusal {
  if (text === '') return new Refusal('is empty')
  if (!text.includes('=')) return { kind: 'name', name: text }
  const labels = Object.create(null) as Record<string, string>
  for (const part of text.split(',')) {
    const [word = '', ...value] = part.split('=')
    if (word.trim() === '' || value.length !== 1) return new Refusal('is not a list of key=value')
    labels[word.trim()] = value[0]!.trim()
  }
  return { kind: 'labels', labels, text: labelsText(labels) }
}

function labelsText(labels: TextMap): string {
  return Object.keys(labels)
    .sort()
    .map((word) => `${word}=${labels[word]}`)
    .join(',')
}

/** One schedule or several, each as a text that parseSchedule reads, and the jitter that Tron's maps carry. */
export type ScheduleTexts = { readonly texts: readonly string[]; readonly jitterMs: number | null }

const oneSchedule = {
  anyOf: [
    { type: 'string' },
    {
      type: 'object',
      properties: {
        type: { enum: ['cron', 'daily', 'groc daily', 'interval', 'constant'] },
        value: { type: 'string' },
        jitter: { type: 'string' },
        start_time: { type: 'string' },
        days: { type: 'string' },
        interval: { type: 'string' },
      },
      additionalProperties: false,
    },
  ],
}

export const schedule = leaf(
  {
    expects: 'a schedule such as "cron 0 4 * * *", "every 90s" or "daily 04:00", or a list of them',
    json: { anyOf: [...oneSchedule.anyOf, { type: 'array', items: oneSchedule, minItems: 1 }] },
  },
  (value): ScheduleTexts | Refusal => {
    if (!Array.isArray(value)) return scheduleOf(value)
    const texts: string[] = []
    let jitterMs: number | null = null
    if (value.length === 0) return new Refusal('is an empty list')
    for (const item of value as unknown[]) {
      const read = scheduleOf(item)
      if (read instanceof Refusal) return read
      texts.push(...read.texts)
      jitterMs = Math.max(jitterMs ?? 0, read.jitterMs ?? 0) || null
    }
    return { texts, jitterMs }
  },
)

function scheduleOf(value: unknown): ScheduleTexts | Refusal {
  if (typeof value === 'string') return { texts: [value], jitterMs: null }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Refusal(`is ${described(value)}`)
  const map = value as Readonly<Record<string, unknown>>
  const forms = [
    ['type', 'value', 'jitter'],
    ['start_time', 'days', 'jitter'],
    ['interval', 'jitter'],
  ]
  const form = forms.find((words) => map[words[0]!] !== undefined)
  const unknown = Object.keys(map).find((word) => form?.includes(word) !== true)
  if (form === undefined || unknown !== undefined)
    return new Refusal(
      `has ${unknown === undefined ? 'no type' : `an unknown key "${unknown}"`}`,
      'a map with type and value',
    )
  for (const word of form)
    if (map[word] !== undefined && map[word] !== null && typeof map[word] !== 'string')
      return new Refusal(`has ${described(map[word])} under "${word}"`, 'text: put it in quotes')
  const part = (word: string): string => (map[word] as string | undefined) ?? ''
  const jitter = part('jitter') === '' ? null : parseDuration(part('jitter'))
  if (jitter?.ok === false) return new Refusal(jitter.problem)
  const jitterMs = jitter === null ? null : jitter.ms
  if (form[0] === 'interval') return { texts: [`interval ${part('interval')}`], jitterMs }
  if (form[0] === 'start_time')
    return { texts: [`daily ${part('start_time')} ${part('days')}`.trim()], jitterMs }
  const text = typeText(part('type').trim(), part('value').trim())
  return text instanceof Refusal ? text : { texts: [text], jitterMs }
}

function typeText(type: string, value: string): string | Refusal {
  switch (type) {
    case 'groc daily':
      return value
    case 'cron':
    case 'daily':
    case 'interval':
    case 'constant':
      return `${type} ${value}`.trim()
    default:
      return new Refusal(`has the unknown type "${type}"`, 'cron, daily, "groc daily", interval or constant')
  }
}

/** What a success publishes: keys with templates; true stands for Tron's shortdate. */
export const downstreams = leaf(
  {
    expects: 'true, false or a map of templates',
    json: { anyOf: [{ type: 'boolean' }, { type: 'object', additionalProperties: { type: 'string' } }] },
    scalars: 'sources',
  },
  (value): TextMap | Refusal => {
    if (value === 'true' || value === 'True' || value === true) return { shortdate: '{shortdate}' }
    if (value === 'false' || value === 'False' || value === false) return {}
    return readTextMap(value)
  },
)

/** How many instances of a service: a number, or one on every node. */
export const instanceCount = leaf(
  {
    expects: 'a whole number from 0 to 1000, or all',
    json: { anyOf: [{ type: 'integer', minimum: 0, maximum: 1000 }, { const: 'all' }] },
  },
  (value): number | 'all' | Refusal => {
    if (value === 'all') return 'all'
    if (typeof value !== 'number') return new Refusal(`is ${described(value)}`)
    return Number.isInteger(value) && value >= 0 && value <= 1000 ? value : new Refusal('is out of range')
  },
)
