// What a witness tells everyone of its registers, each second.

import { describe, expect, test } from 'vitest'
import { voteLimits } from '../../../lib/base/limits.ts'
import { Announcements } from '../../../lib/claim/announcements.ts'
import { emptyRegister, type PendingEntry, type Register } from '../../../lib/claim/register.ts'
import { START } from './every-second.ts'

const entry: PendingEntry = {
  unit: `s${START}`,
  incarnation: 1,
  slotMs: START,
  label: '',
  attempt: 1,
  startByMs: START + 60_000,
  run: null,
  sinceMs: START,
  releasedBy: null,
}
const idle = emptyRegister({ incarnation: 1, effectiveFromMs: 0, revision: '' })
const waiting: Register = { ...idle, pending: [entry] }

function bench(values: Readonly<Record<string, Register>>) {
  const announcements = new Announcements((key) => values[key] ?? null)
  const keysAt = (nowMs: number) => announcements.take(Object.keys(values), nowMs).map((news) => news.key)
  return { announcements, keysAt }
}

describe('a digest', () => {
  test('P9: tells of what changed once', () => {
    const { announcements, keysAt } = bench({ a: idle, b: idle })
    announcements.note('a')
    expect(keysAt(START)).toEqual(['a'])
    expect(keysAt(START + 1_000)).toEqual([])
  })

  test('P9: tells of work that waits again and again, for whoever was away', () => {
    const { keysAt } = bench({ a: idle, b: waiting })
    const told = Array.from({ length: 20 }, (_, second) => keysAt(START + second * 1_000))
    expect(told.flat()).toEqual(['b', 'b', 'b', 'b'])
  })

  test('I20: is bounded, and what does not fit comes with the next ones, changes first', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`job${n}`, waiting]))
    const { announcements, keysAt } = bench(many)
    announcements.note('job4999')
    const told: string[] = []
    for (let second = 0; second < 10; second++) {
      const keys = keysAt(START + second * 1_000)
      expect(keys.length).toBeLessThanOrEqual(voteLimits.newsPerDigest)
      told.push(...keys)
    }
    expect(told[0]).toBe('job4999')
    expect(new Set(told).size).toBe(5_000)
  })
})
