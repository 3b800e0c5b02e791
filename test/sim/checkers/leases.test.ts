// The checkers of leases fire on histories that break them, and on none that is good.
import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../lib/claim/register.ts'
import { a, b, ballot, HandMadeHistory, live, register, startMs } from './hand-made-history.ts'

const cursor = { slotMs: startMs + 1_000, label: '' }
const lost: Decision = {
  kind: 'ended',
  version: 2,
  atMs: startMs + 30_000,
  entry: live(1),
  outcome: { kind: 'lost' },
}
const again = live(2, { unit: live(1).unit, slotMs: live(1).slotMs, attempt: 2, run: 1, node: b })

/** Two runs are live by their witnesses, and processes of both start; the first ends after so long. */
function twoStarts(keys: string, firstLastsMs: number): string | null {
  const history = new HandMadeHistory(keys)
  const first = live(1)
  const second = live(2, { node: b })
  history.accepts([a, b], ballot(1), register({ cursor, token: 2, live: [first, second] }))
  history.until(1_000)
  const evidence = history.process(first, { endMs: null, exit: null })
  history.until(1_000 + firstLastsMs)
  if (firstLastsMs < 1_000) evidence.endMs = history.judge.nowMs
  history.process(second)
  return history.broken
}

/** The first attempt is lost, as far as these say that its session expired, and the second is granted. */
function rerun(
  keys: string,
  saying: readonly (typeof a)[],
  decisions: readonly Decision[] = [lost],
): string | null {
  const history = new HandMadeHistory(keys)
  history.accepts([a, b], ballot(1), register({ cursor, token: 1, live: [live(1)] }))
  for (const node of saying) history.saysExpired(node, live(1).session)
  const after = register({ cursor, version: 2, token: 2, live: [again], untold: [...decisions] })
  history.accepts([a, b], ballot(2), after)
  return history.broken
}

describe('I10', () => {
  test('is broken by a process of an exclusive job beside another', () => {
    expect(twoStarts('exclusive: true', 1_000)).toBe('I10')
  })

  test('is kept when the one before has ended', () => {
    expect(twoStarts('exclusive: true', 500)).toBeNull()
  })

  test('says nothing of other jobs', () => {
    expect(twoStarts('overlap: allow', 1_000)).toBeNull()
  })
})

describe('I5', () => {
  test('is kept by an attempt after a certificate, where the job says so', () => {
    expect(rerun('if_lost: rerun', [a, b])).toBeNull()
  })

  test('is broken by a loss that a minority certified', () => {
    expect(rerun('if_lost: rerun', [a, a])).toBe('I5')
  })

  test('is broken by a further attempt of a job that asks for none', () => {
    expect(rerun('if_lost: record', [a, b])).toBe('I5')
  })

  test('is broken by a further attempt of what nobody lost', () => {
    expect(rerun('if_lost: rerun', [a, b], [])).not.toBeNull()
  })
})
