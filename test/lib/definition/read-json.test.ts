import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainOf } from '../../../lib/definition/located.ts'
import { ProblemList } from '../../../lib/definition/problem-list.ts'
import { readJson } from '../../../lib/definition/read-json.ts'
import { faults, parsed } from './parsed.ts'

const inJson = { fileName: 'shop.json' }

function read(text: string): unknown {
  const located = readJson(text, new ProblemList('f', text))
  return 'kind' in located ? plainOf(located) : `${located.offset} ${located.message}`
}

describe('JSON', () => {
  test('any JSON is read as the language itself reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(JSON.stringify(read(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  test('what is no JSON is refused, and nothing else', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '0',
      '.',
      'e',
      'true',
      'null',
      ' ',
      '\n',
      'x',
      '\u0001',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        const located = readJson(text, new ProblemList('f', text))
        expect('kind' in located).toBe(isJson)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['{"jobs": [}', '1:11 Cannot read JSON: no value begins here'],
    ['{"jobs": []', '1:12 Cannot read JSON: a "," is missing here'],
    ['{"jobs": []} x', '1:14 Cannot read JSON: something stands behind the end'],
    ['{jobs: []}', '1:2 Cannot read JSON: no key begins here, expected a string'],
    ['{"jobs"\n[]}', '2:1 Cannot read JSON: a ":" is missing here'],
    [
      '{"a": "x\ny"}',
      '1:7 Cannot read JSON: a string does not end, or has a bare control character or an unknown escape',
    ],
    ['', '1:1 Cannot read JSON: no value begins here'],
    ['['.repeat(100_000), '1:34 Cannot read JSON: values are nested deeper than 32 levels'],
    ['{"jobs": {"a": {}, "a": {}}}', '1:20 Cannot use key "a" twice: it is on line 1 too, expected it once'],
  ])('%.40s: the place and the reason are said', (text, message) => {
    expect(faults(text, inJson)).toEqual([message])
  })

  test('keys that mean something to the language mean nothing here', () => {
    const text =
      '{"command_context": {"__proto__": "x", "constructor": "y"}, "jobs": {"__proto__": {"actions": {"toString": {"command": "{__proto__} {constructor}"}}}}}'
    const { jobs, problems } = parsed(text, inJson)
    expect(problems).toEqual([])
    expect(jobs.map(({ name, actions }) => [name, actions[0]?.name])).toEqual([
      ['shop.__proto__', 'toString'],
    ])
    expect(parsed('{"__proto__": 1, "hasOwnProperty": 2}', inJson).problems).toHaveLength(2)
  })
})
