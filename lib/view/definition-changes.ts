// What is different between two versions of one job, key by key in the words of config files, so that a person sees
// before an edit what it does.

import { unreachable } from '../base/assert.ts'
import type { ActionDefinition, JobDefinition, NodeChoice } from '../definition/job-definition.ts'
import type { ServiceDefinition } from '../definition/service-definition.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { formatExclusion } from '../schedule/exclusion.ts'
import { explainSchedule } from '../schedule/explain.ts'
import { formatDuration } from '../schedule/duration.ts'

export type KeyChange = {
  /** Such as `schedule` or `actions.dump.command`. */
  readonly key: string
  /** Empty when the key was not there, or has no value. */
  readonly before: string
  readonly after: string
}

export function definitionChanges(before: JobDefinition, after: JobDefinition): readonly KeyChange[] {
  return changesBetween(keysOf(before, after), keysOf(after, before))
}

export function serviceChanges(before: ServiceDefinition, after: ServiceDefinition): readonly KeyChange[] {
  return changesBetween(keysOfService(before), keysOfService(after))
}

function changesBetween(left: Map<string, string>, right: Map<string, string>): readonly KeyChange[] {
  const names = [...left.keys(), ...[...right.keys()].filter((key) => !left.has(key))]
  return names
    .map((key) => ({ key, before: left.get(key) ?? '', after: right.get(key) ?? '' }))
    .filter((change) => change.before !== change.after)
}

function keysOf(definition: JobDefinition, other: JobDefinition): Map<string, string> {
  const { schedule, scheduleText, nodes, pool, actions, cleanup, ...rest } = definition
  const unlimited = schedule?.kind === 'limited' ? schedule.schedule : schedule
  const meaning = unlimited === null ? '' : ` (${explainSchedule(unlimited)})`
  const keys = new Map<string, string>([
    // Where the texts are equal, what they mean may not be: another pool of that name, another anchor.
    ['node', `${pool || 'any'}${pool === other.pool ? ` (${nodesText(nodes)})` : ''}`],
    ['schedule', `${scheduleText}${scheduleText === other.scheduleText ? meaning : ''}`],
  ])
  if (schedule?.kind === 'limited') {
    keys.set('exclude', schedule.exclude.map(formatExclusion).join(', '))
    keys.set('expires_at', schedule.expiresAtMs === null ? '' : formatInstant(schedule.expiresAtMs))
  }
  addAll(keys, '', rest)
  keys.delete('name')
  keys.delete('category')
  for (const action of actions) addAction(keys, `actions.${action.name}`, action)
  if (cleanup !== null) addAction(keys, 'cleanup_action', cleanup)
  return keys
}

function keysOfService({
  nodes,
  pool,
  health,
  isForeground,
  ...rest
}: ServiceDefinition): Map<string, string> {
  const keys = new Map([['node', pool === '' ? 'any' : `${pool} (${nodesText(nodes)})`]])
  addAll(keys, '', rest)
  keys.set('foreground', String(isForeground))
  if (health !== null) addAll(keys, 'health.', health)
  for (const key of ['name', 'category', 'command_context']) keys.delete(key)
  return keys
}

function addAction(keys: Map<string, string>, prefix: string, { nodes, ...action }: ActionDefinition): void {
  const does = [action.command, action.task, action.http?.url].find((text) => text) ?? ''
  keys.set(prefix, does)
  addAll(keys, `${prefix}.`, action)
  keys.delete(`${prefix}.command`)
  keys.delete(`${prefix}.name`)
  if (nodes !== null) keys.set(`${prefix}.node`, `${action.pool ?? ''} (${nodesText(nodes)})`)
}

function addAll(keys: Map<string, string>, prefix: string, values: object): void {
  for (const [key, value] of Object.entries(values) as [string, unknown][]) {
    const text = textOf(key, value)
    if (text !== '') keys.set(prefix + snake(key.replace(/Ms$/, '')), text)
  }
}

function textOf(key: string, value: unknown): string {
  if (typeof value === 'number' && key.endsWith('AtMs')) return formatInstant(value)
  if (typeof value === 'number' && key.endsWith('Ms')) return formatDuration(value)
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  const text = JSON.stringify(value)
  return text === '{}' || text === '[]' ? '' : text
}

function nodesText(nodes: NodeChoice): string {
  switch (nodes.kind) {
    case 'any':
      return 'any'
    case 'nodes':
      return nodes.names.join(', ')
    case 'labels':
      return Object.entries(nodes.labels)
        .map(([label, value]) => `${label}=${value}`)
        .join(', ')
    default:
      return unreachable(nodes)
  }
}

/** `startDeadline` is `start_deadline` in files. */
function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
