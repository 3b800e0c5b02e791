// The keys of a whole file, of a node and of a pool: the single source of validation, JSON Schema,
// reference and types.

import type * as v from 'valibot'
import { jobRecord } from './job-keys.ts'
import { Refusal, key, leaf, named, record, requiredKey } from './key.ts'
import { serviceRecord } from './service-keys.ts'
import { described, filledText, textList, textMap, wholeNumber } from './value-kinds.ts'

const placeName = leaf(
  { expects: 'a name without "=" and ","', json: { type: 'string', minLength: 1, pattern: '^[^=,]+$' } },
  (value) => {
    if (typeof value !== 'string') return new Refusal(`is ${described(value)}`, 'text: put it in quotes')
    if (value.trim() === '') return new Refusal('is empty')
    return /[=,]/.test(value) ? new Refusal('has a "=" or a ","') : value
  },
)

const nodeKeys = {
  name: key(placeName, {
    meaning: 'What jobs and pools call the node.',
    fallback: 'its hostname',
    example: 'db1',
  }),
  hostname: key(placeName, {
    meaning: "The host's name, or the agent's. localhost is the agent where the file was dropped.",
    fallback: 'its name',
    example: 'db1.example.org',
  }),
}

const poolKeys = {
  name: key(placeName, {
    meaning: 'What jobs call the pool.',
    fallback: 'the names of its nodes, joined by _',
    example: 'workers',
  }),
  nodes: key(textList, { meaning: 'Its members: names of nodes.', fallback: 'none', example: '[db1, db2]' }),
  labels: key(textMap, {
    meaning: 'Labels that its members carry, in place of `nodes`: whoever has them all belongs to the pool.',
    fallback: 'none',
    example: '{role: web}',
  }),
  max_running: key(wholeNumber({ min: 1, max: 100_000 }), {
    meaning: 'How many runs may be active on one of its nodes at a time.',
    unit: 'runs',
    fallback: 'no bound',
    example: '4',
  }),
}

const calendarKeys = {
  name: requiredKey(filledText, { meaning: 'What `exclude` calls the calendar.', example: 'holidays' }),
  dates: requiredKey(textList, {
    meaning: 'Its days, days of every year, and ranges FROM..TO.',
    example: '[2026-12-25, 2026-12-31..2027-01-01]',
  }),
}

export const nodeRecord = record('node', nodeKeys)
export const poolRecord = record('pool', poolKeys)
export const calendarRecord = record('calendar', calendarKeys)

const fileKeys = {
  jobs: key(named(jobRecord, 'job'), {
    meaning: 'The jobs: a list with names, or a map keyed by name.',
    fallback: 'none',
    example: '{backup: {schedule: daily 04:00, actions: {dump: {command: …}}}}',
  }),
  services: key(named(serviceRecord, 'service'), {
    meaning: 'The services: a list with names, or a map keyed by name.',
    fallback: 'none',
    example: '{web: {command: …, pid_file: …}}',
  }),
  nodes: key(named(nodeRecord, 'node'), {
    meaning: 'Other names for agents. An agent needs none: its own name and its hostname are known.',
    fallback: 'none',
    example: '[{name: db1, hostname: db1.example.org}]',
  }),
  node_pools: key(named(poolRecord, 'pool'), {
    meaning: 'Named sets of nodes.',
    fallback: 'none',
    example: '{workers: {nodes: [db1, db2]}}',
  }),
  calendars: key(named(calendarRecord, 'calendar'), {
    meaning: 'Named lists of days for `exclude`.',
    fallback: 'none',
    example: '{holidays: {dates: [2026-12-25]}}',
  }),
  command_context: key(textMap, {
    meaning: 'Variables of templates.',
    fallback: 'none',
    example: '{PYTHON: /usr/bin/python3}',
  }),
  time_zone: key(filledText, {
    meaning: 'The zone of jobs that name none.',
    fallback: "MASTER's, or UTC",
    example: 'Europe/Rome',
  }),
}

export const fileRecord = record('file', fileKeys)
export type RawFile = v.InferOutput<typeof fileRecord>
export type RawNode = v.InferOutput<typeof nodeRecord>
export type RawPool = v.InferOutput<typeof poolRecord>
