// What a witness says to a change before it is voted on, by its own clock and the definitions that it knows.

import { describe, expect, test } from 'vitest'
import { opId, sessionId, nodeId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings, voteLimits } from '../../../lib/base/limits.ts'
import type { Change } from '../../../lib/claim/change.ts'
import { judgeChange, type Witnessing } from '../../../lib/claim/judge.ts'
import { claimOf, SECOND, slotAt, START } from './every-second.ts'

const aheadMs = defaultClaimSettings.claimAheadMs + voteLimits.clockAheadSlackMs
const year = 365 * 24 * 3_600_000

const witnessing = (overrides: Partial<Witnessing> = {}): Witnessing => ({
  from: nodeId('a'),
  wallMs: START,
  settings: defaultClaimSettings,
  newestRevision: '1:a:x',
  isPaused: false,
  ...overrides,
})

const claimAt = (slotMs: number): Change => claimOf('a', 1, { unit: `s${slotMs}`, slot: slotAt(slotMs) })
const skipTo = (slotMs: number): Change => ({
  kind: 'skip',
  to: slotAt(slotMs),
  why: 'missed',
  incarnation: 1,
  revision: '1:a:x',
})
const expireBy = (startByMs: number): Change => ({ kind: 'expire', unit: 's1', startByMs })
const because = (change: Change, overrides: Partial<Witnessing> = {}) =>
  judgeChange(change, witnessing(overrides))?.because ?? null

describe('W5: a cursor is not moved further ahead of the clock of a witness than its bound', () => {
  test.each([
    [aheadMs, null],
    [aheadMs + 1, 'clock'],
    [year, 'clock'],
  ])('W5: a claim of a slot %d ms ahead', (inMs, verdict) => {
    expect(because(claimAt(START + inMs))).toBe(verdict)
  })

  test('W5: nor by a skip', () => {
    expect(because(skipTo(START + aheadMs + 1))).toBe('clock')
  })

  test('W5: and the answer says how far it is off', () => {
    const refusal = judgeChange(claimAt(START + aheadMs + 250), witnessing())
    expect(refusal).toEqual({ kind: 'refused', because: 'clock', offByMs: 250 })
  })
})

describe('W5: nothing is declared late that may still start by the clock of a witness', () => {
  const slackMs = voteLimits.clockBehindSlackMs
  test.each([
    [slackMs, null],
    [slackMs + 1, 'clock'],
  ])('W5: a slot or work whose deadline is %d ms away', (inMs, verdict) => {
    expect(because(skipTo(START + inMs - 5 * SECOND))).toBe(verdict)
    expect(because(expireBy(START + inMs))).toBe(verdict)
  })
})

describe('W6: a change under a definition that the witness knows to be superseded', () => {
  test.each([
    ['1:a:x', null],
    ['2:a:x', 'superseded'],
    ['1:b:x', 'superseded'],
    ['0:z:x', null],
    [null, null],
  ])('W6: is refused when it knows %s', (newestRevision, verdict) => {
    expect(because(claimAt(START), { newestRevision })).toBe(verdict)
    expect(because(skipTo(START - 10 * SECOND), { newestRevision })).toBe(verdict)
  })

  test('W6: and told which one is newer', () => {
    const refusal = judgeChange(claimAt(START), witnessing({ newestRevision: '7:b:y' }))
    expect(refusal).toMatchObject({ because: 'superseded', revision: '7:b:y' })
  })
})

test('W6: no slot is granted by who knows that the cluster is paused, but what people ask for and what has begun', () => {
  expect(because(claimAt(START), { isPaused: true })).toBe('paused')
  for (const unit of ['m3', 'c7/upload/1'])
    expect(because({ ...claimAt(START), unit } as Change, { isPaused: true })).toBeNull()
})

test('W5: a witness with whatever clock and definitions never stands in the way of what frees a register', () => {
  const session = sessionId({ nodeId: nodeId('a'), bootNo: 1, k: 1 })
  const changes: Change[] = [
    { kind: 'finish', token: 1, outcome: { kind: 'succeeded' } },
    { kind: 'release', opId: opId('a:1'), node: null },
    { kind: 'adopt', token: 1, session },
    { kind: 'lose', token: 1, session, certifiedForMs: 0 },
    { kind: 'look' },
  ]
  for (const change of changes)
    for (const wallMs of [START - year, START, START + year])
      expect(because(change, { wallMs, newestRevision: '9:z:z' })).toBeNull()
})

describe('W6: nobody claims in the name of another node', () => {
  const hold: Change = {
    kind: 'hold',
    node: nodeId('a'),
    session: sessionId({ nodeId: nodeId('a'), bootNo: 1, k: 1 }),
    isGuarded: false,
    revision: '1:a:x',
  }
  test.each([
    ['a slot', claimAt(START)],
    ['an instance of a service', hold],
  ])('W6: %s', (_, change) => {
    expect(because(change)).toBeNull()
    expect(because(change, { from: nodeId('b') })).toBe('other-node')
  })
})
