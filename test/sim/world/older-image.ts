// Which older images of a witness's disk the cluster promises to know for one: those that forgot votes of which so many
// other witnesses have noted on disk that every majority that could vouch for the image includes one of them. Where
// fewer have, nobody in reach may know of those votes, and nothing is promised.

import { assert } from '../../../lib/base/assert.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { majorityOf, type Configuration } from '../../../lib/claim/configuration.ts'
import type { NodeMark } from '../../../lib/claim/session-witness.ts'
import type { DiskImage } from './disk.ts'
import type { Host } from './host.ts'

export function isKnownAsOlder(node: Host, image: DiskImage, hosts: Iterable<Host>): boolean {
  const now = journalOf(node.disk.image())
  const then = journalOf(image)
  if (numberOf(now, 'position') === numberOf(then, 'position')) return true
  const configuration = now.get('configuration') as Configuration | undefined
  if (configuration === undefined) return true
  const others = [...hosts].filter(
    (host) =>
      host !== node && !host.isGone && configuration.members.some(({ nodeId }) => nodeId === host.plan.node),
  )
  const unknowing = others.filter((host) => {
    const mark = journalOf(host.disk.image()).get(`mark/${node.plan.node}`) as NodeMark | undefined
    const isNewerBoot = (mark?.bootNo ?? 0) > numberOf(then, 'boot')
    return !isNewerBoot && (mark?.reached?.position ?? 0) <= numberOf(then, 'position')
  })
  return unknowing.length < majorityOf(configuration) - 1
}

function journalOf(image: DiskImage): Journal {
  const journal = new Journal('journal')
  assert(journal.restore(image.get('journal') ?? ''), 'the journal is sound')
  return journal
}

const numberOf = (journal: Journal, key: string): number => (journal.get(key) as number | undefined) ?? 0
