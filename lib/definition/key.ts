// How the schemas of this folder are written: a leaf is one value with its reader, a key is a value
// with what people want to know about it. Validation, JSON Schema, reference tables and types all
// come from these.

import * as v from 'valibot'

/** What the reference tables say of a key. */
export type KeyFacts = {
  readonly meaning: string
  readonly unit?: string
  /** What holds when the key is absent, as a person would write it. */
  readonly fallback?: string
  readonly example: string
}

export type LeafFacts = {
  /** Completes "expected …". */
  readonly expects: string
  /** The leaf's own part of the JSON Schema. */
  readonly json: JsonSchema
  /** `sources` hands scalars over as they were written: `1.10` and `yes` stay text. */
  readonly scalars?: 'values' | 'sources'
}

export type JsonSchema = { readonly [word: string]: unknown }

/** A reader's answer to a value that it cannot take. */
export class Refusal {
  /** Completes "it …", or is a whole sentence that begins with "Cannot". */
  readonly because: string
  /** In place of what the leaf itself expects. */
  readonly expects: string | null

  constructor(because: string, expects: string | null = null) {
    this.because = because
    this.expects = expects
  }
}

/** One value: the reader gets what the text holds, and answers with the value or with a Refusal. */
export function leaf<Value>(facts: LeafFacts, read: (value: unknown) => Value | Refusal) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Value>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value)
      if (!(value instanceof Refusal)) return value
      const { because, expects } = value
      const message = because.startsWith('Cannot ')
        ? because
        : `it ${because}, expected ${expects ?? facts.expects}`
      addIssue({ message })
      return NEVER
    }),
    v.metadata(facts),
  )
}

export function key<Schema extends v.GenericSchema>(schema: Schema, facts: KeyFacts) {
  return v.optional(v.pipe(schema, v.metadata({ facts })))
}

export function requiredKey<Schema extends v.GenericSchema>(schema: Schema, facts: KeyFacts) {
  return v.pipe(schema, v.metadata({ facts }))
}

/** A collection that is written as a list of maps with `name`, or as a map keyed by name. */
export function named<Schema extends v.GenericSchema>(item: Schema, noun: string) {
  return v.pipe(v.array(item), v.metadata({ named: noun }))
}

/** A map of keys; `noun` is what people call it. */
export function record<Entries extends v.ObjectEntries>(noun: string, entries: Entries) {
  return v.pipe(v.object(entries), v.metadata({ noun }))
}

export type Facts = Partial<LeafFacts> & {
  readonly facts?: KeyFacts
  readonly named?: string
  readonly noun?: string
}

export function factsOf(schema: v.GenericSchema): Facts {
  const inner =
    schema.type === 'optional' ? (schema as v.OptionalSchema<v.GenericSchema, undefined>).wrapped : schema
  return v.getMetadata(inner)
}

/** The keys of a record's schema, or null when the schema is none. */
export function entriesOf(schema: v.GenericSchema): { readonly [key: string]: v.GenericSchema } | null {
  const inner = unwrapped(schema)
  return inner.type === 'object' ? (inner as v.ObjectSchema<v.ObjectEntries, undefined>).entries : null
}

/** The schema of a named collection's items, or null. */
export function itemOf(schema: v.GenericSchema): v.GenericSchema | null {
  const inner = unwrapped(schema)
  return inner.type === 'array' ? (inner as v.ArraySchema<v.GenericSchema, undefined>).item : null
}

function unwrapped(schema: v.GenericSchema): v.GenericSchema {
  return schema.type === 'optional'
    ? (schema as v.OptionalSchema<v.GenericSchema, undefined>).wrapped
    : schema
}
