// Makes located values by hand, for readers of other forms that translate a text into ours: each
// value keeps the place of the text that it came from.

import type { Located, LocatedEntry, LocatedList, LocatedMap, LocatedScalar } from './located.ts'

export function scalarAt(offset: number, value: string | number | boolean): LocatedScalar {
  return { kind: 'scalar', offset, value, source: String(value) }
}

export function listAt(offset: number, items: readonly Located[]): LocatedList {
  return { kind: 'list', offset, items }
}

/** Keys without a value are left out. */
export function mapAt(offset: number, members: { readonly [key: string]: Located | null }): LocatedMap {
  const entries = new Map<string, LocatedEntry>()
  for (const [key, value] of Object.entries(members))
    if (value !== null) entries.set(key, { keyOffset: value.offset, value })
  return { kind: 'map', offset, entries }
}
