// What a person most likely meant by a name that is none.
import { expect, test } from 'vitest'
import { nearestName } from '../../../lib/base/problem.ts'

const jobs = ['shop.backup', 'shop.graph', 'mail.graph', 'mail.sent']

test.each([
  ['shop.grpah', 'shop.graph'],
  // A job without its category, as long as there is one of that name.
  ['backup', 'shop.backup'],
  ['graph', null],
  ['ackup', null],
  ['', null],
])('%j is perhaps %j', (word, expected) => {
  expect(nearestName(word, jobs)).toBe(expected)
})
