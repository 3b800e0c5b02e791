// When an agent asks for its session to be renewed, and when it holds a majority for there.

import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId, storageId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings, voteLimits } from '../../../lib/base/limits.ts'
import { Timers } from '../../../lib/base/timers.ts'
import { Renewal, type RenewTimer } from '../../../lib/claim/renewal.ts'
import { SessionHolder } from '../../../lib/claim/session-holder.ts'
import { configurationOf } from './vote-bench.ts'

const ttlMs = 20_000
const configuration = configurationOf(1, ['w1', 'w2', 'w3'])

let nowMs: number
let session: SessionHolder
let renewal: Renewal
let timers: Timers<RenewTimer>
let asked: { readonly sentAtMs: number; readonly session: string }[]
let told: string[]
beforeEach(() => {
  nowMs = 1_000
  const settings = { ...defaultClaimSettings, sessionTtlMs: ttlMs }
  session = new SessionHolder({ nodeId: nodeId('a'), bootNo: 1 }, settings)
  timers = new Timers()
  asked = []
  told = []
  renewal = new Renewal({
    session,
    setTimer: (atMs, timer) => timers.set(atMs, timer),
    ask: (renew) => asked.push(renew),
    began: () => told.push('began'),
    extended: () => told.push('extended'),
  })
  renewal.at(nowMs)
})

/** Time passes; each question is answered at once by these. */
function elapse(ms: number, witnesses: readonly string[]): void {
  for (const untilMs = nowMs + ms; ;) {
    const atMs = timers.nextAtMs()
    if (atMs === null || atMs > untilMs) {
      nowMs = untilMs
      return
    }
    nowMs = Math.max(nowMs, atMs)
    renewal.onTimer(timers.takeDue(nowMs)!, nowMs)
    const question = asked.at(-1)
    if (question?.sentAtMs === nowMs) answer(question.sentAtMs, witnesses, true)
  }
}

function answer(sentAtMs: number, witnesses: readonly string[], isAlive: boolean): void {
  for (const name of witnesses) {
    const given = {
      kind: 'renewed',
      storageId: storageId(`disk-${name}`),
      epoch: 1,
      session: session.session,
    } as const
    renewal.onRenewed({ ...given, sentAtMs, isAlive, ttlMs, wallMs: nowMs }, { nowMs, configuration })
  }
}

describe('S1: renewals', () => {
  test('S1: are asked for each quarter of the time to live while the session lasts', () => {
    elapse(ttlMs * 3, ['w1', 'w2'])
    const gaps = asked.slice(1).map(({ sentAtMs }, index) => sentAtMs - asked[index]!.sentAtMs)
    expect(new Set(gaps)).toEqual(new Set([ttlMs / 4]))
    expect(session.isValid(nowMs)).toBe(true)
    expect(told.filter((word) => word === 'began')).toHaveLength(1)
  })

  test('S1: are asked for more often without a session', () => {
    elapse(4_000, [])
    expect(asked.length).toBeGreaterThanOrEqual(4_000 / voteLimits.backoffHighMs)
    expect(told).toEqual([])
  })

  test('S1: after a gap are those of another session, and one that holds runs is told of it', () => {
    elapse(ttlMs, ['w1', 'w2'])
    const first = session.session
    elapse(ttlMs * 2, ['w1'])
    expect(session.isValid(nowMs)).toBe(false)
    elapse(1_000, ['w1', 'w2'])
    expect(session.isValid(nowMs)).toBe(true)
    expect(session.session).not.toBe(first)
    expect(told.filter((word) => word === 'began')).toHaveLength(2)
  })

  test('S2: refused for good, they go on at once under another session', () => {
    elapse(ttlMs, ['w1', 'w2'])
    const first = session.session
    const { sentAtMs } = asked.at(-1)!
    session.beginRenewal(sentAtMs)
    answer(sentAtMs, ['w2', 'w3'], false)
    expect(session.session).not.toBe(first)
    elapse(0, ['w1', 'w2'])
    expect(session.isValid(nowMs)).toBe(true)
  })

  test('S5: a session that lasts longer is told of, so that what it covers may last longer too', () => {
    elapse(ttlMs, ['w1', 'w2'])
    expect(told.filter((word) => word === 'extended').length).toBeGreaterThanOrEqual(3)
  })

  test('I20: there is one timer, however often somebody hurries', () => {
    for (let n = 0; n < 50; n++) renewal.at(nowMs + 10)
    elapse(100, ['w1', 'w2'])
    expect(asked).toHaveLength(1)
  })
})

test('P5: a majority counts as there while it answered of late, and not for longer', () => {
  expect(renewal.hasMajority(nowMs)).toBe(false)
  elapse(1, ['w1', 'w2'])
  expect(renewal.hasMajority(nowMs)).toBe(true)
  expect(renewal.hasMajority(nowMs + ttlMs / 2 - 10)).toBe(true)
  expect(renewal.hasMajority(nowMs + ttlMs / 2)).toBe(false)
})
