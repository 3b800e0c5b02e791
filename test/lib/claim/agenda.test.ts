// What an agent asks for and when, and what it makes of news that may be wrong.

import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Agenda } from '../../../lib/claim/agenda.ts'
import type { PendingNews, RegisterNews } from '../../../lib/claim/message.ts'
import type { ScheduledJob } from '../../../lib/claim/scheduled-job.ts'
import { HOUR, jobNamed, TEN } from './job-named.ts'

const { claimAheadMs, rankDelayMs } = defaultClaimSettings
const self = nodeId('a')
const w1 = nodeId('w1')
const w2 = nodeId('w2')
const key = 'shop.report'

let job: ScheduledJob | undefined
let rank: { readonly mine: number; readonly of: number } | null
let agenda: Agenda
beforeEach(() => {
  job = jobNamed()
  rank = { mine: 0, of: 3 }
  const settings = defaultClaimSettings
  agenda = new Agenda({ self, settings, rankDelayMs: () => rankDelayMs, job: () => job, rank: () => rank })
})

const news = (version: number, cursorMs: number, pending: readonly PendingNews[] = []): RegisterNews => ({
  key,
  version,
  cursor: { slotMs: cursorMs, label: '' },
  liveCount: 0,
  pending,
})

const waiting = (overrides: Partial<PendingNews> = {}): PendingNews => ({
  unit: `s${TEN}`,
  slotMs: TEN,
  label: '',
  sinceMs: TEN + 5_000,
  startByMs: TEN + 60_000,
  releasedBy: null,
  ...overrides,
})

const unitsAskedAt = (nowMs: number) => agenda.plan(key, nowMs).asks.map((ask) => ask.unit)

describe('P5, P7: when a slot is asked for', () => {
  test.each([0, 1, 5])(
    'P5: rank %d asks at the slot, less what claims are ahead, plus its place times the delay',
    (mine) => {
      rank = { mine, of: 6 }
      agenda.learn(news(1, TEN - HOUR), w1)
      const askAtMs = TEN - claimAheadMs + mine * rankDelayMs
      expect(agenda.plan(key, askAtMs - 1)).toEqual({ asks: [], againAtMs: askAtMs })
      expect(unitsAskedAt(askAtMs)).toEqual([`s${TEN}`])
    },
  )

  test('P5: who may not run it asks for nothing, and looks again', () => {
    rank = null
    const { asks, againAtMs } = agenda.plan(key, TEN)
    expect(asks).toEqual([])
    expect(againAtMs).toBeGreaterThan(TEN)
  })

  test('P5: news that the slot is taken are a reason not to ask', () => {
    agenda.learn(news(2, TEN), w1)
    expect(unitsAskedAt(TEN)).toEqual([])
    expect(agenda.plan(key, TEN).againAtMs).toBe(TEN + HOUR - claimAheadMs)
  })

  test('P6: what rests is not asked for before its time, unless there are newer news', () => {
    agenda.rest(key, `s${TEN}`, TEN + 3_000)
    expect(unitsAskedAt(TEN + 2_999)).toEqual([])
    expect(unitsAskedAt(TEN + 3_000)).toEqual([`s${TEN}`])
    agenda.rest(key, `s${TEN}`, TEN + 9_000)
    agenda.learn(news(2, TEN - HOUR), w1)
    expect(unitsAskedAt(TEN + 3_001)).toEqual([`s${TEN}`])
  })

  test('P6: a busy claim is asked again at the instant plus its place times a quarter of the delay', () => {
    rank = { mine: 2, of: 3 }
    const slot = { slotMs: TEN, label: '', startByMs: TEN + 60_000 }
    const ask = { key, unit: `s${TEN}`, slot }
    expect(agenda.busyUntilMs(ask, TEN - 1_000)).toBe(TEN + rankDelayMs / 2)
  })

  test('P6: while a run goes on, who comes later asks more rarely', () => {
    const ask = { key, unit: `s${TEN}`, slot: { slotMs: TEN, label: '', startByMs: TEN + 60_000 } }
    for (const mine of [0, 1, 9]) {
      rank = { mine, of: 10 }
      expect(agenda.busyUntilMs(ask, TEN + 5_000)).toBe(TEN + 5_000 + (1 + mine) * rankDelayMs)
    }
  })

  test('P6: on news that a run ended each asks in its turn, whatever it was told before', () => {
    rank = { mine: 2, of: 3 }
    const longAgo = waiting({ sinceMs: TEN - HOUR })
    agenda.learn({ ...news(2, TEN, [longAgo]), liveCount: 1 }, w1)
    agenda.rest(key, `s${TEN}`, TEN + 9_000)
    agenda.learn({ ...news(3, TEN + 1, [longAgo]), liveCount: 1 }, w1)
    expect(agenda.plan(key, TEN + 100)).toEqual({ asks: [], againAtMs: TEN + 9_000 })
    agenda.learn(news(4, TEN + 1, [longAgo]), w1)
    const turnMs = TEN + 200 + rankDelayMs / 2
    expect(agenda.plan(key, TEN + 200)).toEqual({ asks: [], againAtMs: turnMs })
    expect(unitsAskedAt(turnMs)).toEqual([`s${TEN}`])
  })
})

describe('P9: work that waits', () => {
  test.each([0, 2])('P9: rank %d asks for it its place times the delay after it began to wait', (mine) => {
    rank = { mine, of: 3 }
    agenda.learn(news(2, TEN, [waiting()]), w1)
    const askAtMs = TEN + 5_000 + mine * rankDelayMs
    expect(unitsAskedAt(askAtMs - 1)).toEqual([])
    expect(unitsAskedAt(askAtMs)).toEqual([`s${TEN}`])
  })

  test('P9: who released it leaves it to all the others first', () => {
    agenda.learn(news(2, TEN, [waiting({ releasedBy: self })]), w1)
    const askAtMs = TEN + 5_000 + 3 * rankDelayMs
    expect(unitsAskedAt(askAtMs - 1)).toEqual([])
    expect(unitsAskedAt(askAtMs)).toEqual([`s${TEN}`])
  })

  test('P9: beyond its start deadline it is not asked for', () => {
    agenda.learn(news(2, TEN, [waiting()]), w1)
    expect(unitsAskedAt(TEN + 60_000)).toEqual([])
  })
})

describe('news', () => {
  test('P5: older ones change nothing', () => {
    agenda.learn(news(5, TEN), w1)
    expect(agenda.learn(news(4, TEN - HOUR), w2)).toBe('nothing')
    expect(agenda.cursorOf(key).slotMs).toBe(TEN)
  })

  test('P8: of a value that was never chosen are taken back by the witness that told them', () => {
    agenda.learn(news(5, TEN), w1)
    expect(unitsAskedAt(TEN)).toEqual([])
    expect(agenda.learn(news(4, TEN - HOUR), w1)).toBe('change')
    expect(unitsAskedAt(TEN)).toEqual([`s${TEN}`])
  })

  test('P8: of a value that was never chosen give way to what a vote of our own found', () => {
    agenda.learn(news(5, TEN), w1)
    expect(agenda.learn(news(4, TEN - HOUR), 'vote')).toBe('change')
    expect(unitsAskedAt(TEN)).toEqual([`s${TEN}`])
  })

  test('P6: told again, and alike, they end no rest', () => {
    agenda.learn(news(5, TEN - HOUR), 'vote')
    agenda.rest(key, `s${TEN}`, TEN + 9_000)
    expect(agenda.learn(news(5, TEN - HOUR), 'vote')).toBe('nothing')
    expect(unitsAskedAt(TEN)).toEqual([])
  })

  test('P5: the end of a run that nothing waits for is no reason to plan anew', () => {
    expect(agenda.learn({ ...news(5, TEN - HOUR), liveCount: 1 }, w1)).toBe('change')
    expect(agenda.learn(news(6, TEN - HOUR), w1)).toBe('no-change')
    expect(agenda.learn(news(7, TEN - HOUR, [waiting()]), w1)).toBe('change')
    expect(agenda.learn(news(8, TEN - HOUR), w1)).toBe('change')
  })
})
