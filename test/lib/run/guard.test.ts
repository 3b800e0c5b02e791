// What a guard does with deadlines, and nothing else: whoever runs it carries out the endings.

import { describe, expect, test } from 'vitest'
import { leaseLimits } from '../../../lib/base/limits.ts'
import { Guard } from '../../../lib/run/guard.ts'

const deadline = { termAtMs: 1_000, killAtMs: 1_500 }
const later = { termAtMs: 3_000, killAtMs: 3_500 }

function holding(): Guard {
  const guard = new Guard()
  guard.take({ kind: 'hold', process: 'p', deadline })
  return guard
}

describe('a guard', () => {
  test('tells a process to end once, and kills it at its deadline', () => {
    const guard = holding()
    expect(guard.nextAtMs()).toBe(1_000)
    expect(guard.due(999)).toEqual([])
    expect(guard.due(1_000)).toEqual([{ process: 'p', signal: 'SIGTERM' }])
    expect(guard.nextAtMs()).toBe(1_500)
    expect(guard.due(1_499)).toEqual([])
    expect(guard.due(1_500)).toEqual([{ process: 'p', signal: 'SIGKILL' }])
  })

  test('kills at once what it should have ended while it stood still', () => {
    expect(holding().due(9_000)).toEqual([{ process: 'p', signal: 'SIGKILL' }])
  })

  test('kills again what does not die, until it is forgotten', () => {
    const guard = holding()
    guard.due(1_500)
    expect(guard.due(1_500 + leaseLimits.killAgainMs - 1)).toEqual([])
    expect(guard.due(1_500 + leaseLimits.killAgainMs)).toHaveLength(1)
    guard.take({ kind: 'forget', process: 'p' })
    expect(guard.due(9_000)).toEqual([])
    expect(guard.size).toBe(0)
    expect(guard.nextAtMs()).toBe(Infinity)
  })

  test('gives an extended process its whole time anew, also when it was told to end', () => {
    const guard = holding()
    guard.due(1_000)
    guard.take({ kind: 'extend', processes: ['p'], deadline: later })
    expect(guard.due(2_999)).toEqual([])
    expect(guard.due(3_000)).toEqual([{ process: 'p', signal: 'SIGTERM' }])
    expect(guard.due(3_500)).toEqual([{ process: 'p', signal: 'SIGKILL' }])
  })

  test('extends nothing that it does not hold', () => {
    const guard = new Guard()
    guard.take({ kind: 'extend', processes: ['p'], deadline: later })
    expect(guard.size).toBe(0)
  })

  test('keeps its deadline for the agent that comes after', () => {
    const guard = holding()
    guard.take({ kind: 'keep', process: 'p' })
    expect(guard.deadlineOf('p')).toEqual(deadline)
    expect(guard.due(999)).toEqual([])
  })

  test('ends at once what it is asked to keep and does not know', () => {
    const guard = new Guard()
    guard.take({ kind: 'keep', process: 'p' })
    expect(guard.due(1)).toEqual([{ process: 'p', signal: 'SIGKILL' }])
  })
})
