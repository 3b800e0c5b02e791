// What agents say to each other about documents. Gossip carries changes as they are made;
// the direct messages find out what gossip missed, coarse to fine: one hash over all, one
// per group, the heads of a group's documents, and then Automerge's sync protocol for
// those that differ. Bytes are base64, so that every message is plain JSON.

export type DocumentMessage =
  | { readonly kind: 'document-digest'; readonly all: string }
  | {
      readonly kind: 'document-groups'
      readonly groups: readonly (readonly [group: string, hash: string])[]
      readonly floor: string
    }
  | {
      readonly kind: 'document-heads'
      readonly group: string
      readonly documents: readonly (readonly [key: string, heads: string])[]
      /** An answer is not answered. */
      readonly isAnswer: boolean
    }
  | SyncMessage

/** A message of Automerge's sync protocol about one document, or a part of it. */
export type SyncMessage = {
  readonly kind: 'document-sync'
  readonly document: string
  /** Who begins anew takes a greater one. */
  readonly conversation: number
  /** Base64, or its part `part` of `parts`. */
  readonly data: string
  readonly part: number
  readonly parts: number
  /** Equal for the parts of one message. */
  readonly transfer: number
}

/** By gossip; `changes` is empty when they are too large for it: then `heads` tells what there is to be fetched. */
export type DocumentGossip = {
  readonly kind: 'document-changes'
  readonly documents: readonly {
    readonly document: string
    readonly changes: readonly string[]
    readonly heads: string
  }[]
}

/** Null when a value from outside is no such message. */
export function parseDocumentMessage(value: unknown): DocumentMessage | null {
  const message = value as DocumentMessage | null
  switch (message?.kind) {
    case 'document-digest':
      return areTexts([message.all]) ? message : null
    case 'document-groups':
      return arePairs(message.groups) && areTexts([message.floor]) ? message : null
    case 'document-heads':
      return arePairs(message.documents) && areTexts([message.group]) ? message : null
    case 'document-sync':
      return areTexts([message.document, message.data]) &&
        [message.conversation, message.part, message.parts, message.transfer].every(Number.isSafeInteger)
        ? message
        : null
    default:
      return null
  }
}

/** Null when a value from outside is no such gossip. */
export function parseDocumentGossip(value: unknown): DocumentGossip | null {
  const gossip = value as DocumentGossip | null
  if (gossip?.kind !== 'document-changes' || !Array.isArray(gossip.documents)) return null
  const isSound = (gossip.documents as readonly (DocumentGossip['documents'][number] | null)[]).every(
    (item) =>
      item !== null &&
      areTexts([item.document, item.heads]) &&
      Array.isArray(item.changes) &&
      areTexts(item.changes),
  )
  return isSound ? gossip : null
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string')
}

function arePairs(values: unknown): boolean {
  return (
    Array.isArray(values) &&
    values.every((pair) => Array.isArray(pair) && pair.length === 2 && areTexts(pair as unknown[]))
  )
}
