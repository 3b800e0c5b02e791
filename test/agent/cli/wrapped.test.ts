// Sentences on a terminal: whole words, and no line longer than it.
import { expect, test } from 'vitest'
import { wrapped } from '../../../agent/cli/wrapped.ts'

const text = '! pool db: nobody of it is there to run shop.nobody'

test('a sentence is broken between words, its later lines indented', () => {
  expect(wrapped(text, 24)).toBe('! pool db: nobody of it\n  is there to run\n  shop.nobody')
  for (const columns of [20, 30, 40])
    for (const line of wrapped(text, columns).split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
})

test('its own indent stays, a word that is too long stays whole, and a pipe gets it as it is', () => {
  expect(wrapped('  → do it now', 9, '    ')).toBe('  → do it\n    now')
  expect(wrapped('a 1234567890123', 10)).toBe('a\n  1234567890123')
  expect(wrapped(text, null)).toBe(text)
})
