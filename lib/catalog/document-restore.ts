// A document that is being read back from its logs. Usually that is one log; after a crash
// in the moment of re-basing there are two, and what only the older generation had is
// copied into the newer.

import { documentLog } from './document-key.ts'
import type { DocumentLogs, SavedDocument } from './document-logs.ts'
import type { DocumentFactory, ReplicatedDocument } from './document.ts'

export type LoadingDocument = {
  readonly kind: 'loading'
  readonly name: string
  /** The newest generation of which there is a log. */
  readonly generation: number
  readonly logsToCome: Set<string>
  readonly saved: SavedDocument[]
  /** Written meanwhile. */
  readonly waiting: Uint8Array[]
  /** The log may still have a torn end, so that nothing may be appended before it was read. */
  readonly isAtStart: boolean
}

/** The keys are those of all generations of which there are logs. */
export function newLoading(
  name: string,
  keys: readonly { readonly key: string; readonly generation: number }[],
  isAtStart: boolean,
): LoadingDocument {
  return {
    kind: 'loading',
    name,
    generation: Math.max(...keys.map(({ generation }) => generation)),
    logsToCome: new Set(keys.map(({ key }) => documentLog(key))),
    saved: [],
    waiting: [],
    isAtStart,
  }
}

/** The document, when all its logs were read; its logs are put in order. */
export function restoreDocument(
  loading: LoadingDocument,
  from: { readonly factory: DocumentFactory; readonly actor: string; readonly logs: DocumentLogs },
): ReplicatedDocument {
  const { logs } = from
  const [newest, ...older] = loading.saved.toSorted((left, right) => right.generation - left.generation)
  const document = read(newest!, from)
  for (const saved of older) {
    const outdated = read(saved, from)
    document.adopt(outdated.entries())
    outdated.free()
  }
  document.apply(loading.waiting)
  if (older.length > 0 || newest!.isDamaged) logs.rewrite(newest!.key, document.save())
  else if (loading.isAtStart) logs.append(newest!.key, loading.waiting)
  for (const saved of older) logs.remove(saved.key)
  return document
}

function read(
  saved: SavedDocument,
  from: { readonly factory: DocumentFactory; readonly actor: string; readonly logs: DocumentLogs },
): ReplicatedDocument {
  const { document, refused } = from.factory.load(saved.key, from.actor, saved.chunks)
  if (refused.length > 0)
    from.logs.report({
      level: 'error',
      text: `Cannot read all of document "${saved.key}": ${refused[0]}; the rest is kept, and what is missing is fetched from other agents`,
      facts: { document: saved.key, refused: refused.length },
    })
  return document
}
