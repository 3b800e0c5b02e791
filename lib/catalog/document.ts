// One replicated document: a map from key to immutable text that every node may write and
// all copies of which become equal. Catalog and ledger are made of such documents only.
//
// What makes re-basing and repair simple is the rule of the entries: each carries a
// version, and of all that were ever written under one key the greatest (version, then
// text) stands, whatever history brought it here. A key is written by one node only or its
// content is fixed by the key, so versions order what one writer did; the writer takes
// max(known version + 1, its wall clock), which survives the loss of its own copy.
// Removing an entry is tidying up, not a fact: only what everyone would derive as useless
// from the other entries may be removed, for a copy that was away may bring it back.

/** One write: null removes the entry. */
export type Write = readonly [key: string, value: string | null]

export type StampedEntry = { readonly key: string; readonly version: number; readonly text: string }

export type Applied = {
  /** The keys whose value is another now. */
  readonly changedKeys: readonly string[]
  /** Why some of the changes were not taken; empty when all were. */
  readonly refused: readonly string[]
  /** All that came into force, where a sync had left changes waiting: those are not written down yet. */
  readonly late: readonly Uint8Array[]
}

export type SyncReceived =
  | {
      readonly kind: 'received'
      readonly changedKeys: readonly string[]
      readonly added: readonly Uint8Array[]
    }
  | { readonly kind: 'refused'; readonly because: string }

/** A conversation with one peer about one document; its messages must arrive in order or be begun again. */
export interface DocumentSync {
  /** What to say next; null when there is nothing to say until the peer answers. */
  message(): Uint8Array | null
  receive(message: Uint8Array): SyncReceived
}

export interface ReplicatedDocument {
  /** `name@generation`: changes of one document are refused by every other. */
  readonly key: string
  readonly size: number
  /** Some changes that came wait for others that did not. */
  readonly isMissingChanges: boolean
  get(key: string): string | undefined
  /** What the value says as JSON, to be read only; null where there is none. */
  json(key: string): unknown
  has(key: string): boolean
  keys(): IterableIterator<string>
  entries(): IterableIterator<StampedEntry>
  /** One change with all writes; its bytes are for the log and for gossip. Null when nothing is to be changed. */
  put(writes: readonly Write[], atMs: number): Uint8Array | null
  /**
   * Takes changes in any order, twice, or bundled; what is malformed is refused and changes nothing. That bytes are
   * as they were sent is for the connection and the log to vouch for: a change made up with malice can hang Automerge.
   */
  apply(changes: readonly Uint8Array[]): Applied
  /**
   * Copies the entries that are newer than one's own, each as one change that its content alone determines: two
   * nodes that copy the same entry make the same change. Returns the changes.
   */
  adopt(entries: Iterable<StampedEntry>): readonly Uint8Array[]
  /** Names the history: equal heads mean equal documents. */
  heads(): string
  /** Whether everything under another copy's heads is here. */
  hasHeads(heads: string): boolean
  /** The whole history, compressed. */
  save(): Uint8Array
  beginSync(): DocumentSync
  /** Gives the memory back; the document must not be used afterwards. */
  free(): void
}

export interface DocumentFactory {
  /**
   * A document with nothing but the first change, which is the same everywhere. The actor is any text that no two
   * writers ever share: a process that lost a part of its history must not go on under its old actor.
   */
  begin(key: string, actor: string): ReplicatedDocument
  /** From saved documents and changes in any order; what cannot be read is named and left out. */
  load(
    key: string,
    actor: string,
    saved: readonly Uint8Array[],
  ): { readonly document: ReplicatedDocument; readonly refused: readonly string[] }
}
