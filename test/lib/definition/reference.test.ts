import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Ajv } from 'ajv'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { fileRecord } from '../../../lib/definition/file-keys.ts'
import { exampleValue, jsonSchema } from '../../../lib/definition/json-schema.ts'
import { entriesOf, factsOf, itemOf } from '../../../lib/definition/key.ts'
import { referenceText } from '../../../lib/definition/reference.ts'
import { parsed } from './parsed.ts'

const config = path.resolve(import.meta.dirname, '../../../config')

type Key = { readonly path: string; readonly schema: v.GenericSchema }

function keysOf(schema: v.GenericSchema, at = ''): readonly Key[] {
  const record = itemOf(schema) ?? schema
  return Object.entries(entriesOf(record) ?? {}).flatMap(([key, entry]) => [
    { path: `${at}${key}`, schema: entry },
    ...keysOf(entry, `${at}${key}.`),
  ])
}

/** As the reader hands them to a leaf that takes scalars as they were written. */
function sources(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, sources(item)]))
}

function isSound(schema: v.GenericSchema): boolean {
  const { facts, named, scalars } = factsOf(schema)
  const value = exampleValue(facts?.example ?? '')
  if (named !== undefined || entriesOf(schema) !== null) return typeof value === 'object'
  return v.is(schema, scalars === 'sources' ? sources(value) : value)
}

describe('the tables of keys', () => {
  const keys = keysOf(fileRecord)

  test('hold every key of a file', () => {
    expect(keys.length).toBeGreaterThan(120)
  })

  test('each key has a meaning, a default when it may be absent, and an example that it takes', () => {
    const wrong = keys.filter(({ schema }) => {
      const { facts } = factsOf(schema)
      const hasFallback = facts?.fallback !== undefined
      const needsFallback = schema.type === 'optional'
      return !/[.:]$/.test(facts?.meaning ?? '') || hasFallback !== needsFallback || !isSound(schema)
    })
    expect(wrong.map((key) => key.path)).toEqual([])
  })
})

test('config/README.md has the tables as they are now', async () => {
  const readme = path.join(config, 'README.md')
  const [prose = ''] = readFileSync(readme, 'utf8').split('<!-- prettier-ignore-start -->')
  await expect(prose + referenceText()).toMatchFileSnapshot(readme)
})

describe('the JSON Schema', () => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false })
  const validate = ajv.compile(jsonSchema())
  const samples = readdirSync(path.join(config, 'jobs'))

  test.each(samples)('takes the sample %s', (file) => {
    validate(parse(readFileSync(path.join(config, 'jobs', file), 'utf8')))
    expect(validate.errors).toBeNull()
  })

  test.each([
    ['jobs: {a: {schedule: daily, actions: [{name: x, command: y}]}}'],
    ['jobs: [{name: a, schedule: [daily, {type: cron, value: "* * * * *"}], actions: {x: {command: y}}}]'],
    ['nodes: [a, {hostname: b}]\nnode_pools: {p: {nodes: [a]}}\ncalendars: {h: [2026-12-25]}'],
    ['services: {a: {command: x, pid_file: y, monitor_interval: 5, count: all}}'],
    ['ssh_options: {agent: true}\njobs:\n'],
    ['jobs: {a: {node: {role: web}, actions: {x: {http: {url: "http://x"}, retries: 2}}}}'],
    ['jobs: {a: {actions: {x: {command: y}}, cleanup_action: {command: z}, labels: {a: 1, b: true}}}'],
  ])('takes what the reader takes: %s', (text) => {
    validate(parse(text))
    expect(validate.errors).toBeNull()
    expect(parsed(text).problems).toEqual([])
  })

  test.each([
    ['jobs: {a: {shedule: daily, actions: {x: {command: y}}}}'],
    ['jobs: [{schedule: daily, actions: {x: {command: y}}}]'],
    ['jobs: {a: {schedule: daily}}'],
    ['jobs: {a: {overlap: never, actions: {x: {command: y}}}}'],
    ['jobs: {a: {count: 0, actions: {x: {command: y}}}}'],
    ['bogus: 1'],
  ])('refuses what the reader refuses: %s', (text) => {
    expect(validate(parse(text))).toBe(false)
    expect(parsed(text).problems).not.toEqual([])
  })
})
