// A config text as a tree of values that know where they stand in the text. Every reader (YAML,
// JSON) makes this tree, and every later step points into it, so that each problem has its place.

export type LocatedScalar = {
  readonly kind: 'scalar'
  readonly offset: number
  readonly value: string | number | boolean | null
  /** The scalar as the person wrote it, without quotes: `1.10` stays `1.10`. */
  readonly source: string
}
export type LocatedList = {
  readonly kind: 'list'
  readonly offset: number
  readonly items: readonly Located[]
}
export type LocatedEntry = { readonly keyOffset: number; readonly value: Located }
export type LocatedMap = {
  readonly kind: 'map'
  readonly offset: number
  readonly entries: ReadonlyMap<string, LocatedEntry>
  /** Keys were left out because something was wrong with them: what is missing was perhaps written. */
  readonly isPartial?: boolean
}
export type Located = LocatedScalar | LocatedList | LocatedMap

export type Path = readonly (string | number)[]

/** Plain data: maps become objects without a prototype, so that no key can shadow anything. */
export function plainOf(located: Located, scalars: 'values' | 'sources' = 'values'): unknown {
  switch (located.kind) {
    case 'scalar':
      return scalars === 'sources' && located.value !== null ? located.source : located.value
    case 'list':
      return located.items.map((item) => plainOf(item, scalars))
    case 'map': {
      const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>
      for (const [key, entry] of located.entries) plain[key] = plainOf(entry.value, scalars)
      return plain
    }
  }
}

/** The offset of what the path names, or of its nearest ancestor that exists; for a key of a map that of the key. */
export function offsetOf(root: Located, path: Path, of: 'key' | 'value' = 'value'): number {
  let located = root
  let offset = root.offset
  for (const [i, step] of path.entries()) {
    const isLast = i === path.length - 1
    if (located.kind === 'map') {
      const entry = located.entries.get(String(step))
      if (entry === undefined) return offset
      located = entry.value
      offset = isLast && of === 'key' ? entry.keyOffset : located.offset
    } else if (located.kind === 'list') {
      const item = located.items[Number(step)]
      if (item === undefined) return offset
      located = item
      offset = item.offset
    } else return offset
  }
  return offset
}

/** Whether something that stood in the map at this path could not be read. */
export function isPartialAt(root: Located, path: Path): boolean {
  let located: Located | undefined = root
  for (const step of path) {
    if (located?.kind === 'map') located = located.entries.get(String(step))?.value
    else located = located?.kind === 'list' ? located.items[Number(step)] : undefined
  }
  return located?.kind === 'map' && located.isPartial === true
}

/** The path as people write it, with the names of list items in place of their numbers. */
export function pathText(root: Located, path: Path): string {
  const words: string[] = []
  let located: Located | undefined = root
  for (const step of path) {
    if (located?.kind === 'list') {
      located = located.items[Number(step)]
      words.push(nameOf(located) ?? String(step))
    } else {
      located = located?.kind === 'map' ? located.entries.get(String(step))?.value : undefined
      words.push(String(step))
    }
  }
  return words.join('.')
}

/** The text under a map's `name`, if it has one. */
export function nameOf(located: Located | undefined): string | null {
  if (located?.kind !== 'map') return null
  const name = located.entries.get('name')?.value
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : null
}
