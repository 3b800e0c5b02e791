// A long message of a conversation travels in parts, so that votes on the same connection
// never wait long behind it. Parts of one message carry one transfer number; a part of a
// newer transfer forgets what an older one left unfinished.

import { documentLimits } from '../base/document-limits.ts'
import type { SyncMessage } from './document-message.ts'

/** Null when it is longer than anything that we would take. */
export function splitSync(
  about: Pick<SyncMessage, 'document' | 'conversation' | 'transfer'>,
  data: string,
): SyncMessage[] | null {
  const size = documentLimits.messageLength
  const parts = Math.max(1, Math.ceil(data.length / size))
  if (parts > documentLimits.messageParts) return null
  return Array.from({ length: parts }, (_, part) => ({
    kind: 'document-sync',
    ...about,
    data: data.slice(part * size, (part + 1) * size),
    part,
    parts,
  }))
}

/** What came of the messages of one conversation. */
export class PartsReceived {
  #transfer = -1
  #texts: (string | undefined)[] = []
  #missing = 0

  /** The whole message with its last part, null until then. */
  add(message: SyncMessage): string | null {
    const { data, part, parts, transfer } = message
    if (parts < 1 || parts > documentLimits.messageParts || part < 0 || part >= parts) return null
    if (data.length > documentLimits.messageLength) return null
    if (parts === 1) return data
    if (transfer !== this.#transfer || parts !== this.#texts.length) {
      this.#transfer = transfer
      this.#texts = Array.from({ length: parts })
      this.#missing = parts
    }
    if (this.#texts[part] !== undefined) return null
    this.#texts[part] = data
    this.#missing--
    return this.#missing === 0 ? this.#texts.join('') : null
  }
}
