// The JSON Schema of a config file, made from the tables of keys: what editors complete and check.
// Draft 7, since that is what editors know.

import type * as v from 'valibot'
import { fileRecord } from './file-keys.ts'
import { entriesOf, factsOf, itemOf, type JsonSchema, type KeyFacts } from './key.ts'
import { plainOf } from './located.ts'
import { ProblemList } from './problem-list.ts'
import { readYaml } from './read-yaml.ts'
import { tronKeysOf } from './tron-keys.ts'

export function jsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A config file of hocket',
    ...schemaOf(fileRecord),
  }
}

function schemaOf(schema: v.GenericSchema): JsonSchema {
  const entries = entriesOf(schema)
  if (entries !== null) return recordSchema(schema, entries)
  const item = itemOf(schema)
  if (item === null) return factsOf(schema).json ?? {}
  const member = schemaOf(item)
  const unnamed = withoutName(member)
  const short = shortForms[factsOf(schema).named ?? '']
  const either = (full: JsonSchema) => (short === undefined ? full : { anyOf: [full, short] })
  return {
    anyOf: [
      { type: 'array', items: either(member) },
      { type: 'object', additionalProperties: either(unnamed) },
      { type: 'null' },
    ],
  }
}

/** What may stand in place of a member's keys. */
const shortForms: Readonly<Record<string, JsonSchema>> = {
  node: { type: ['string', 'null'] },
  calendar: { type: 'array', items: { type: 'string' } },
}

function recordSchema(
  schema: v.GenericSchema,
  entries: { readonly [key: string]: v.GenericSchema },
): JsonSchema {
  const properties: Record<string, JsonSchema> = {}
  for (const [key, entry] of Object.entries(entries)) {
    const { facts } = factsOf(entry)
    properties[key] = { ...orNull(entry, schemaOf(entry)), ...(facts === undefined ? {} : annotation(facts)) }
  }
  for (const [key, instead] of Object.entries(tronKeysOf(factsOf(schema).noun ?? '')))
    properties[key] ??= { description: `A key of Tron without effect here: ${instead}.`, deprecated: true }
  const required = Object.keys(entries).filter((key) => entries[key]?.type !== 'optional')
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  }
}

/** An optional key without a value is as if it were absent. */
function orNull(entry: v.GenericSchema, schema: JsonSchema): JsonSchema {
  return entry.type === 'optional' && itemOf(entry) === null ? { anyOf: [schema, { type: 'null' }] } : schema
}

function annotation({ meaning, unit, fallback, example }: KeyFacts): JsonSchema {
  const description = [
    meaning,
    unit === undefined ? '' : `Unit: ${unit}.`,
    fallback === undefined ? '' : `Default: ${fallback}.`,
  ]
  return {
    description: description.filter((part) => part !== '').join(' '),
    examples: [exampleValue(example)],
  }
}

/** Examples are written as a person would write them in YAML. */
export function exampleValue(example: string): unknown {
  const problems = new ProblemList('example', example)
  const located = readYaml(example, problems)
  return located === null ? example : plainOf(located)
}

function withoutName(member: JsonSchema): JsonSchema {
  const required =
    (member['required'] as readonly string[] | undefined)?.filter((key) => key !== 'name') ?? []
  const { required: _, ...rest } = member
  return { ...rest, type: ['object', 'null'], ...(required.length === 0 ? {} : { type: 'object', required }) }
}
