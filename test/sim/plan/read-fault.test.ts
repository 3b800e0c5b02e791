// What a shrunk seed prints can be pasted into a scenario.
import { expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { Random } from '../../../lib/base/random.ts'
import { faultText } from './fault.ts'
import { makeFaults } from './make-faults.ts'
import { readFault } from './read-fault.ts'

test('every fault is read back from its own text', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => nodeId(name))
  const kinds = new Set<string>()
  for (let seed = 0; seed < 40; seed++) {
    const faults = makeFaults({
      random: new Random(String(seed)),
      nodes,
      witnessNodes: nodes.slice(0, 3),
      fromMs: 0,
      untilMs: 60_000,
      sessionTtlMs: 20_000,
      everyMs: 500,
      clockStepMs: 5_000,
    })
    for (const fault of faults) {
      kinds.add(fault.kind)
      expect(readFault(faultText(fault).replace(/^at \d+ms /, ''), fault.atMs)).toEqual(fault)
    }
  }
  expect(kinds.size).toBeGreaterThanOrEqual(15)
})

test('what is no fault is refused with a sentence', () => {
  expect(() => readFault('explode n1', 0)).toThrow(/Cannot read fault "explode n1"/)
  expect(() => readFault('cut n1 n2', 0)).toThrow(/Cannot read fault/)
})
