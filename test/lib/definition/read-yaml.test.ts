import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Located } from '../../../lib/definition/located.ts'
import { ProblemList } from '../../../lib/definition/problem-list.ts'
import { readBlockYaml } from '../../../lib/definition/read-block-yaml.ts'
import { readAnyYaml } from '../../../lib/definition/read-yaml.ts'

const samples = path.resolve(import.meta.dirname, '../../../config/jobs')
const texts = readdirSync(samples).map((file) => readFileSync(path.join(samples, file), 'utf8'))

const written = `---
# a comment

jobs:
- name: one # behind
  schedule: "cron 0 4 * * *"
  requires: [a, "b c", 'd''e', {x: 1, y: [2, null]}]
  actions:
    - name: say
      command: |
        echo "hello: world" # no comment
          two

        three
    - name: other
      command: |-
        one

  enabled: yes
  count: 12
  labels: {}
services:
  web: {command: echo it, pid_file: /run/x.pid}
  b-2:
    - - a
      - b
    -
      c: d
    -
    - 'x: y'
"quoted key": -x
`

/** Scalars keep their exact places; collections are compared by what they hold. */
function flat(located: Located, at = ''): readonly string[] {
  if (located.kind === 'scalar' && located.value === null) return [`${at} null`]
  if (located.kind === 'scalar')
    return [
      `${at} ${located.offset} ${typeof located.value} ${JSON.stringify([located.value, located.source])}`,
    ]
  if (located.kind === 'list')
    return [`${at}[]`, ...located.items.flatMap((item, i) => flat(item, `${at}/${i}`))]
  return [
    `${at}{}`,
    ...[...located.entries].flatMap(([key, entry]) => [
      `${at}/${key} ${entry.keyOffset}`,
      ...flat(entry.value, `${at}/${key}`),
    ]),
  ]
}

function byLibrary(text: string): readonly string[] | null {
  const problems = new ProblemList('f', text)
  const located = readAnyYaml(text, problems)
  return located === null || problems.notes().length > 0 ? null : flat(located)
}

function checkAlike(text: string): boolean {
  const quick = readBlockYaml(text)
  if (quick === null) return false
  expect(flat(quick)).toEqual(byLibrary(text))
  return true
}

/** Parts of which texts that are nearly YAML are made. */
const pieces = (
  "\n|\n|\n  |\n    |\n- |\n  - |- |: |:| |  |,|, |[|]|{|}|\"|'|#| # c|\n      x|&a|*a|!t|>|%|@|`|?|? |---|...|\\|\\n|''|" +
  'a|b|key: v|k:|k: [a, b]|k: {a: b}|null|~|true|1|01|1.5|-1|.5|0x1|1e3|.inf|é|<<|=|-|--|\n\n|\n   '
)
  .split('|')
  .concat('|', '|-')

describe('the quick reader of YAML', () => {
  test.each([...texts, written])('reads plain files as the library does (%#)', (text) => {
    expect(checkAlike(text)).toBe(true)
  })

  test('agrees with the library on random texts, or leaves them to it', () => {
    let read = 0
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 20 }), (parts) => {
        if (checkAlike(parts.join(''))) read++
      }),
      { numRuns: 10_000 },
    )
    expect(read).toBeGreaterThan(500)
  })

  test('agrees with the library on files with random changes', () => {
    let read = 0
    const change = fc.record({ at: fc.nat(2_000), cut: fc.nat(12), piece: fc.constantFrom('', ...pieces) })
    fc.assert(
      fc.property(
        fc.constantFrom(...texts, written),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (text, changes) => {
          let changed = text
          for (const { at, cut, piece } of changes) {
            const from = at % changed.length
            changed = changed.slice(0, from) + piece + changed.slice(from + cut)
          }
          if (checkAlike(changed)) read++
        },
      ),
      { numRuns: 2_000 },
    )
    expect(read).toBeGreaterThan(300)
  })
})
