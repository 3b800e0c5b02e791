// Until when an agent may act, by its own steady clock and the answers of a majority.

import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId, storageId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import type { Renewed } from '../../../lib/claim/message.ts'
import { SessionHolder } from '../../../lib/claim/session-holder.ts'
import { configurationOf } from './vote-bench.ts'

const ttlMs = 20_000
/** TTL × (1 − 2ρ − 0.01), with ρ = 0.02. */
const lastsMs = ttlMs * 0.95
const configuration = configurationOf(1, ['w1', 'w2', 'w3'])

let holder: SessionHolder
beforeEach(() => {
  holder = new SessionHolder(
    { nodeId: nodeId('a'), bootNo: 3 },
    { ...defaultClaimSettings, sessionTtlMs: ttlMs },
  )
})

type Answered = { readonly sentAtMs: number; readonly atMs: number } & Partial<Renewed>

function answer(witness: string, { atMs, ...given }: Answered, members = configuration) {
  const renewed: Renewed = {
    kind: 'renewed',
    storageId: storageId(`disk-${witness}`),
    epoch: members.epoch,
    session: holder.session,
    isAlive: true,
    ttlMs,
    wallMs: atMs,
    ...given,
  }
  return holder.onRenewed(renewed, { nowMs: atMs, configuration: members })
}

function renew(sentAtMs: number, atMs = sentAtMs): void {
  holder.beginRenewal(sentAtMs)
  answer('w1', { sentAtMs, atMs })
  answer('w2', { sentAtMs, atMs })
}

describe('S1: a session', () => {
  test('S1: is valid when a majority answered, and not before', () => {
    holder.beginRenewal(1_000)
    expect(answer('w1', { sentAtMs: 1_000, atMs: 1_100 })).toBe('ignored')
    expect(answer('w1', { sentAtMs: 1_000, atMs: 1_100 })).toBe('ignored')
    expect(holder.isValid(1_100)).toBe(false)
    expect(answer('w2', { sentAtMs: 1_000, atMs: 1_200 })).toBe('valid')
    expect(holder.isValid(1_200)).toBe(true)
  })

  test('S1: lasts from the time of sending, whenever the answers came, less what the clocks may drift', () => {
    renew(1_000, 6_000)
    expect(holder.validUntilMs).toBe(1_000 + lastsMs)
    expect(holder.isValid(1_000 + lastsMs - 1)).toBe(true)
    expect(holder.isValid(1_000 + lastsMs)).toBe(false)
  })

  test('S1: lasts no longer than the witness with the shortest patience in the majority waits', () => {
    holder.beginRenewal(1_000)
    answer('w1', { sentAtMs: 1_000, atMs: 1_001, ttlMs: 4_000 })
    answer('w2', { sentAtMs: 1_000, atMs: 1_002, ttlMs: 60_000 })
    expect(holder.validUntilMs).toBe(1_000 + 4_000 * 0.95)
    expect(holder.ttlMs).toBe(4_000)
  })

  test('S1: is never valid for answers that came too late', () => {
    renew(1_000, 1_000 + lastsMs)
    expect(holder.isValid(1_000 + lastsMs)).toBe(false)
  })

  test('S1: ends with a gap: what comes after it is another session', () => {
    renew(1_000)
    const first = holder.session
    const late = 1_000 + lastsMs
    holder.beginRenewal(late - 10)
    expect(answer('w1', { sentAtMs: late - 10, atMs: late + 1 })).toBe('ignored')
    expect(answer('w2', { sentAtMs: late - 10, atMs: late + 1 })).toBe('ignored')
    expect(holder.isValid(late + 1)).toBe(false)
    expect(holder.beginRenewal(late + 2)).toBe(true)
    expect(holder.session).not.toBe(first)
    answer('w1', { sentAtMs: late + 2, atMs: late + 3 })
    expect(answer('w2', { sentAtMs: late + 2, atMs: late + 3 })).toBe('valid')
  })

  test('S1: does not last shorter for an answer that comes out of order', () => {
    holder.beginRenewal(1_000)
    holder.beginRenewal(2_000)
    for (const sentAtMs of [2_000, 1_000])
      for (const witness of ['w1', 'w2']) answer(witness, { sentAtMs, atMs: 2_100 })
    expect(holder.validUntilMs).toBe(2_000 + lastsMs)
  })

  test('S1: begins however slow the way is: an answer may take longer than the next question', () => {
    for (let sentAtMs = 1_000; sentAtMs <= 5_000; sentAtMs += 400) {
      holder.beginRenewal(sentAtMs)
      const asked = sentAtMs - 1_600
      if (asked >= 1_000)
        for (const witness of ['w1', 'w2']) answer(witness, { sentAtMs: asked, atMs: sentAtMs })
    }
    expect(holder.isValid(5_000)).toBe(true)
  })

  test('S1: does not count witnesses of different epochs together, nor strangers, nor other sessions', () => {
    const next = configurationOf(2, ['w1', 'w2', 'w3'])
    holder.beginRenewal(1_000)
    answer('w1', { sentAtMs: 1_000, atMs: 1_001 })
    expect(answer('w2', { sentAtMs: 1_000, atMs: 1_002 }, next)).toBe('ignored')
    expect(answer('w9', { sentAtMs: 1_000, atMs: 1_003 })).toBe('ignored')
    const other = new SessionHolder({ nodeId: nodeId('a'), bootNo: 2 }, defaultClaimSettings).session
    expect(answer('w2', { sentAtMs: 1_000, atMs: 1_004, session: other })).toBe('ignored')
    expect(holder.isValid(1_005)).toBe(false)
  })

  test('S2: is over when so many refuse it that no majority can be left', () => {
    renew(1_000)
    const first = holder.session
    holder.beginRenewal(2_000)
    expect(answer('w3', { sentAtMs: 2_000, atMs: 2_001, isAlive: false })).toBe('ignored')
    expect(holder.isValid(2_001)).toBe(true)
    expect(answer('w2', { sentAtMs: 2_000, atMs: 2_002, isAlive: false })).toBe('ended')
    expect(holder.isValid(2_002)).toBe(false)
    expect(holder.session).not.toBe(first)
  })

  test('I20: rounds that nobody answers are forgotten', () => {
    for (let sentAtMs = 0; sentAtMs < 100_000; sentAtMs += 400) holder.beginRenewal(sentAtMs)
    expect(answer('w1', { sentAtMs: 80_000, atMs: 100_000 })).toBe('ignored')
    expect(answer('w2', { sentAtMs: 80_000, atMs: 100_000 })).toBe('ignored')
  })
})

test('I9: no witness declares a session dead while its holder holds it valid, whatever their clocks drift', () => {
  // The holder's clock runs slow and the witness's fast, each by the greatest error.
  const { driftMax } = defaultClaimSettings
  renew(0)
  const holderEndsAfter = holder.validUntilMs! / (1 - driftMax)
  const witnessEndsAfter = ttlMs / (1 + driftMax)
  expect(holderEndsAfter).toBeLessThan(witnessEndsAfter)
})
