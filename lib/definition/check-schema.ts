// Runs a schema over a located tree, and says each thing that is wrong in words and at its
// place.

import * as v from 'valibot'
import { shortened } from '../schedule/duration.ts'
import { entriesOf, factsOf, itemOf } from './key.ts'
import type { Located, Path } from './located.ts'
import { nameOf, plainOf } from './located.ts'
import { PlaceReport } from './place-report.ts'
import { prune } from './prune.ts'
import { described } from './value-kinds.ts'

export type Checked<Data> = {
  readonly data: Data
  /** Speaks of the tree that the data came from, without what could not be read. */
  readonly report: PlaceReport
}

/** The typed data of what could be read, or null when nothing was left; the report tells of the rest. */
export function checkSchema<Schema extends v.GenericSchema>(
  schema: Schema,
  report: PlaceReport,
): Checked<v.InferOutput<Schema>> | null {
  const result = v.safeParse(schema, plainFor(schema, report.root))
  if (result.success) return { data: result.output, report }
  for (const issue of result.issues) sayIssue(schema, issue, report)
  const faults = result.issues.map(pathOf)
  const root = prune(schema, report.root, faults)
  return root === null ? null : checkSchema(schema, new PlaceReport(root, report.problems))
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => key as string | number)
}

const noMap = Symbol('no map')

function plainFor(schema: v.GenericSchema, located: Located): unknown {
  const entries = entriesOf(schema)
  if (entries !== null && located.kind === 'map') {
    const plain = Object.create(null) as Record<string, unknown>
    for (const [key, entry] of located.entries) plain[key] = plainFor(entries[key]!, entry.value)
    return plain
  }
  // The library takes a list for an object, so what should be a map and is none is handed over as nothing it knows.
  if (entries !== null) return noMap
  const item = itemOf(schema)
  if (item !== null && located.kind === 'list') return located.items.map((member) => plainFor(item, member))
  return plainOf(located, factsOf(schema).scalars)
}

function sayIssue(schema: v.GenericSchema, issue: v.BaseIssue<unknown>, report: PlaceReport): void {
  const path = pathOf(issue)
  if (issue.type === 'object' && issue.received === 'undefined') {
    sayMissing(schema, path, report)
    return
  }
  const { located } = follow(schema, report.root, path)
  const what = `Cannot read ${subject(schema, path, report)}${quoted(located)}`
  const isShape = issue.type === 'object' || issue.type === 'array'
  const shape = issue.type === 'object' ? 'a map of keys' : 'a list, or a map keyed by name'
  const because = isShape ? `it is ${describedPlace(located)}, expected ${shape}` : issue.message
  report.error({ path, message: because.startsWith('Cannot ') ? because : `${what}: ${because}` })
}

function sayMissing(schema: v.GenericSchema, path: Path, report: PlaceReport): void {
  const missing = String(path.at(-1))
  const owner = path.slice(0, -1)
  const { facts } = factsOf(follow(schema, report.root, path).schema)
  report.error({
    path: owner,
    message: `Cannot read ${subject(schema, owner, report)}: it has no ${missing}, expected one`,
    hint: facts === undefined ? '' : `such as ${missing}: ${facts.example}`,
  })
}

/** `job "backup"` for a member of a collection or a record, the key's name for anything else. */
function subject(schema: v.GenericSchema, path: Path, report: PlaceReport): string {
  const found = follow(schema, report.root, path)
  const { noun } = factsOf(found.schema)
  const name = nameOf(found.located)
  if (noun !== undefined && typeof path.at(-1) === 'number') return name === null ? noun : `${noun} "${name}"`
  return path.length === 0 ? 'file' : String(path.at(-1))
}

function follow(
  schema: v.GenericSchema,
  root: Located,
  path: Path,
): { readonly schema: v.GenericSchema; readonly located: Located | undefined } {
  let at = schema
  let located: Located | undefined = root
  for (const step of path) {
    at = itemOf(at) ?? entriesOf(at)?.[step] ?? at
    if (located?.kind === 'map') located = located.entries.get(String(step))?.value
    else if (located?.kind === 'list') located = located.items[Number(step)]
    else located = undefined
  }
  return { schema: at, located }
}

function describedPlace(located: Located | undefined): string {
  return described(located === undefined ? undefined : plainOf(located))
}

function quoted(located: Located | undefined): string {
  return located?.kind === 'scalar' ? ` "${shortened(located.source.replace(/\s+/g, ' '))}"` : ''
}
