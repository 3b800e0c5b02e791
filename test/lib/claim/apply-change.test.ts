// What each change does to a register, rule by rule.

import { describe, expect, test } from 'vitest'
import { assert } from '../../../lib/base/assert.ts'
import { nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { meshLimits, registerLimits } from '../../../lib/base/limits.ts'
import { requestIdOfKey } from '../../../lib/base/request-id.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import type { Answer, Change, JobFacts, Slot } from '../../../lib/claim/change.ts'
import type { Order, Register } from '../../../lib/claim/register.ts'

const node = nodeId('a')
const session = sessionId({ nodeId: node, bootNo: 1, k: 1 })
const SECOND = 1000

/** A job with a slot each second, which may start for five seconds. */
function facts(overrides: Partial<JobFacts> = {}): JobFacts {
  const slot = (slotMs: number): Slot => ({ slotMs, label: `L${slotMs}`, startByMs: slotMs + 5 * SECOND })
  return {
    incarnation: 1,
    revision: '1:a:x',
    effectiveFromMs: 0,
    overlap: 'queue',
    startDeadlineMs: 5 * SECOND,
    isExclusive: false,
    rerun: null,
    count: 1,
    isConstant: false,
    isOnce: false,
    catchUpKeepsNewest: false,
    due(cursor, beforeMs) {
      const slots: Slot[] = []
      for (let atMs = cursor.slotMs + SECOND; atMs < beforeMs; atMs += SECOND) slots.push(slot(atMs))
      return { range: null, slots }
    },
    hasSlot: () => true,
    ...overrides,
  }
}

function claim(
  slotMs: number,
  overrides: Partial<Change & { kind: 'claim' }> = {},
): Change & { kind: 'claim' } {
  return {
    kind: 'claim',
    opId: opId(`claim-${slotMs}`),
    node,
    session,
    incarnation: 1,
    revision: '1:a:x',
    unit: `s${slotMs}`,
    slot: { slotMs, label: `L${slotMs}`, startByMs: slotMs + 5 * SECOND },
    ...overrides,
  }
}

class Bench {
  value: Register | null = null
  facts: JobFacts | null
  constructor(overrides: Partial<JobFacts> = {}) {
    this.facts = facts(overrides)
  }
  do(change: Change, nowMs: number): Answer {
    const applied = applyChange(this.value, change, { nowMs, facts: this.facts })
    this.value = applied.value
    return applied.answer
  }
  claim(slotMs: number, nowMs: number): number {
    const answer = this.do(claim(slotMs), nowMs)
    assert(answer.kind === 'granted', `slot ${slotMs} is granted, not ${answer.kind}`)
    return answer.entry.token
  }
  get because(): (answer: Answer) => string {
    return (answer) => (answer.kind === 'refused' ? answer.because : answer.kind)
  }
  get whys(): string[] {
    return this.value!.untold.map((one) =>
      one.kind === 'not-run'
        ? `${one.why} ${one.fromMs}-${one.toMs}`
        : `${one.outcome.kind} ${one.entry.slotMs}`,
    )
  }
}

describe('a claim', () => {
  test('is granted once for a slot, with a token that grows', () => {
    const bench = new Bench({ overlap: 'allow' })
    const first = bench.claim(1000, 900)
    expect(bench.because(bench.do(claim(1000, { opId: opId('other') }), 900))).toBe('taken')
    expect(bench.claim(2000, 1900)).toBeGreaterThan(first)
  })

  test('asked again with the same opId is answered alike and changes nothing', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    const before = bench.value
    expect(bench.do(claim(1000), 5000)).toMatchObject({ kind: 'granted' })
    expect(bench.value).toBe(before)
  })

  test('moves the cursor past due slots only by keeping them pending or recording them', () => {
    const bench = new Bench({ overlap: 'allow' })
    expect(bench.do(claim(10_000), 10_500).kind).toBe('granted')
    expect(bench.value!.pending.map((entry) => entry.slotMs)).toEqual([6000, 7000, 8000, 9000])
    expect(bench.whys).toEqual(['missed 1000-5000'])
  })

  test('under an older revision is refused with the newer one', () => {
    const bench = new Bench({ revision: '2:a:y' })
    expect(bench.do(claim(1000), 900)).toMatchObject({ because: 'superseded', revision: '2:a:y' })
  })

  test('under a higher revision records the slots that the edit passed over', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.facts = facts({ revision: '2:a:y', effectiveFromMs: 4500 })
    bench.do({ kind: 'finish', token: 1, outcome: { kind: 'succeeded' } }, 1200)
    expect(bench.do(claim(5000, { revision: '2:a:y' }), 4900).kind).toBe('granted')
    expect(bench.whys).toEqual(['succeeded 1000', 'schedule-changed 1001-4500'])
  })

  test('of a job that was deleted and created again begins afresh but keeps the token growing', () => {
    const bench = new Bench({ overlap: 'allow' })
    bench.claim(9000, 8900)
    bench.facts = facts({ incarnation: 2, revision: '3:a:z', effectiveFromMs: 500, overlap: 'allow' })
    const answer = bench.do(claim(1000, { incarnation: 2, revision: '3:a:z' }), 900)
    expect(answer).toMatchObject({ kind: 'granted', entry: { token: 2 } })
    expect(bench.because(bench.do(claim(2000), 1900))).toBe('gone')
  })

  test('at or before the cursor is taken, whatever its label', () => {
    const bench = new Bench({ overlap: 'allow', due: () => ({ range: null, slots: [] }) })
    bench.claim(3000, 2900)
    const before = bench.value
    for (const slotMs of [1000, 2000, 3000]) {
      const late = claim(slotMs, { opId: opId(`late-${slotMs}`) })
      const answer = bench.do({ ...late, slot: { ...late.slot, label: `other ${slotMs}` } }, 3000)
      expect(bench.because(answer)).toBe('taken')
    }
    expect(bench.value).toBe(before)
  })

  test('for the other of two instants with one nominal label is refused as taken', () => {
    const bench = new Bench({ overlap: 'allow', due: () => ({ range: null, slots: [] }) })
    bench.do(claim(1000), 900)
    const twin = claim(2000)
    expect(bench.because(bench.do({ ...twin, slot: { ...twin.slot, label: 'L1000' } }, 1900))).toBe('taken')
  })

  test('after its start deadline is too late', () => {
    expect(new Bench().do(claim(1000), 6000)).toMatchObject({ because: 'too-late' })
  })
})

describe('overlap', () => {
  test('ahead of its instant a claim is busy, and nothing changes', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    const before = bench.value
    expect(bench.because(bench.do(claim(2000), 1900))).toBe('busy')
    expect(bench.value).toBe(before)
  })

  test('queue: from its instant on one slot waits, the next is skipped, and the queue is freed by the finish', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    expect(bench.do(claim(2000), 2000).kind).toBe('queued')
    expect(bench.do(claim(3000), 3000).kind).toBe('skipped')
    bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 3500)
    expect(bench.value!.queued).toBeNull()
    expect(bench.value!.pending.map((entry) => entry.slotMs)).toEqual([2000])
    expect(bench.whys).toEqual(['skipped-overlap 3000-3000', 'succeeded 1000'])
  })

  test('queue: the deadline of what waited counts from the end of the run before it', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    bench.do(claim(2000), 2000)
    bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 30_000)
    expect(bench.do(claim(2000, { opId: opId('again') }), 34_000)).toMatchObject({ kind: 'granted' })
  })

  test('skip: from its instant on the slot is skipped and recorded', () => {
    const bench = new Bench({ overlap: 'skip' })
    bench.claim(1000, 900)
    expect(bench.do(claim(2000), 2000).kind).toBe('skipped')
    expect(bench.whys).toEqual(['skipped-overlap 2000-2000'])
  })

  test('a slot claimed ahead never overtakes one that still waits', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.do({ kind: 'release', opId: opId('claim-1000'), node }, 950)
    expect(bench.value!.pending).toHaveLength(1)
    expect(bench.because(bench.do(claim(2000), 1900))).toBe('busy')
  })
})

describe('the end of an entry', () => {
  test('finish: a second report changes nothing', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    expect(bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 1500).kind).toBe('done')
    expect(bench.because(bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 1600))).toBe(
      'no-such-entry',
    )
    expect(bench.whys).toEqual(['succeeded 1000'])
  })

  test('release: others may take it until its deadline, as the same run under a new token', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.do({ kind: 'release', opId: opId('claim-1000'), node }, 950)
    const again = bench.do(claim(1000, { opId: opId('again') }), 1200)
    expect(again).toMatchObject({ kind: 'granted', entry: { token: 2, run: 1 } })
  })

  test('release after the deadline is a missed slot', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.do({ kind: 'release', opId: opId('claim-1000'), node }, 6000)
    expect(bench.value!.pending).toEqual([])
    expect(bench.whys).toEqual(['missed 1000-1000'])
  })

  test('lose: only with the certificate of the session that the entry has now', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    const next = sessionId({ nodeId: node, bootNo: 2, k: 1 })
    bench.do({ kind: 'adopt', token, session: next }, 1100)
    expect(bench.because(bench.do({ kind: 'lose', token, session, certifiedForMs: 0 }, 1200))).toBe(
      'no-such-entry',
    )
    expect(bench.do({ kind: 'lose', token, session: next, certifiedForMs: 0 }, 1300).kind).toBe('done')
    expect(bench.whys).toEqual(['lost 1000'])
  })

  describe('lose, where a lost run starts again', () => {
    const rerun = { attemptsMax: 3, lockDelayMs: 15 * SECOND }
    const lose = (token: number, certifiedForMs: number): Change => ({
      kind: 'lose',
      token,
      session,
      certifiedForMs,
    })

    test('refuses before the lock delay is over, and the run goes on forbidding the next', () => {
      const bench = new Bench({ rerun })
      const token = bench.claim(1000, 900)
      const answer = bench.do(lose(token, 14_000), 40_000)
      expect(answer).toMatchObject({ because: 'too-early', inMs: 1000 })
      expect(bench.value!.live).toHaveLength(1)
      expect(bench.whys).toEqual([])
    })

    test('records the loss and lets anybody take the next attempt of the same run', () => {
      const bench = new Bench({ rerun })
      const token = bench.claim(1000, 900)
      expect(bench.do(lose(token, 15_000), 40_000).kind).toBe('done')
      expect(bench.whys).toEqual(['lost 1000'])
      expect(bench.value!.pending).toMatchObject([
        { unit: 's1000', attempt: 2, run: token, startByMs: 45_000, sinceMs: 40_000, releasedBy: null },
      ])
      const again = bench.do(claim(1000, { opId: opId('again') }), 41_000)
      expect(again).toMatchObject({ kind: 'granted', entry: { attempt: 2, run: token, token: token + 1 } })
    })

    test('does nothing the second time', () => {
      const bench = new Bench({ rerun })
      const token = bench.claim(1000, 900)
      bench.do(lose(token, 15_000), 40_000)
      expect(bench.because(bench.do(lose(token, 16_000), 41_000))).toBe('no-such-entry')
      bench.do(claim(1000, { opId: opId('again') }), 41_000)
      expect(bench.because(bench.do(lose(token, 17_000), 42_000))).toBe('no-such-entry')
      expect(bench.value!.live).toMatchObject([{ attempt: 2 }])
      expect(bench.value!.pending).toEqual([])
    })

    test('ends with the last attempt, without waiting for anything', () => {
      const bench = new Bench({ rerun: { ...rerun, attemptsMax: 2 } })
      bench.do(lose(bench.claim(1000, 900), 15_000), 40_000)
      const again = bench.do(claim(1000, { opId: opId('again') }), 41_000)
      const token = again.kind === 'granted' ? again.entry.token : -1
      expect(bench.do(lose(token, 0), 42_000).kind).toBe('done')
      expect(bench.whys).toEqual(['lost 1000', 'lost 1000'])
      expect(bench.value!.pending).toEqual([])
    })

    test.each([
      ['is gone', { facts: null }],
      ['was created anew', { facts: { incarnation: 2 } }],
      ['has that slot no more', { facts: { hasSlot: () => false } }],
      ['says so no more', { facts: { rerun: null } }],
    ])('starts nothing again when the job %s', (_, { facts: now }) => {
      const bench = new Bench({ rerun })
      const token = bench.claim(1000, 900)
      bench.facts = now === null ? null : { ...bench.facts!, ...now }
      expect(bench.do(lose(token, 0), 40_000).kind).toBe('done')
      expect(bench.whys).toEqual(['lost 1000'])
      expect(bench.value!.pending).toEqual([])
    })

    test('was claimed before its job asked for that: no guard has ended it', () => {
      const bench = new Bench()
      const token = bench.claim(1000, 900)
      bench.facts = facts({ rerun, revision: '2:a:y' })
      bench.do({ kind: 'lose', token, session, certifiedForMs: rerun.lockDelayMs }, 20_000)
      expect(bench.value!).toMatchObject({ live: [], pending: [] })
      expect(bench.whys).toEqual(['lost 1000'])
    })

    test('an attempt that nobody took in time is said not to have been rerun', () => {
      const bench = new Bench({ rerun })
      bench.do(lose(bench.claim(1000, 900), 15_000), 40_000)
      bench.do({ kind: 'expire', unit: 's1000', startByMs: 45_000 }, 45_000)
      expect(bench.whys).toEqual(['lost 1000', 'not-rerun 1000-1000'])
    })

    test('comes before what waited in the queue', () => {
      const bench = new Bench({ rerun })
      const token = bench.claim(1000, 900)
      bench.do(claim(2000), 2000)
      bench.do(lose(token, 15_000), 40_000)
      expect(bench.value!.queued).toBe(null)
      expect(bench.value!.pending.map(({ unit, attempt }) => [unit, attempt])).toEqual([
        ['s1000', 2],
        ['s2000', 1],
      ])
    })
  })

  test('expire: not before its deadline', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.do({ kind: 'release', opId: opId('claim-1000'), node }, 950)
    const expire: Change = { kind: 'expire', unit: 's1000', startByMs: 6000 }
    expect(bench.because(bench.do(expire, 5999))).toBe('no-such-entry')
    expect(bench.do(expire, 6000).kind).toBe('done')
    expect(bench.whys).toEqual(['missed 1000-1000'])
  })

  test('expire and claim: say why what is passed was not run, where that is known', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.do({ kind: 'release', opId: opId('claim-1000'), node }, 950)
    bench.do({ kind: 'expire', unit: 's1000', startByMs: 6000, why: 'node-full' }, 6000)
    bench.do(claim(9000, { passed: 'node-full' }), 9000)
    expect(bench.whys).toEqual(['node-full 1000-1000', 'node-full 2000-4000'])
  })
})

describe('a skip', () => {
  const skip = (slotMs: number): Change => ({
    kind: 'skip',
    to: { slotMs, label: `L${slotMs}`, startByMs: slotMs + 5 * SECOND },
    why: 'no-eligible-node',
    incarnation: 1,
    revision: '1:a:x',
  })

  test('records what can no longer start as one range, and keeps pending what still can', () => {
    const bench = new Bench()
    bench.do(skip(10_000), 12_500)
    expect(bench.whys).toEqual(['no-eligible-node 1000-7000'])
    expect(bench.value!.pending.map((entry) => entry.slotMs)).toEqual([8000, 9000, 10_000])
    expect(bench.value!.cursor.slotMs).toBe(10_000)
  })

  test('that comes after the success of a job of once passes nothing: it has no slot any more', () => {
    const bench = new Bench({ isOnce: true })
    const token = bench.claim(1000, 900)
    bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 12_000)
    expect(bench.because(bench.do(skip(10_000), 12_500))).toBe('taken')
    expect(bench.whys).toEqual(['succeeded 1000'])
    expect(bench.value!.cursor.slotMs).toBe(1000)
  })

  test('where catch-up keeps the newest only, the older late ones give way', () => {
    const owed = (slotMs: number, nowMs: number): Slot => ({
      slotMs,
      label: '',
      startByMs: nowMs - slotMs < 60_000 ? slotMs + 60_000 : slotMs + 5000,
    })
    const bench = new Bench({
      catchUpKeepsNewest: true,
      due: (cursor, beforeMs, nowMs) => ({
        range: null,
        slots: cursor.slotMs < 5000 && beforeMs > 5000 ? [owed(5000, nowMs)] : [],
      }),
    })
    bench.do({ ...skip(20_000), to: owed(20_000, 30_000) } as Change, 30_000)
    expect(bench.value!.pending.map((entry) => entry.slotMs)).toEqual([20_000])
    expect(bench.whys).toEqual(['superseded 5000-5000'])
  })
})

const order = (requestId: string, more: Partial<Order> = {}): Order => ({
  requestId,
  user: 'ann',
  forSlotMs: null,
  isForced: false,
  variables: {},
  resume: null,
  ...more,
})

describe('a request by hand', () => {
  const request = (requestId: string): Change => ({
    kind: 'request',
    order: order(requestId),
    atMs: 1234,
    incarnation: 1,
  })

  test('repeated is one run', () => {
    const bench = new Bench()
    bench.do(request('2026-a'), 1234)
    bench.do(request('2026-a'), 1300)
    expect(bench.value!.pending.map((entry) => entry.unit)).toEqual(['m1'])
  })

  test('with an idempotency key is one run, at whatever instant it came to which agent', () => {
    const bench = new Bench()
    const [first, second, other] = [
      requestIdOfKey(1_764_000_000_000, 'abc'),
      requestIdOfKey(1_764_000_009_000, 'abc'),
      requestIdOfKey(1_764_000_009_000, 'abd'),
    ] as const
    bench.do(request(first), 1234)
    expect(bench.do(request(second), 1300)).toEqual({ kind: 'repeated', requestId: first })
    expect(bench.value!.pending.map((entry) => entry.unit)).toEqual(['m1'])
    expect(bench.do(request(other), 1300).kind).toBe('pending')
  })

  test('with words of its own behind the instant is another one at another instant', () => {
    const bench = new Bench()
    bench.do(request('1764000000000-again'), 1234)
    expect(bench.do(request('1764000000001-again'), 1234).kind).toBe('pending')
  })

  test('older than all that is remembered is refused, not run again', () => {
    const bench = new Bench()
    for (let i = 0; i <= 64; i++) bench.do(request(`r${String(i).padStart(3, '0')}`), 1234)
    expect(bench.because(bench.do(request('r000'), 1300))).toBe('stale-request')
  })

  test('is refused where the overlap policy skips, and says who runs', () => {
    const bench = new Bench({ overlap: 'skip' })
    bench.claim(1000, 900)
    expect(bench.do(request('r1'), 1234)).toMatchObject({ because: 'busy', holders: [{ slotMs: 1000 }] })
    expect(bench.value!.manual.recent).toEqual([])
  })

  test('waits behind what runs where the policy queues, and far longer than a slot does', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    bench.do(request('r1'), 1234)
    expect(bench.because(bench.do(claim(1234, { unit: 'm1', opId: opId('m') }), 90_000))).toBe('busy')
    bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 90_000)
    expect(bench.do(claim(1234, { unit: 'm1', opId: opId('m') }), 90_001).kind).toBe('granted')
  })

  test('waits as long behind what was asked for before it and has not begun yet', () => {
    const bench = new Bench()
    for (const id of ['r1', 'r2', 'r3']) bench.do(request(id), 1234)
    for (const [n, unit] of ['m1', 'm2', 'm3'].entries()) {
      const granted = bench.do(claim(1234, { unit, opId: opId(unit) }), 1300 + n * 90_000)
      expect(granted).toMatchObject({ kind: 'granted', entry: { unit } })
      bench.do({ kind: 'finish', token: n + 1, outcome: { kind: 'succeeded' } }, (n + 1) * 90_000)
    }
  })

  test('waits for a slot that was claimed ahead where the policy replaces: nothing of that runs yet', () => {
    const bench = new Bench({ overlap: 'replace' })
    bench.claim(1000, 900)
    bench.do(request('r1'), 950)
    expect(bench.value!.live).toMatchObject([{ slotMs: 1000 }])
    expect(bench.value!.live[0]!.isReplaced).toBeUndefined()
    expect(bench.value!.pending).toHaveLength(1)
  })

  test('ends what runs where the policy replaces', () => {
    const bench = new Bench({ overlap: 'replace' })
    bench.claim(1000, 900)
    bench.do(request('r1'), 1234)
    expect(bench.value!.live).toMatchObject([{ slotMs: 1000, isReplaced: true }])
  })

  test('that is forced starts beside what runs, but never of an exclusive job', () => {
    const forced: Change = {
      kind: 'request',
      order: order('r1', { isForced: true }),
      atMs: 1234,
      incarnation: 1,
    }
    const bench = new Bench({ overlap: 'skip' })
    bench.claim(1000, 900)
    bench.do(forced, 1234)
    expect(bench.do(claim(1234, { unit: 'm1', opId: opId('m') }), 1234).kind).toBe('granted')
    const exclusive = new Bench({ overlap: 'queue', isExclusive: true })
    exclusive.claim(1000, 900)
    expect(exclusive.because(exclusive.do(forced, 1234))).toBe('busy')
  })

  test('that goes on with a run that is over has its number, and an attempt that no other has', () => {
    const resume = { run: 7, attempt: 2, actions: { first: 'succeeded' } } as const
    const bench = new Bench({ overlap: 'allow' })
    for (const id of ['r1', 'r2'])
      bench.do({ kind: 'request', order: order(id, { resume }), atMs: 1234, incarnation: 1 }, 1234)
    const grants = ['m1', 'm2'].map((unit) => bench.do(claim(1234, { unit, opId: opId(unit) }), 1240))
    expect(grants).toMatchObject([
      { entry: { run: 7, attempt: 2, order: { resume: { attempt: 2 } } } },
      { entry: { run: 7, attempt: 3, order: { resume: { attempt: 3 } } } },
    ])
  })

  test('gives up what waits, and nothing else', () => {
    const bench = new Bench()
    bench.claim(1000, 900)
    bench.do(claim(2000), 2000)
    bench.do(request('r1'), 2100)
    expect(bench.do({ kind: 'drop' }, 2200)).toEqual({ kind: 'dropped', count: 2 })
    expect(bench.value!).toMatchObject({ pending: [], queued: null, live: [{ slotMs: 1000 }] })
    expect(bench.whys).toEqual(['cancelled 1234-1234', 'cancelled 2000-2000'])
    expect(bench.do({ kind: 'drop' }, 2300)).toEqual({ kind: 'dropped', count: 0 })
  })
})

describe('overlap replace', () => {
  test('tells what runs to end; the newest slot waits for that, and the one before it gives way', () => {
    const bench = new Bench({ overlap: 'replace' })
    const token = bench.claim(1000, 900)
    expect(bench.do(claim(2000), 2000).kind).toBe('queued')
    expect(bench.value!.live).toMatchObject([{ slotMs: 1000, isReplaced: true }])
    expect(bench.do(claim(3000), 3000).kind).toBe('queued')
    expect(bench.whys).toEqual(['skipped-overlap 2000-2000'])
    bench.do({ kind: 'finish', token, outcome: { kind: 'cancelled', why: 'the next run replaced it' } }, 3500)
    expect(bench.value!.pending).toMatchObject([{ slotMs: 3000 }])
    expect(bench.do(claim(3000), 3600).kind).toBe('granted')
    expect(bench.value!.live[0]!.isReplaced).toBeUndefined()
  })
})

test('the register tells the last run and the last that succeeded', () => {
  const bench = new Bench({ overlap: 'allow' })
  const [first, second] = [bench.claim(1000, 900), bench.claim(2000, 1900)]
  bench.do({ kind: 'finish', token: first, outcome: { kind: 'succeeded' } }, 2500)
  bench.do({ kind: 'finish', token: second, outcome: { kind: 'failed', why: 'x' } }, 2600)
  expect(bench.value!.last).toEqual({
    run: { slotMs: 2000, token: 2, endedAtMs: 2600, outcome: 'failed' },
    success: { slotMs: 1000, token: 1, endedAtMs: 2500, outcome: 'succeeded' },
  })
})

test('the version grows by one with each effective change and stays otherwise', () => {
  const bench = new Bench()
  const token = bench.claim(1000, 900)
  expect(bench.value!.version).toBe(1)
  bench.do(claim(1000), 950)
  expect(bench.value!.version).toBe(1)
  bench.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, 1000)
  expect(bench.value!.version).toBe(2)
})

test('I21: a decision stays as it was made, however many are to be told: somebody may have told it already', () => {
  const bench = new Bench({ overlap: 'skip' })
  bench.claim(1000, 900)
  for (let slotMs = 2000; slotMs < 120_000; slotMs += 1000) bench.do(claim(slotMs), slotMs)
  const { untold } = bench.value!
  expect(untold.map((one) => one.kind === 'not-run' && one.fromMs === one.toMs)).toEqual(
    Array(118).fill(true),
  )
})

describe('an adoption', () => {
  const at = (bootNo: number, k: number) => sessionId({ nodeId: node, bootNo, k })

  test('S6: moves the entry to a later session, and never back to one that was overtaken', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    bench.do({ kind: 'adopt', token, session: at(2, 3) }, 1100)
    const late = bench.do({ kind: 'adopt', token, session: at(2, 2) }, 1200)
    expect(late).toMatchObject({ kind: 'granted', entry: { session: at(2, 3) } })
    expect(bench.value!.live[0]!.session).toBe(at(2, 3))
  })

  test('S6: of an entry of another node changes nothing', () => {
    const bench = new Bench()
    const token = bench.claim(1000, 900)
    const theirs = sessionId({ nodeId: nodeId('b'), bootNo: 9, k: 1 })
    expect(bench.because(bench.do({ kind: 'adopt', token, session: theirs }, 1100))).toBe('no-such-entry')
    expect(bench.value!.live[0]!.session).toBe(session)
  })
})

describe('I20: a register', () => {
  test('I20: holds a bounded number of runs at once; the next is busy', () => {
    const bench = new Bench({ overlap: 'allow', due: () => ({ range: null, slots: [] }) })
    for (let n = 1; n <= registerLimits.live; n++) bench.claim(n * SECOND, n * SECOND)
    const next = (registerLimits.live + 1) * SECOND
    expect(bench.because(bench.do(claim(next), next))).toBe('busy')
    bench.do({ kind: 'finish', token: 1, outcome: { kind: 'succeeded' } }, next)
    expect(bench.do(claim(next), next).kind).toBe('granted')
  })

  test('I20: takes requests with large variables only as far as its register fits into a frame', () => {
    const bench = new Bench()
    const request = (n: number): Change => ({
      kind: 'request',
      order: order(`r${n}`, { variables: { TEXT: 'x'.repeat(20_000) } }),
      atMs: 1000,
      incarnation: 1,
    })
    let count = 0
    while (bench.do(request(count + 1), 1000).kind === 'pending') count++
    expect(count).toBeGreaterThan(10)
    expect(bench.because(bench.do(request(count + 1), 1000))).toBe('busy')
    expect(JSON.stringify(bench.value).length).toBeLessThan(meshLimits.frameBytesMax / 2)
  })

  test('I20: holds a bounded number of requests that wait', () => {
    const bench = new Bench()
    const request = (n: number): Change => ({
      kind: 'request',
      order: order(`r${String(n).padStart(4, '0')}`),
      atMs: 1000,
      incarnation: 1,
    })
    for (let n = 1; n <= registerLimits.pending; n++) expect(bench.do(request(n), 1000).kind).toBe('pending')
    expect(bench.because(bench.do(request(9_999), 1000))).toBe('busy')
  })
})

test('a look changes nothing', () => {
  const bench = new Bench()
  bench.claim(1000, 900)
  const before = bench.value
  expect(bench.do({ kind: 'look' }, 5000)).toEqual({ kind: 'done' })
  expect(bench.value).toBe(before)
})

describe('a job that runs on several nodes', () => {
  const [b, c, d] = [nodeId('b'), nodeId('c'), nodeId('d')]
  const by = (
    name: ReturnType<typeof nodeId>,
    slotMs: number,
    more: Partial<Change & { kind: 'claim' }> = {},
  ) =>
    claim(slotMs, {
      node: name,
      opId: opId(`${name}-${slotMs}`),
      session: sessionId({ nodeId: name, bootNo: 1, k: 1 }),
      ...more,
    })
  const unitsOf = (entries: readonly { readonly unit: string }[]) => entries.map(({ unit }) => unit)
  const opOf = (name: ReturnType<typeof nodeId>, slotMs: number) => opId(`${name}-${slotMs}`)

  test('gives each index of a slot to another node, and no node two', () => {
    const bench = new Bench({ count: 3 })
    expect(bench.do(by(b, 1000), 900)).toMatchObject({ kind: 'granted', entry: { unit: 's1000' } })
    expect(bench.because(bench.do(by(b, 1000, { opId: opId('again') }), 900))).toBe('taken')
    expect(bench.do(by(c, 1000), 900)).toMatchObject({ kind: 'granted', entry: { unit: 's1000.1' } })
    bench.do({ kind: 'finish', token: 1, outcome: { kind: 'succeeded' } }, 1100)
    expect(bench.because(bench.do(by(b, 1000, { opId: opId('later') }), 1200))).toBe('taken')
    expect(bench.do(by(d, 1000), 1200)).toMatchObject({ kind: 'granted', entry: { unit: 's1000.2' } })
    expect(bench.value!.pending).toEqual([])
    expect(bench.because(bench.do(by(nodeId('e'), 1000), 1300))).toBe('taken')
  })

  test('an index that is given back goes to a node that has none', () => {
    const bench = new Bench({ count: 2 })
    bench.do(by(b, 1000), 900)
    bench.do(by(c, 1000), 900)
    bench.do({ kind: 'finish', token: 2, outcome: { kind: 'succeeded' } }, 1100)
    bench.do({ kind: 'release', opId: opOf(b, 1000), node: null }, 1200)
    expect(bench.because(bench.do(by(c, 1000, { opId: opId('c again') }), 1300))).toBe('taken')
    expect(bench.do(by(d, 1000), 1300)).toMatchObject({ kind: 'granted', entry: { unit: 's1000' } })
  })

  test('does not hold its other nodes back for overlap, nor the next slot for nodes that are missing', () => {
    const bench = new Bench({ count: 3, overlap: 'queue' })
    bench.do(by(b, 1000), 900)
    bench.do(by(c, 1000), 950)
    expect(bench.do(by(b, 2000), 2000).kind).toBe('queued')
    bench.do({ kind: 'finish', token: 1, outcome: { kind: 'succeeded' } }, 2100)
    expect(unitsOf(bench.value!.pending)).toEqual(['s1000.2'])
    bench.do({ kind: 'finish', token: 2, outcome: { kind: 'succeeded' } }, 2200)
    expect(unitsOf(bench.value!.pending)).toEqual(['s1000.2', 's2000'])
    bench.do(by(b, 2000, { opId: opId('b2') }), 2300)
    expect(unitsOf(bench.value!.pending)).toEqual(['s1000.2', 's2000.1'])
    bench.do({ kind: 'expire', unit: 's1000.2', startByMs: 6000 }, 6000)
    expect(bench.whys).toContain('too-few-nodes 1000-1000')
  })

  test('slots that wait for further nodes do not pile up', () => {
    const bench = new Bench({ count: 2, overlap: 'allow' })
    for (let n = 1; n <= 40; n++) bench.do(by(b, n * 1000), n * 1000)
    expect(bench.value!.pending.length).toBe(registerLimits.partlyTaken)
  })

  test('asked for by hand runs on as many', () => {
    const bench = new Bench({ count: 2 })
    bench.do({ kind: 'request', order: order('1'), atMs: 100, incarnation: 1 }, 100)
    expect(bench.do(by(b, 100, { unit: 'm1' }), 100)).toMatchObject({ entry: { unit: 'm1' } })
    expect(bench.do(by(c, 100, { unit: 'm1' }), 100)).toMatchObject({ entry: { unit: 'm1.1' } })
  })
})
