// Dkron's jobs (the JSON of its API and backups) to our YAML. A child of `parent_job` becomes an
// action of its parent's job, since it ran when the parent had succeeded, and its own schedule was
// passed over. Source: Dkron v4.0.9, job.go, plugin/shell, plugin/http, extcron.

import { dkronAction } from './import-dkron-action.ts'
import { importedYaml, plainName, type ImportedRecord, type ImportResult, type OnRecord } from './imported.ts'
import { jsonRecords, recordAt, textAt, wordOf, type JsonRecord } from './json-records.ts'

/** Computed by Dkron, or said otherwise by us. */
const passedOver = new Set(
  (
    'id name displayname timezone schedule owner owner_email disabled tags metadata retries parent_job concurrency ' +
    'executor executor_config ephemeral starts_at expires_at success_count error_count last_success last_error status ' +
    'next dependent_jobs processors'
  ).split(' '),
)

export function importDkron(text: string, onRecord: OnRecord = () => undefined): ImportResult {
  const read = jsonRecords(text, ['jobs'])
  if (!read.ok) return read
  const nameless = read.records.find((job) => textAt(job, 'name') === '')
  if (nameless !== undefined)
    return { ok: false, problem: "Cannot read Dkron's jobs: one has no name, expected each to have one" }
  const names = new Set(read.records.map((job) => textAt(job, 'name')))
  const taken = new Set<JsonRecord>()
  const roots = read.records.filter((job) => !names.has(textAt(job, 'parent_job')))
  const children = childrenOf(read.records)
  const jobs = roots.map((job) => dkronJob(job, children, taken))
  // Jobs that are each other's parents never ran by a parent; they are kept.
  for (const job of read.records) if (!taken.has(job)) jobs.push(dkronJob(job, children, taken))
  return { ok: true, text: importedYaml({ from: 'Dkron', jobs, services: [] }, onRecord) }
}

/** By the name of their parent. */
type Children = ReadonlyMap<string, readonly JsonRecord[]>

function childrenOf(jobs: readonly JsonRecord[]): Children {
  const children = new Map<string, JsonRecord[]>()
  for (const job of jobs) {
    const parent = textAt(job, 'parent_job')
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [job])
    else siblings.push(job)
  }
  return children
}

function dkronJob(job: JsonRecord, children: Children, taken: Set<JsonRecord>): ImportedRecord {
  const remarks: string[] = []
  const target = targetOf(job, remarks)
  const actions = actionsOf(job, { children, taken }, remarks)
  const schedule = dkronSchedule(textAt(job, 'schedule'), textAt(job, 'name'))
  if (schedule !== textAt(job, 'schedule') && textAt(job, 'schedule').includes('~'))
    remarks.push(
      `Its schedule was "${textAt(job, 'schedule')}"; the numbers are those that Dkron had hashed from the name.`,
    )
  if (textAt(job, 'parent_job') !== '')
    remarks.push(
      `Its parent "${textAt(job, 'parent_job')}" is not in the file: it runs by its own schedule, or by hand.`,
    )
  const owner = [textAt(job, 'owner'), textAt(job, 'owner_email')].filter((part) => part !== '').join(', ')
  const metadata = recordAt(job, 'metadata')
  sayRest(job, remarks)
  return {
    name: textAt(job, 'name'),
    remarks,
    keys: {
      summary: textAt(job, 'displayname') || undefined,
      ...target,
      schedule: schedule === '' ? undefined : schedule,
      time_zone: textAt(job, 'timezone') || undefined,
      enabled: job['disabled'] === true ? false : undefined,
      overlap: textAt(job, 'concurrency') === 'forbid' ? 'skip' : 'allow',
      catch_up: 'none',
      once: job['ephemeral'] === true ? true : undefined,
      starts_at: textAt(job, 'starts_at') || undefined,
      expires_at: textAt(job, 'expires_at') || undefined,
      owner: owner === '' ? undefined : owner,
      labels: Object.keys(metadata).length > 0 ? metadata : undefined,
      actions,
    },
  }
}

/** The job's own action, and those of its children, which require their parent's. */
function actionsOf(
  root: JsonRecord,
  { children, taken }: { readonly children: Children; readonly taken: Set<JsonRecord> },
  remarks: string[],
): Record<string, unknown> {
  const actions: Record<string, unknown> = {}
  const waiting: { readonly job: JsonRecord; readonly requires: string | null }[] = [
    { job: root, requires: null },
  ]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { job, requires } = next
    if (taken.has(job)) continue
    taken.add(job)
    const name = textAt(job, 'name')
    const key = actionKey(name, actions)
    if (requires !== null && job['disabled'] === true) {
      remarks.push(`Its child "${name}" was disabled, and is left out with all that follow it.`)
      continue
    }
    if (requires !== null) {
      const own: string[] = []
      const schedule = textAt(job, 'schedule')
      if (schedule !== '' && !schedule.startsWith('@manually'))
        own.push(`its schedule "${schedule}" had no effect`)
      const place = targetOf(job, own)['node']
      if (place !== undefined && JSON.stringify(place) !== JSON.stringify(targetOf(root, [])['node']))
        own.push(`it ran where ${JSON.stringify(place)}`)
      remarks.push(
        `"${name}" was a job of its own with the parent "${textAt(job, 'parent_job')}"${own.length === 0 ? '' : `: ${own.join('; ')}`}.`,
      )
      sayRest(job, remarks)
    }
    actions[key] = { ...dkronAction(job, remarks), requires: requires === null ? undefined : [requires] }
    for (const child of children.get(name) ?? []) waiting.push({ job: child, requires: key })
  }
  return JSON.parse(JSON.stringify(actions)) as Record<string, unknown>
}

function actionKey(name: string, taken: object): string {
  const plain = plainName(name) === 'cleanup' ? 'cleanup-action' : plainName(name)
  let key = plain
  for (let i = 2; Object.hasOwn(taken, key); i++) key = `${plain}-${i}`
  return key
}

/** Tags choose nodes; `value:N` is N of them, without a number all of them, and without tags every node. */
function targetOf(job: JsonRecord, remarks: string[]): { readonly [key: string]: unknown } {
  const tags = Object.entries(recordAt(job, 'tags')).filter(([tag]) => tag !== 'region')
  if (tags.length === 0) {
    remarks.push(
      'It had no tags, so that Dkron ran it on every node; without all_nodes each slot runs on one.',
    )
    return { all_nodes: true }
  }
  const labels: Record<string, string> = {}
  const counts: number[] = []
  for (const [tag, value] of tags) {
    const match = /^(.*):(\d+)$/s.exec(wordOf(value))
    labels[tag] = match?.[1] ?? wordOf(value)
    if (match !== null) counts.push(Number(match[2]))
  }
  if (counts.length === 0) return { node: labels, all_nodes: true }
  const count = Math.max(1, Math.min(...counts))
  return { node: labels, count: count === 1 ? undefined : count }
}

function sayRest(job: JsonRecord, remarks: string[]): void {
  const processors = Object.keys(recordAt(job, 'processors'))
  if (processors.length > 0)
    remarks.push(`Processors (${processors.join(', ')}) are left out: output is kept with each run.`)
  for (const [key, value] of Object.entries(job))
    if (!passedOver.has(key) && value !== null && value !== '' && value !== false)
      remarks.push(`Left out: ${key}: ${JSON.stringify(value)}`)
}

/** `~` as Dkron fills it in: from the sum of the name's code points, field by field. */
export function dkronSchedule(schedule: string, name: string): string {
  const words = schedule.trim().split(/\s+/)
  if (words.some((word) => word.startsWith('@'))) return schedule.trim()
  const hash = Array.from(name).reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0)
  const values = [hash % 60, hash % 60, hash % 24, (hash % 28) + 1, (hash % 12) + 1, hash % 7]
  let field = 0
  const filled = words.map((word) =>
    /^(CRON_)?TZ=/.test(word) ? word : word.replaceAll('~', String(values[field++] ?? '~')),
  )
  return filled.join(' ')
}
