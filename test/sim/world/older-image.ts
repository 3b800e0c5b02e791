// Which older images of a disk a cluster withstands, as lib/claim/README.md promises: those of which so many witnesses
// have noted on disk that they are older (by votes or by a start that they have forgotten) that every majority that could
// vouch includes one of them; and those that have forgotten no vote, and no start of a run that is not over. Of others
// nobody in reach may know, and nothing is promised.

import { assert } from '../../../lib/base/assert.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { majorityOf, type Configuration } from '../../../lib/claim/configuration.ts'
import type { NodeMark } from '../../../lib/claim/session-witness.ts'
import type { HeldRun } from '../../../lib/run/held-run.ts'
import type { DiskImage } from './disk.ts'
import type { Host } from './host.ts'

export function isKnownAsOlder(node: Host, image: DiskImage, hosts: Iterable<Host>): boolean {
  const now = journalOf(node.disk.image())
  const then = journalOf(image)
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
  if (unknowing.length < majorityOf(configuration) - 1) return true
  return numberOf(now, 'position') === numberOf(then, 'position') && !hasStartedSince(now, then)
}

function hasStartedSince(now: Journal, then: Journal): boolean {
  return [...now.under('run/')].some(([key, value]) => {
    const before = then.get(`run/${key}`) as HeldRun | undefined
    return Object.entries((value as HeldRun).actions).some(
      ([name, { kind }]) => kind !== 'waiting' && kind !== before?.actions[name]?.kind,
    )
  })
}

function journalOf(image: DiskImage): Journal {
  const journal = new Journal('journal')
  assert(journal.restore(image.get('journal') ?? ''), 'the journal is sound')
  return journal
}

const numberOf = (journal: Journal, key: string): number => (journal.get(key) as number | undefined) ?? 0
