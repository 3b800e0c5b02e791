// A log read as a map: what was put is there after a restart, and the log does not grow without bound.

import { describe, expect, test } from 'vitest'
import type { StoreEffect } from '../../../lib/base/effect.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { journalLimits } from '../../../lib/base/limits.ts'

/** What is on disk after these effects. */
function carriedOut(before: string, effects: readonly StoreEffect[]): string {
  let content = before
  for (const effect of effects)
    if (effect.kind === 'persist') content += effect.lines
    else if (effect.kind === 'rewrite') content = effect.lines
    else if (effect.kind === 'truncate') content = content.slice(0, effect.lengthBytes)
    else content = ''
  return content
}

function reopened(content: string): Journal {
  const journal = new Journal('journal')
  expect(journal.restore(content)).toBe(true)
  return journal
}

describe('a journal', () => {
  test('W3: what was put and deleted in a step leaves as one effect, and nothing twice', () => {
    const journal = new Journal('journal')
    journal.put('run/a', { phase: 'waiting' })
    journal.put('run/a', { phase: 'running' })
    journal.put('boot', 3)
    journal.delete('boot')
    const effects = journal.takeEffects()
    expect(effects).toHaveLength(1)
    expect(journal.takeEffects()).toEqual([])
    const next = reopened(carriedOut('', effects))
    expect([...next.under('')]).toEqual([['run/a', { phase: 'running' }]])
    expect([...next.under('run/')]).toEqual([['a', { phase: 'running' }]])
  })

  test('a delete of what is not there writes nothing', () => {
    const journal = new Journal('journal')
    journal.delete('nothing')
    expect(journal.takeEffects()).toEqual([])
  })

  test('W4: a torn end is cut off before anything is written behind it', () => {
    const journal = new Journal('journal')
    journal.put('a', 1)
    journal.put('b', 2)
    const whole = carriedOut('', journal.takeEffects())
    const torn = whole.slice(0, -3)
    const next = reopened(torn)
    next.put('c', 3)
    const effects = next.takeEffects()
    expect(effects.map((effect) => effect.kind)).toEqual(['truncate', 'persist'])
    expect([...reopened(carriedOut(torn, effects)).under('')]).toEqual([
      ['a', 1],
      ['c', 3],
    ])
  })

  test('W4: a torn end is cut off also when there is nothing else to write', () => {
    const journal = new Journal('journal')
    journal.put('a', 1)
    const torn = `${carriedOut('', journal.takeEffects())}12`
    const effects = reopened(torn).takeEffects()
    expect(effects.map((effect) => effect.kind)).toEqual(['truncate'])
  })

  test('I20: the log is written anew when most of it is outdated, and says the same', () => {
    const journal = new Journal('journal')
    const value = 'x'.repeat(100_000)
    let content = ''
    let rewrites = 0
    for (let n = 0; n < 200; n++) {
      journal.put(`k${n % 5}`, value + n)
      const effects = journal.takeEffects()
      rewrites += effects.filter((effect) => effect.kind === 'rewrite').length
      content = carriedOut(content, effects)
    }
    expect(rewrites).toBeGreaterThan(2)
    expect(content.length).toBeLessThan(2 * journalLimits.rewriteMinBytes)
    expect([...reopened(content).under('')]).toEqual([...journal.under('')])
  })

  test('I20: a log does not grow with each start of its agent (seed 5: eight megabytes)', () => {
    let content = ''
    let longest = 0
    for (let start = 0; start < 8; start++) {
      const journal = reopened(content)
      for (let n = 0; n < 60; n++) {
        journal.put(`k${n % 5}`, 'x'.repeat(50_000) + n)
        content = carriedOut(content, journal.takeEffects())
        longest = Math.max(longest, content.length)
      }
    }
    expect(longest).toBeLessThan(1.5 * journalLimits.rewriteMinBytes)
  })
})
