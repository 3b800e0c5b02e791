// The loop's promises, around a core that a test speaks for: events one at a time and in order, a wake-up at the
// instant that was asked for and at least each second, and nothing after a fault.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Loop } from '../../agent/loop.ts'
import { automergeDocuments } from '../../lib/catalog/automerge-document.ts'
import type { Reading } from '../../lib/base/clock.ts'
import type { Effect } from '../../lib/effect.ts'
import type { Event } from '../../lib/event.ts'

const core = vi.hoisted(() => ({
  steps: [] as { atMs: number; kind: string }[],
  step: (_event: Event): readonly Effect[] => [],
}))

vi.mock('../../lib/node.ts', () => ({
  Node: class {
    step(reading: Reading, event: Event): readonly Effect[] {
      core.steps.push({ atMs: Math.round(reading.steadyMs), kind: event.kind })
      return core.step(event)
    }
  },
}))

let loop: Loop
let faults: string[]
let startMs: number

beforeEach(() => {
  vi.useFakeTimers()
  core.steps = []
  core.step = () => []
  faults = []
  startMs = performance.now()
  loop = new Loop({
    documents: automergeDocuments,
    clock: { read: () => ({ steadyMs: performance.now() - startMs, wallMs: Date.now() }) },
    perform: (effects) => {
      for (const effect of effects) if (effect.kind === 'wake-at') loop.wakeAt(effect.atMs)
    },
    onFault: (error) => faults.push(error.message),
  })
})

afterEach(() => {
  loop.close()
  vi.useRealTimers()
})

const removed: Event = { kind: 'file-removed', fileName: 'a.yaml' }
const wokeAt = () => core.steps.filter(({ kind }) => kind === 'woke').map(({ atMs }) => atMs)

describe('the loop', () => {
  test('steps an event that comes during a step after it', () => {
    const order: string[] = []
    core.step = (event) => {
      order.push(`begin ${event.kind}`)
      if (event.kind === 'file-removed') loop.push({ kind: 'woke' })
      order.push(`end ${event.kind}`)
      return []
    }
    loop.push(removed)
    expect(order).toEqual(['begin file-removed', 'end file-removed', 'begin woke', 'end woke'])
  })

  test('wakes the core at the instant that it asked for, and never before', () => {
    core.step = (event) => (event.kind === 'file-removed' ? [{ kind: 'wake-at', atMs: 250 }] : [])
    loop.push(removed)
    vi.advanceTimersByTime(249)
    expect(wokeAt()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(wokeAt()).toEqual([250])
  })

  test('wakes it for the earliest of several wishes, each in its turn', () => {
    const wishes = [700, 300, 500]
    core.step = () => wishes.splice(0, 3).map((atMs) => ({ kind: 'wake-at', atMs }))
    loop.push(removed)
    vi.advanceTimersByTime(299)
    expect(wokeAt()).toEqual([])
    vi.advanceTimersByTime(2)
    expect(wokeAt()).toEqual([300])
  })

  test('wakes it each second when it asked for nothing', () => {
    loop.push(removed)
    vi.advanceTimersByTime(3500)
    expect(wokeAt()).toHaveLength(3)
  })

  test('wakes it within a second of a suspend that it could not see', () => {
    core.step = (event) => (event.kind === 'file-removed' ? [{ kind: 'wake-at', atMs: 60_000 }] : [])
    loop.push(removed)
    // The steady clock jumps by an hour; the timers of the system do not.
    startMs -= 3_600_000
    vi.advanceTimersByTime(1000)
    expect(wokeAt()).toHaveLength(1)
  })

  test('steps nothing more after the core threw, and tells why', () => {
    core.step = () => {
      throw new Error('cannot happen')
    }
    loop.push(removed)
    loop.push(removed)
    vi.advanceTimersByTime(5000)
    expect(faults).toEqual(['cannot happen'])
    expect(core.steps).toHaveLength(1)
  })

  test('steps nothing after it was closed', () => {
    loop.push(removed)
    loop.close()
    loop.push(removed)
    loop.wakeAt(10)
    vi.advanceTimersByTime(5000)
    expect(core.steps).toHaveLength(1)
  })
})
