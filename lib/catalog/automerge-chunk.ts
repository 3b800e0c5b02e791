// The bytes of Automerge: changes that are made by hand, so that every node makes the same,
// and what a chunk says before the library takes it. Source: Automerge's binary format
// specification (chunks: magic, checksum, type, length).

import * as Automerge from '@automerge/automerge'
import { contentHash } from '../base/hash.ts'
import type { StampedEntry } from './document.ts'
import { encodeStamped } from './stamped-entry.ts'

/** The map that holds the entries. */
export const ROOT = '_root'
/** The writer of every document's first change. */
const FIRST_ACTOR = '00'
/** The ninth byte of a chunk says what it is. */
const CHUNK_TYPE_AT = 8
const CHUNK_BUNDLE = 3
const CHUNK_MAGIC = [0x85, 0x6f, 0x4a, 0x83]

/** Chunks one after the other: the library takes them together in a fraction of the time. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** The library's name for a writer. */
export function actorHex(actor: string): string {
  return contentHash(actor)
}

/** What every document of this key begins with, on every node. */
export function firstChange(key: string): { bytes: Uint8Array; hash: string } {
  const bytes = Automerge.encodeChange({
    actor: FIRST_ACTOR,
    author: null,
    seq: 1,
    startOp: 1,
    time: 0,
    message: `hocket ${key}`,
    deps: [],
    ops: [],
  })
  return { bytes, hash: Automerge.decodeChange(bytes).hash }
}

/** The change that puts this entry into a document that is new or does not have it: made of its content alone. */
export function copyingChange(entry: StampedEntry, firstHash: string): Uint8Array {
  const value = encodeStamped(entry)
  return Automerge.encodeChange({
    actor: actorHex(`${entry.key}\n${value}`),
    author: null,
    seq: 1,
    startOp: 1,
    time: 0,
    message: null,
    deps: [firstHash],
    ops: [{ action: 'set', obj: ROOT, key: entry.key, value, pred: [] }],
  })
}

/** The library takes bytes that are no chunk at all for the beginning of one that is still to come. */
export function checkChunk(bytes: Uint8Array): void {
  if (!CHUNK_MAGIC.every((byte, at) => bytes[at] === byte)) throw new RangeError('no change begins like this')
}

/** The keys that a change or a bundle of changes touches; throws when it is neither. */
export function keysOfChunk(bytes: Uint8Array): readonly string[] {
  checkChunk(bytes)
  if (bytes[CHUNK_TYPE_AT] === CHUNK_BUNDLE)
    return Automerge.readBundle(bytes).changes.flatMap((change) => change.ops.map((op) => op.key))
  const change = Automerge.decodeChange(bytes)
  // The second four bytes of a chunk are the first of its hash: the library does not compare them.
  const checksum = Array.from(bytes.subarray(4, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (!change.hash.startsWith(checksum)) throw new RangeError('the checksum of a change is wrong')
  return change.ops.map((op) => op.key)
}
