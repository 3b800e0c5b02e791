// The scenarios of test/testdata/sim: each danger ends as its text says, and every statement holds on the way.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Node } from '../../../lib/node.ts'
import { readScenario } from './read-scenario.ts'
import { runScenario } from './run-scenario.ts'

const folder = path.resolve(import.meta.dirname, '../../testdata/sim')
const files = readdirSync(folder).filter((file) => file.endsWith('.txt'))

test('there are scenarios', () => expect(files.length).toBeGreaterThan(0))

test.each(files)('%s', (file) => {
  const scenario = readScenario(readFileSync(path.join(folder, file), 'utf8'))
  expect(scenario.expectations.length).toBeGreaterThan(0)
  expect(runScenario(scenario, { core: Node })).toEqual([])
})

test.each([
  ['expect nothing', /Cannot read line 1 "expect nothing"/],
  ['nodes 3\nat 5s explode n1', /Cannot read line 2 .* Cannot read fault/],
  ['witness 3', /"witness" is not understood/],
  ['when any spawns x.a kill it', /Cannot read line 1/],
])('the line "%s" is refused, not skipped', (text, error) => {
  expect(() => readScenario(text)).toThrow(error)
})

test.each([
  ['expect no start of x.tick from 5s to 10s', 'started slot'],
  ['expect slots 8s 10s of x.tick missed', 'slot 8s is succeeded, with 1 starts; slot 10s is succeeded'],
  ['expect slots 10500ms of x.tick succeeded', 'slot 10.5s is not told, with 0 starts'],
])('an expectation that does not come true is told: %s', (line, fault) => {
  const text = `job tick: every 1s | overlap allow | work 10\nuntil 20s\n${line}`
  const faults = runScenario(readScenario(text), { core: Node })
  expect(faults).toEqual([expect.stringContaining(fault)])
})
