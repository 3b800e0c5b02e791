// How far the audit logs of other agents went, as each of them told: so a log whose end was cut off, or that was written
// anew from some place on, is found out. Old heads are kept too, ever fewer the older they are, since a log that was
// written anew goes on and tells new heads. Of two heads with one number the first counts.

import type { NodeId } from '../../lib/base/ids.ts'
import type { AuditHead } from '../../lib/view/audit.ts'
import { storeLimits } from './limits.ts'

export class AuditHeads {
  readonly #heads: Map<NodeId, AuditHead[]>

  /** The text is what toText() gave; one that cannot be read says nothing. */
  constructor(text: string | null) {
    this.#heads = new Map(Object.entries(read(text)) as [NodeId, AuditHead[]][])
  }

  of(node: NodeId): readonly AuditHead[] {
    return this.#heads.get(node) ?? []
  }

  /** What is wrong with it beside what was told before; null when it is news or known. */
  note(node: NodeId, head: AuditHead): string | null {
    const known = this.#heads.get(node) ?? []
    const same = known.find(({ seq }) => seq === head.seq)
    if (same !== undefined && same.hash !== head.hash) return `record ${head.seq} is another one than it was`
    const newest = known.at(-1)?.seq ?? 0
    if (head.seq < newest) return `it ends at record ${head.seq}, and it had gone on to ${newest}`
    if (same !== undefined) return null
    this.#heads.set(node, thinned([...known, head]))
    return null
  }

  toText(): string {
    return JSON.stringify(Object.fromEntries(this.#heads))
  }
}

/** Of too many the one goes that says least: whose neighbours are closest, for its age. */
function thinned(heads: readonly AuditHead[]): AuditHead[] {
  if (heads.length <= storeLimits.auditHeadsKept) return [...heads]
  const newest = heads.at(-1)!.seq
  let least = { at: 1, worth: Infinity }
  for (let at = 1; at < heads.length / 2; at++) {
    const gap = heads[at + 1]!.seq - heads[at - 1]!.seq
    const worth = gap / (newest - heads[at]!.seq)
    if (worth < least.worth) least = { at, worth }
  }
  return heads.toSpliced(least.at, 1)
}

function read(text: string | null): Readonly<Record<string, AuditHead[]>> {
  try {
    return JSON.parse(text ?? '{}') as Readonly<Record<string, AuditHead[]>>
  } catch {
    return {}
  }
}
