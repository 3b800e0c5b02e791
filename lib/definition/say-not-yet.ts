// Refuses a file for each key in it that is in the table of what is not carried out yet, at the
// place where it stands.

import type { Located, Path } from './located.ts'
import { nameOf } from './located.ts'
import type { NotYet, NotYetTable } from './not-yet.ts'
import type { PlaceReport } from './place-report.ts'

export function sayNotYet(report: PlaceReport, table: NotYetTable): void {
  const { root } = report
  sayRecord(root, [], table.file, report)
  for (const [path, pool] of itemsOf(childOf(root, 'node_pools'), ['node_pools']))
    sayRecord(pool, path, table.pool, report)
  for (const [path, job] of itemsOf(childOf(root, 'jobs'), ['jobs'])) {
    sayRecord(job, path, table.job, report)
    for (const [actionPath, action] of itemsOf(childOf(job, 'actions'), [...path, 'actions']))
      sayRecord(action, actionPath, table.action, report)
    sayRecord(childOf(job, 'cleanup_action'), [...path, 'cleanup_action'], table.action, report)
  }
}

function sayRecord(
  record: Located | undefined,
  path: Path,
  rows: readonly NotYet[],
  report: PlaceReport,
): void {
  if (record?.kind !== 'map') return
  for (const missing of rows) {
    const value = record.entries.get(missing.key)?.value
    if (value === undefined || isHarmless(value, missing)) continue
    const name = nameOf(record)
    report.error({
      path: [...path, missing.key],
      of: 'key',
      message: refusal(`key "${missing.key}"${name === null ? '' : ` in "${name}"`}`, missing),
    })
  }
}

function refusal(what: string, { instead }: NotYet): string {
  return `Cannot use ${what} yet: this version does not carry it out, and ${instead}`
}

function isHarmless(value: Located, { harmless = [] }: NotYet): boolean {
  if (value.kind !== 'scalar')
    return (
      value.kind === 'list' &&
      value.items.every((item) => isHarmless(item, { key: '', instead: '', harmless }))
    )
  const word = typeof value.value === 'string' && /^(no|off|false)$/i.test(value.value) ? false : value.value
  return harmless.some((calm) => calm === word)
}

function childOf(located: Located, key: string): Located | undefined {
  return located.kind === 'map' ? located.entries.get(key)?.value : undefined
}

function itemsOf(list: Located | undefined, path: Path): readonly (readonly [Path, Located])[] {
  return list?.kind === 'list' ? list.items.map((item, i) => [[...path, i], item] as const) : []
}
