// Claims that are given back: intended durably, until there is an answer.

import { expect, test } from 'vitest'
import { nodeId, opId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import type { Change } from '../../../lib/claim/change.ts'
import { Releases } from '../../../lib/claim/releases.ts'

const self = nodeId('a')

function bench(journal: Journal) {
  const asked: [string, Change][] = []
  const releases = new Releases({ self, journal, propose: (key, change) => asked.push([key, change]) })
  return { releases, asked }
}

test('P4: a release is intended on disk before it is asked for, and asked again by the next start', () => {
  const journal = new Journal('journal')
  bench(journal).releases.begin(opId('a:1:1'), 'shop.report', self)
  const [effect] = journal.takeEffects()
  const disk = new Journal('journal')
  expect(effect?.kind === 'persist' && disk.restore(effect.lines)).toBe(true)
  const next = bench(disk)
  next.releases.recover()
  expect(next.asked).toEqual([['shop.report', { kind: 'release', opId: 'a:1:1', node: self }]])
  expect(next.releases.has(opId('a:1:1'))).toBe(true)
})

test('P4: a release that was answered is forgotten, and not asked again', () => {
  const journal = new Journal('journal')
  const { releases } = bench(journal)
  releases.begin(opId('a:1:1'), 'shop.report', null)
  releases.end(opId('a:1:1'))
  const next = bench(journal)
  next.releases.recover()
  expect(next.asked).toEqual([])
})
