// A located tree without the values that could not be read, so that the rest can be checked further
// and a person sees all problems at once. A value that its record cannot do without takes the
// record with it.

import type * as v from 'valibot'
import { entriesOf, itemOf } from './key.ts'
import type { Located, LocatedEntry, Path } from './located.ts'

/** null when the whole text goes. */
export function prune(schema: v.GenericSchema, root: Located, faults: readonly Path[]): Located | null {
  const tree: Branch = { children: new Map(), isVictim: false }
  for (const fault of faults) {
    const victim = victimOf(schema, fault)
    if (victim.length === 0) return null
    let branch = tree
    for (const step of victim) {
      const next = branch.children.get(step) ?? { children: new Map(), isVictim: false }
      branch.children.set(step, next)
      branch = next
    }
    branch.isVictim = true
  }
  return without(root, tree)
}

type Branch = { readonly children: Map<string | number, Branch>; isVictim: boolean }

/** The shortest path above the fault that may be absent: an optional key, or a member of a list. */
function victimOf(schema: v.GenericSchema, fault: Path): Path {
  let at = schema
  let victim: Path = []
  for (const [i, step] of fault.entries()) {
    const item = itemOf(at)
    const next = item ?? entriesOf(at)?.[step]
    if (next === undefined) break
    if (item !== null || next.type === 'optional') victim = fault.slice(0, i + 1)
    at = next
  }
  return victim
}

function without(located: Located, branch: Branch): Located {
  if (branch.children.size === 0) return located
  const kept = (step: string | number) => branch.children.get(step)?.isVictim !== true
  const cut = (step: string | number, value: Located) => {
    const child = branch.children.get(step)
    return child === undefined ? value : without(value, child)
  }
  if (located.kind === 'list') {
    const items = located.items.flatMap((item, i) => (kept(i) ? [cut(i, item)] : []))
    return { ...located, items }
  }
  if (located.kind === 'scalar') return located
  const entries = new Map<string, LocatedEntry>()
  for (const [key, entry] of located.entries)
    if (kept(key)) entries.set(key, { ...entry, value: cut(key, entry.value) })
  return { ...located, entries, isPartial: located.isPartial === true || entries.size < located.entries.size }
}
