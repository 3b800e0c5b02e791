// Cronicle's events (the JSON of its API, or the lines of `control.sh export`) to our YAML. An event
// without a timing that another one chains to becomes an action of it. Source: Cronicle v0.9,
// docs/APIReference.md "Event Data Format", engine.js, sample bin/*-plugin.js.

import { cronicleAction, isJobScript } from './import-cronicle-action.ts'
import { importedYaml, plainName, type ImportedRecord, type ImportResult, type OnRecord } from './imported.ts'
import {
  countAt,
  jsonRecords,
  recordAt,
  textAt,
  wordOf,
  type JsonRecord,
  type JsonRecords,
} from './json-records.ts'

/** Said by keys of ours, or of no meaning outside of Cronicle. */
const passedOver = new Set(
  (
    'id title enabled category target algo multiplex stagger plugin params timing timezone max_children timeout retries ' +
    'retry_delay catch_up detached queue queue_max chain notes username api_key created modified log_max_size'
  ).split(' '),
)

export function importCronicle(text: string, onRecord: OnRecord = () => undefined): ImportResult {
  const read = eventsOf(text)
  if (!read.ok) return read
  const events = read.records
  const chained = new Set(events.map((event) => textAt(event, 'chain')).filter((id) => id !== ''))
  const isFollower = (event: JsonRecord) =>
    chained.has(textAt(event, 'id')) && cronicleSchedule(event).cron === null
  const taken = new Set<JsonRecord>()
  const roots = events.filter((event) => !isFollower(event))
  const jobs = roots.map((event) => cronicleJob(event, { events, isFollower, taken }))
  for (const event of events)
    if (isFollower(event) && !taken.has(event)) jobs.push(cronicleJob(event, { events, isFollower, taken }))
  return { ok: true, text: importedYaml({ from: 'Cronicle', jobs, services: [] }, onRecord) }
}

/** An export has a line for each page of the schedule, `global/schedule/0 - {"items":[…]}`. */
function eventsOf(text: string): JsonRecords {
  const pages = [...text.matchAll(/^global\/schedule\/\d+ - (\{.*\})\s*$/gm)].map(([, page = '']) => page)
  return pages.length === 0
    ? jsonRecords(text, ['rows', 'items'])
    : jsonRecords(`[${pages.map(itemsText).join(',')}]`, [])
}

/** The members of a page's list, without its brackets. */
function itemsText(page: string): string {
  const read = jsonRecords(page, ['items'])
  return read.ok ? read.records.map((record) => JSON.stringify(record)).join(',') : page
}

type Around = {
  readonly events: readonly JsonRecord[]
  readonly isFollower: (event: JsonRecord) => boolean
  readonly taken: Set<JsonRecord>
}

function cronicleJob(event: JsonRecord, around: Around): ImportedRecord {
  const remarks: string[] = []
  const schedule = cronicleSchedule(event)
  const isEverywhere =
    event['multiplex'] === 1 || event['multiplex'] === true || textAt(event, 'algo') === 'multiplex'
  const actions = actionsOf(event, schedule.days, around, remarks)
  sayTarget(event, remarks)
  sayRest(event, remarks)
  const most = countAt(event, 'max_children', 1)
  const isQueued = isOn(event['queue'])
  if (most > 1)
    remarks.push(
      `Cronicle let ${most} of it run at once; overlap: allow has no such bound, max_running of a pool has.`,
    )
  const isWorking = Object.values(actions).every((action) => !isLeftOut(action))
  return {
    name: textAt(event, 'title') || textAt(event, 'id') || 'event',
    remarks,
    keys: {
      node: textAt(event, 'target') || undefined,
      all_nodes: isEverywhere ? true : undefined,
      schedule: schedule.cron ?? undefined,
      time_zone: textAt(event, 'timezone') || undefined,
      enabled: isOn(event['enabled'] ?? 1) && isWorking ? undefined : false,
      overlap: most > 1 ? 'allow' : isQueued ? 'queue' : 'skip',
      catch_up: isOn(event['catch_up']) ? 'all' : 'none',
      labels: textAt(event, 'category') === '' ? undefined : { category: textAt(event, 'category') },
      notes: textAt(event, 'notes') || undefined,
      actions,
    },
  }
}

function isLeftOut(action: unknown): boolean {
  return isJobScript(action) && action.command.includes('was not carried over')
}

function actionsOf(
  root: JsonRecord,
  days: readonly number[] | null,
  around: Around,
  remarks: string[],
): Record<string, unknown> {
  const actions: Record<string, unknown> = {}
  let before: string | null = null
  for (let event: JsonRecord | undefined = root; event !== undefined && !around.taken.has(event);) {
    around.taken.add(event)
    const name = actionName(textAt(event, 'title') || textAt(event, 'id'), actions)
    if (before !== null) {
      remarks.push(
        `"${textAt(event, 'title')}" was an event of its own that this one started when it had succeeded.`,
      )
      sayRest(event, remarks)
    }
    actions[name] = {
      ...cronicleAction(event, { days, remarks }),
      requires: before === null ? undefined : [before],
    }
    before = name
    event = nextOf(event, around, remarks)
  }
  return JSON.parse(JSON.stringify(actions)) as Record<string, unknown>
}

function nextOf(event: JsonRecord, around: Around, remarks: string[]): JsonRecord | undefined {
  const id = textAt(event, 'chain')
  if (id === '') return undefined
  const next = around.events.find((other) => textAt(other, 'id') === id)
  if (next !== undefined && around.isFollower(next) && !around.taken.has(next)) return next
  remarks.push(
    `After a success Cronicle started the event "${next === undefined ? id : textAt(next, 'title')}"; make it an action of this job, or use triggered_by.`,
  )
  return undefined
}

function actionName(title: string, taken: object): string {
  const plain = plainName(title) === 'cleanup' ? 'cleanup-event' : plainName(title)
  let name = plain
  for (let i = 2; Object.hasOwn(taken, name); i++) name = `${plain}-${i}`
  return name
}

/**
 * Its fields must all match. Cron's two day fields are an "or", so where both are given the days of the month go
 * into the command, which asks for the slot's day.
 */
function cronicleSchedule(event: JsonRecord): {
  readonly cron: string | null
  readonly days: readonly number[] | null
} {
  if (typeof event['timing'] !== 'object' || event['timing'] === null) return { cron: null, days: null }
  const timing = recordAt(event, 'timing')
  const numbers = (key: string) => {
    const list = timing[key]
    return Array.isArray(list) && list.length > 0
      ? list.map((value) => Number(wordOf(value))).filter((value) => Number.isInteger(value))
      : null
  }
  const field = (key: string) => numbers(key)?.join(',') ?? '*'
  const isBoth = numbers('days') !== null && numbers('weekdays') !== null
  const fields = [
    field('minutes'),
    field('hours'),
    isBoth ? '*' : field('days'),
    field('months'),
    field('weekdays'),
  ]
  const years = numbers('years')
  const cron = years === null ? `cron ${fields.join(' ')}` : `cron 0 ${fields.join(' ')} ${years.join(',')}`
  return { cron, days: isBoth ? numbers('days') : null }
}

function sayTarget(event: JsonRecord, remarks: string[]): void {
  const algo = textAt(event, 'algo')
  if (algo !== '' && algo !== 'random' && algo !== 'multiplex')
    remarks.push(`Cronicle chose the server by "${algo}"; here the claim chooses one that is alive.`)
  if (countAt(event, 'stagger', 0) > 0)
    remarks.push(`Left out: stagger of ${textAt(event, 'stagger')} s between servers.`)
}

function sayRest(event: JsonRecord, remarks: string[]): void {
  for (const [key, value] of Object.entries(event)) {
    if (
      passedOver.has(key) ||
      value === null ||
      value === '' ||
      value === false ||
      value === 0 ||
      value === '0'
    )
      continue
    remarks.push(`Left out: ${key}: ${JSON.stringify(value)}`)
  }
}

/** Cronicle writes switches as 0 and 1. */
function isOn(value: unknown): boolean {
  return value === true || value === 1 || value === '1'
}
