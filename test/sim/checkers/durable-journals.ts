// What each node's journal says durably: fed by what disks report as synced and by what an agent finds at its start.
// This is what a node may reveal; what it only knows is not in here.

import { unreachable } from '../../../lib/base/assert.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import { recoverLines } from '../../../lib/base/log-lines.ts'
import type { Observers } from '../world/observation.ts'

export type JournalPut = {
  readonly node: NodeId
  readonly diskNo: number
  /** With its prefix cut off. */
  readonly key: string
  /** Undefined: removed. */
  readonly value: unknown
  readonly before: unknown
  /** Written together with the registers of a new epoch, which replace those of the one before. */
  readonly isInstall: boolean
}

type Journal = { diskNo: number; readonly values: Map<string, unknown> }

export class DurableJournals {
  readonly #journals = new Map<NodeId, Journal>()
  #isInstall = false
  readonly #handlers: { readonly prefix: string; readonly handle: (put: JournalPut) => void }[] = []
  /** Every line that was synced: witnesses write the same ones, and agents find them again when they start. */
  readonly #lines = new Map<string, Line>()

  constructor(observers: Observers) {
    observers.on('agent-started', ({ node, diskNo, image }) =>
      this.#found(node, diskNo, image.get('journal') ?? ''),
    )
    observers.on('synced', ({ node, effects }) => {
      for (const effect of effects) {
        if (effect.log !== 'journal') continue
        switch (effect.kind) {
          case 'persist':
            this.#append(node, effect.lines)
            break
          case 'rewrite':
            this.#replace(node, this.#valuesOf(effect.lines))
            break
          case 'remove':
            this.#replace(node, new Map())
            break
          case 'truncate':
            // Cuts off a torn line only, which never counted.
            break
          default:
            unreachable(effect)
        }
      }
    })
  }

  get(node: NodeId, key: string): unknown {
    return this.#journals.get(node)?.values.get(key)
  }

  /** Called for each change of a key with this prefix, in the order of the journal. */
  onPut(prefix: string, handle: (put: JournalPut) => void): void {
    this.#handlers.push({ prefix, handle })
  }

  #found(node: NodeId, diskNo: number, content: string): void {
    const journal = this.#journal(node)
    if (journal.diskNo !== diskNo) journal.values.clear()
    journal.diskNo = diskNo
    const values = this.#valuesOf(content)
    // What was rewritten has lost its order: a witness that is sealed accepted what it did before that.
    const sealed = values.get('sealed')
    if (values.delete('sealed')) values.set('sealed', sealed)
    this.#replace(node, values)
  }

  #replace(node: NodeId, values: ReadonlyMap<string, unknown>): void {
    for (const key of this.#journal(node).values.keys()) if (!values.has(key)) this.#put(node, key, undefined)
    for (const [key, value] of values) this.#put(node, key, value)
  }

  #append(node: NodeId, lines: string): void {
    this.#isInstall = lines.includes('{"k":"installed"')
    for (const record of this.#recordsOf(lines)) this.#put(node, record.k, record.v ?? undefined)
    this.#isInstall = false
  }

  #put(node: NodeId, key: string, value: unknown): void {
    const journal = this.#journal(node)
    const before = journal.values.get(key)
    if (value === undefined) journal.values.delete(key)
    else journal.values.set(key, value)
    for (const { prefix, handle } of this.#handlers)
      if (key.startsWith(prefix))
        handle({
          node,
          diskNo: journal.diskNo,
          key: key.slice(prefix.length),
          value,
          before,
          isInstall: this.#isInstall,
        })
  }

  /** What an agent finds: lines that were never synced whole are proven by their checksums. */
  #valuesOf(content: string): Map<string, unknown> {
    const values = new Map<string, unknown>()
    const isKnown = content.endsWith('\n') && linesOf(content).every((line) => this.#lines.has(line))
    const records = isKnown ? this.#recordsOf(content) : (recoverLines(content).records as Line[])
    // In the order of what was written last: a witness accepts, and is sealed after it.
    for (const { k, v } of records) {
      values.delete(k)
      if (v !== null) values.set(k, v)
    }
    return values
  }

  /** Lines that a core just made: their checksums need no proof. */
  #recordsOf(lines: string): Line[] {
    return linesOf(lines).map((line) => {
      const known = this.#lines.get(line) ?? (JSON.parse(line.slice(9)) as Line)
      this.#lines.set(line, known)
      return known
    })
  }

  #journal(node: NodeId): Journal {
    let journal = this.#journals.get(node)
    if (journal === undefined) {
      journal = { diskNo: 0, values: new Map() }
      this.#journals.set(node, journal)
    }
    return journal
  }
}

type Line = { readonly k: string; readonly v: unknown }

const linesOf = (lines: string): string[] => lines.split('\n').filter((line) => line !== '')
