// The reference tables of config/README.md, made from the tables of keys, so that what people read
// is what is checked.

import type * as v from 'valibot'
import { actionRecord, httpRecord } from './action-keys.ts'
import { dateNames, dateUnit } from './date-variable.ts'
import { calendarRecord, fileRecord, nodeRecord, poolRecord } from './file-keys.ts'
import { jobRecord } from './job-keys.ts'
import { entriesOf, factsOf } from './key.ts'
import { notYetTable } from './not-yet.ts'
import { healthRecord, serviceRecord } from './service-keys.ts'
import { tronKeysOf } from './tron-keys.ts'

const records: readonly { readonly title: string; readonly record: v.GenericSchema }[] = [
  { title: 'A file', record: fileRecord },
  { title: 'A job', record: jobRecord },
  { title: 'An action', record: actionRecord },
  { title: 'The request of an `http` action', record: httpRecord },
  { title: 'A service', record: serviceRecord },
  { title: 'The `health` of a service', record: healthRecord },
  { title: 'A node', record: nodeRecord },
  { title: 'A pool', record: poolRecord },
  { title: 'A calendar', record: calendarRecord },
]

/** Markdown, ending in one newline; its tables are not for the formatter. */
export function referenceText(): string {
  const sections = records.map(({ title, record }) => `### ${title}\n\n${keyTable(record)}`)
  const parts = [...sections, variables(), notYet(), tron()].filter((part) => part !== '')
  return `<!-- prettier-ignore-start -->\n\n${parts.join('\n\n')}\n\n<!-- prettier-ignore-end -->\n`
}

function keyTable(record: v.GenericSchema): string {
  const rows = Object.entries(entriesOf(record) ?? {}).map(([key, entry]) => {
    const { facts } = factsOf(entry)
    const fallback = entry.type === 'optional' ? (facts?.fallback ?? '') : '*required*'
    return [`\`${key}\``, facts?.meaning ?? '', facts?.unit ?? '', fallback, code(facts?.example ?? '')]
  })
  return table(['key', 'meaning', 'unit', 'default', 'example'], rows)
}

function variables(): string {
  const dates = dateNames.map((name) => [
    `\`{${name}}\``,
    `the date of the slot; \`{${name}-1}\` is one of its ${dateUnit(name)} before`,
    dateExamples[name] ?? '',
  ])
  const rows = [...dates, ...others]
  return `### Variables of templates\n\n${table(['variable', 'meaning', 'at 2018-01-31 23:59 UTC'], rows)}`
}

const dateExamples: Readonly<Record<string, string>> = {
  shortdate: '2018-01-31',
  ymd: '2018-01-31',
  year: '2018',
  month: '01',
  day: '31',
  hour: '23',
  ym: '2018-01',
  ymdh: '2018-01-31T23',
  ymdhm: '2018-01-31T23:59',
  unixtime: '1517443140',
  daynumber: '736725',
}

const others: readonly (readonly string[])[] = [
  ['`{slot}`', 'the instant of the slot, in UTC', '2018-01-31T23:59:00Z'],
  ['`{last_success#shortdate}`', 'any of the dates above, of the last run that succeeded', ''],
  ['`{name}`', "the job's full name; in a service the service's", 'billing.nightly'],
  ['`{namespace}`', 'its category', 'billing'],
  ['`{actionname}`', 'the action', 'dump'],
  ['`{runid}`', 'the run', 'billing.nightly.23'],
  ['`{attempt}`', 'which try of the action this is', '1'],
  ['`{token}`', 'the fencing token of the claim; 0 for a run without one', '23'],
  ['`{node}`', 'the host that runs it', 'db1.example.org'],
  ['`{manual}`', 'whether a person started the run', 'false'],
  ['`{cleanup_job_status}`', 'in a cleanup action: SUCCESS, FAILURE or UNKNOWN', 'SUCCESS'],
  ['`{instance_number}`, `{pid_file}`', 'in the templates of a service', '0'],
]

function notYet(): string {
  const rows = Object.entries(notYetTable).flatMap(([noun, missing]) =>
    missing.map(({ key, instead }) => [`${noun}: \`${key}\``, instead]),
  )
  if (rows.length === 0) return ''
  const keys = table(['key', 'without it'], rows)
  return `### Not yet\n\nThese are read and checked, and a file that uses one is refused until a later version carries it out.\n\n${keys}`
}

function tron(): string {
  const rows = ['file', 'node', 'job', 'action'].flatMap((noun) =>
    Object.entries(tronKeysOf(noun)).map(([key, instead]) => [`${noun}: \`${key}\``, instead]),
  )
  return `### Keys of Tron without effect\n\nThey are accepted with a note, so that a Tron file works unchanged.\n\n${table(['key', 'here'], rows)}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}
