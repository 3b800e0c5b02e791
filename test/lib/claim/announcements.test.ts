// What a witness tells everyone of its registers, each second.

import { describe, expect, test } from 'vitest'
import { nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { meshLimits } from '../../../lib/base/limits.ts'
import { Announcements } from '../../../lib/claim/announcements.ts'
import {
  emptyRegister,
  type LiveEntry,
  type PendingEntry,
  type Register,
} from '../../../lib/claim/register.ts'
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
const liveEntry: LiveEntry = {
  unit: `s${START - 1_000}`,
  incarnation: 1,
  slotMs: START - 1_000,
  label: '',
  attempt: 1,
  startByMs: START + 60_000,
  run: 1,
  node: nodeId('a'),
  session: sessionId({ nodeId: nodeId('a'), bootNo: 1, k: 1 }),
  opId: opId('a:1:1'),
  token: 1,
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
    announcements.note('a', null)
    expect(keysAt(START)).toEqual(['a'])
    expect(keysAt(START + 1_000)).toEqual([])
  })

  test('P9: tells of work that waits again and again, for whoever was away', () => {
    const { keysAt } = bench({ a: idle, b: waiting })
    const told = Array.from({ length: 20 }, (_, second) => keysAt(START + second * 1_000))
    expect(told.flat()).toEqual(['b', 'b', 'b', 'b'])
  })

  test('P6: does not wait for its beat when a run ended before one that waits', () => {
    const runs: Register = { ...waiting, live: [liveEntry] }
    const { announcements, keysAt } = bench({ a: waiting, b: idle })
    announcements.note('a', waiting)
    announcements.note('b', { ...idle, live: [liveEntry] })
    expect(announcements.isUrgent).toBe(false)
    announcements.note('a', runs)
    expect(announcements.isUrgent).toBe(true)
    keysAt(START)
    expect(announcements.isUrgent).toBe(false)
  })

  test('I20: is bounded, and what does not fit comes with the next ones, changes first', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`job${n}`, waiting]))
    const { announcements, keysAt } = bench(many)
    announcements.note('job4999', null)
    const told: string[] = []
    for (let second = 0; second < 10; second++) {
      told.push(...keysAt(START + second * 1_000))
    }
    expect(told[0]).toBe('job4999')
    expect(new Set(told).size).toBe(5_000)
  })

  test('I20: is below what gossip takes, also of actions elsewhere and of requests with large variables', () => {
    const node = nodeId('a'.repeat(52))
    const revision = `12:${node}:${'0'.repeat(28)}`
    const child = { token: 7, unit: entry.unit, node, action: 'step1', tried: 1, on: node, revision }
    const order = {
      requestId: 'r',
      user: 'ann',
      forSlotMs: null,
      isForced: false,
      variables: { TEXT: 'x'.repeat(600_000) },
      resume: null,
    }
    const wide = Array.from({ length: 400 }, (_, n) => ({ ...entry, unit: `c7/step${n}/1`, child }))
    const keys = Array.from({ length: 10 }, (_, n) => `job${n}`)
    const values = Object.fromEntries(
      keys.map((key): [string, Register] => [key, { ...idle, pending: wide }]),
    )
    const all = { ...values, asked: { ...idle, pending: [{ ...entry, order }] } }
    const { announcements } = bench(all)
    for (const key of Object.keys(all)) announcements.note(key, null)
    const told = new Set<string>()
    for (let second = 0; second < 40; second++) {
      const news = announcements.take(Object.keys(all), START + second * 1_000)
      expect(JSON.stringify(news).length).toBeLessThan(meshLimits.gossipBytesMax * 0.9)
      for (const { key } of news) told.add(key)
    }
    expect([...told].toSorted()).toEqual(['asked', ...keys])
  })
})
