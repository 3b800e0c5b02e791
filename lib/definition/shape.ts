// Brings a located tree into the one shape that the schemas know: collections become lists of maps
// with names, empty values are left out, short forms are written out. Keys that no schema knows are
// problems here, all of them, each with the nearest known one; Tron's idle keys become notes.

import type * as v from 'valibot'
import { entriesOf, factsOf, itemOf } from './key.ts'
import type { Located, LocatedEntry, LocatedMap } from './located.ts'
import { nameOf } from './located.ts'
import { didYouMean } from './nearest-known.ts'
import type { ProblemList } from './problem-list.ts'
import { tronKeysOf } from './tron-keys.ts'

export class Shaper {
  readonly #problems: ProblemList
  /** The first key that only Tron's own files have; null = none was seen. */
  tronKey: { readonly key: string; readonly offset: number } | null = null

  constructor(problems: ProblemList) {
    this.#problems = problems
  }

  shape(schema: v.GenericSchema, located: Located, path: string): Located {
    const entries = entriesOf(schema)
    if (entries !== null && located.kind === 'map') return this.#record(schema, entries, located, path)
    const item = itemOf(schema)
    if (item === null) return located
    const noun = factsOf(schema).named ?? ''
    const list = located.kind === 'map' ? this.#listOf(located, noun, path) : located
    if (list.kind !== 'list') return located
    const items = list.items.map((member, i) => {
      const full = expanded(member, noun)
      return this.shape(item, full, `${path}.${nameOf(full) ?? i}`)
    })
    return { ...list, items }
  }

  #record(
    schema: v.GenericSchema,
    entries: { readonly [key: string]: v.GenericSchema },
    map: LocatedMap,
    path: string,
  ): Located {
    const noun = factsOf(schema).noun ?? 'map'
    const shaped = new Map<string, LocatedEntry>()
    let hasUnknown = false
    for (const [key, entry] of map.entries) {
      const known = Object.hasOwn(entries, key) ? entries[key] : undefined
      const keyPath = path === '' ? key : `${path}.${key}`
      if (known === undefined) {
        const isError = this.#refuseKey({
          key,
          entry,
          noun,
          name: nameOf(map),
          known: entries,
          path: keyPath,
        })
        hasUnknown = hasUnknown || isError
      } else if (entry.value.kind !== 'scalar' || entry.value.value !== null)
        shaped.set(key, { keyOffset: entry.keyOffset, value: this.shape(known, entry.value, keyPath) })
    }
    return { ...map, entries: shaped, isPartial: hasUnknown }
  }

  /** False when the key is one of Tron's idle ones, which only earns a note. */
  #refuseKey(found: {
    readonly key: string
    readonly entry: LocatedEntry
    readonly noun: string
    readonly name: string | null
    readonly known: object
    readonly path: string
  }): boolean {
    const { key, entry, noun, path } = found
    const offset = entry.keyOffset
    const ofTron = tronKeysOf(noun)
    const instead = Object.hasOwn(ofTron, key) ? ofTron[key] : undefined
    if (instead !== undefined) {
      this.tronKey ??= { key, offset }
      this.#problems.note({ offset, path, message: `Key "${key}" has no effect here: ${instead}` })
      return false
    }
    const nearest = this.#problems.isFull ? '' : didYouMean(key, Object.keys(found.known))
    const owner = noun === 'file' ? 'the file' : `${noun}${found.name === null ? '' : ` "${found.name}"`}`
    this.#problems.error({
      offset,
      path,
      message: `Cannot use key "${key}" in ${owner}: it is unknown, expected one of its keys`,
      hint: nearest || knownKeysHint(found.known),
    })
    return true
  }

  /** A map keyed by name as a list: each member gets the name that it stands under. */
  #listOf(map: LocatedMap, noun: string, path: string): Located {
    const items: Located[] = []
    for (const [name, { keyOffset, value }] of map.entries) {
      const full = expanded(value, noun)
      if (full.kind === 'list' || (full.kind === 'scalar' && full.value !== null)) {
        this.#problems.error({
          offset: full.offset,
          path: `${path}.${name}`,
          message: `Cannot read ${noun} "${name}": it is ${full.kind === 'list' ? 'a list' : 'a single value'}, expected a map of keys`,
        })
        continue
      }
      const own = full.kind === 'map' ? full.entries : new Map<string, LocatedEntry>()
      const written = nameOf(full)
      if (written !== null && written !== name)
        this.#problems.error({
          offset: own.get('name')!.value.offset,
          path: `${path}.${name}.name`,
          message: `Cannot read ${noun} "${name}": its key name says "${written}", expected "${name}" or no name`,
        })
      const nameEntry = {
        keyOffset,
        value: { kind: 'scalar', offset: keyOffset, value: name, source: name } as const,
      }
      items.push({
        kind: 'map',
        offset: keyOffset,
        entries: new Map([['name', nameEntry], ...own, ['name', nameEntry]]),
      })
    }
    return { kind: 'list', offset: map.offset, items }
  }
}

/** The short forms: a node that is only a hostname, a calendar that is only its days. */
function expanded(member: Located, noun: string): Located {
  const entry = (word: string): Located => ({
    kind: 'map',
    offset: member.offset,
    entries: new Map([[word, { keyOffset: member.offset, value: member }]]),
  })
  if (noun === 'node' && member.kind === 'scalar' && typeof member.value === 'string')
    return entry('hostname')
  if (noun === 'calendar' && member.kind === 'list') return entry('dates')
  return member
}

function knownKeysHint(known: object): string {
  const keys = Object.keys(known)
  return keys.length <= 12 ? `known are ${keys.join(', ')}` : ''
}
