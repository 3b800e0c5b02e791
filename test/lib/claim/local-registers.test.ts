// Registers that need no vote: what they decide is told once, and only what is on disk.

import { expect, test } from 'vitest'
import { Journal } from '../../../lib/base/journal.ts'
import { registerLimits } from '../../../lib/base/limits.ts'
import { LocalRegisters } from '../../../lib/claim/local-registers.ts'
import type { Decision, Register } from '../../../lib/claim/register.ts'
import { jobFacts, KEY, passing, SECOND, START } from './every-second.ts'

/** One agent's registers and what its ledger was told. */
function registersOf(journal: Journal, acceptedMs = Infinity) {
  const told: Decision[] = []
  const waits: (() => void)[] = []
  const registers = new LocalRegisters({
    journal,
    kind: 'local',
    facts: () => jobFacts(),
    afterWritten: (action) => waits.push(action),
    ledger: { recordDecisions: (_key, decisions) => void told.push(...decisions) },
    acceptedMs: () => acceptedMs,
  })
  /** What was written so far is on disk. */
  const written = () => {
    for (const action of waits.splice(0)) action()
  }
  return { registers, told, written }
}

const slotsOf = (decisions: readonly Decision[]) =>
  decisions.map((one) => (one.kind === 'not-run' ? [one.fromMs, one.toMs] : []).join(' '))

test('I21: a hundred slots that are passed in one step are each told as they were decided', () => {
  const journal = new Journal('journal')
  const { registers, told, written } = registersOf(journal)
  for (let n = 1; n <= 100; n++)
    registers.propose({ key: KEY, change: passing(n), isLocal: true, giveUpAtMs: null })
  const nowMs = START + 200 * SECOND
  let settled = 0
  while (settled < 100) {
    settled += registers.take(nowMs).length
    expect((journal.get(`local/${KEY}`) as Register).untold.length).toBeLessThanOrEqual(registerLimits.untold)
    written()
  }
  written()
  const each = Array.from({ length: 100 }, (_, n) => START + (n + 1) * SECOND)
  expect([...new Set(slotsOf(told))]).toEqual(each.map((slotMs) => `${slotMs} ${slotMs}`))
})

test('I21: what a full register had to tell before its agent died is told after the start', () => {
  const journal = new Journal('journal')
  const before = registersOf(journal)
  for (let n = 1; n <= 100; n++)
    before.registers.propose({ key: KEY, change: passing(n), isLocal: true, giveUpAtMs: null })
  before.registers.take(START + 200 * SECOND)
  const { registers, told, written } = registersOf(journal)
  registers.take(START + 201 * SECOND)
  written()
  expect(told).toHaveLength(registerLimits.untold)
})

test('a node that comes later runs and misses nothing of what was due before it came', () => {
  const journal = new Journal('journal')
  registersOf(journal).registers.take(START + 50 * SECOND)
  // It starts again before it first hears of the job.
  const { registers, told, written } = registersOf(journal, START)
  for (const n of [49, 50, 52])
    registers.propose({ key: KEY, change: passing(n), isLocal: true, giveUpAtMs: null })
  registers.take(START + 200 * SECOND)
  written()
  expect(slotsOf(told)).toEqual([`${START + 51 * SECOND} ${START + 52 * SECOND}`])
})

test('a node that came by a clock a year ahead came when the time is known', () => {
  const journal = new Journal('journal')
  const { registers, told, written } = registersOf(journal, START)
  registers.take(START + 365 * 86_400 * SECOND)
  registers.take(START + 50 * SECOND)
  registers.propose({ key: KEY, change: passing(51), isLocal: true, giveUpAtMs: null })
  registers.take(START + 200 * SECOND)
  written()
  expect(told).toHaveLength(1)
})
