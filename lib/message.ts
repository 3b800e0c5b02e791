// All that agents say to each other: the union of what the stages declare, each in a
// message.ts of its own; and whether what came over the wire is any of it.

import { isKind } from './base/check.ts'
import type { DocumentGossip, DocumentMessage } from './catalog/document-message.ts'
import { checksOfClaimMessages, checkDigest } from './claim/check-message.ts'
import type { ClaimGossip, ClaimMessage } from './claim/message.ts'
import { checkHello, type Hello } from './membership/hello.ts'
import { checksOfRunMessages } from './run/check-message.ts'
import type { RunMessage } from './run/message.ts'
import type { OutputMessage } from './run/output.ts'

/** Over the authenticated connection to one peer. */
export type Message = ClaimMessage | DocumentMessage | RunMessage
/** To everyone. */
export type GossipMessage = ClaimGossip | DocumentGossip

const checkMessage = isKind({ ...checksOfClaimMessages, ...checksOfRunMessages })

/** What a peer sent, or why it is nothing that anybody here could understand. */
export type Parsed<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: string }

export function parseMessage(value: unknown): Parsed<Message | OutputMessage> {
  return parsed<Message | OutputMessage>(value, isOfDocuments(value) ? null : checkMessage(value))
}

export function parseGossip(value: unknown): Parsed<GossipMessage> {
  return parsed<GossipMessage>(value, isOfDocuments(value) ? null : checkDigest(value))
}

export function parseHello(value: unknown): Parsed<Hello> {
  return parsed<Hello>(value, checkHello(value))
}

/** They are looked at, and complained of, where they arrive (catalog/documents.ts). */
function isOfDocuments(value: unknown): boolean {
  const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind
  return typeof kind === 'string' && kind.startsWith('document-')
}

/** It was looked at member by member. */
function parsed<Value>(value: unknown, fault: string | null): Parsed<Value> {
  return fault === null ? { ok: true, value: value as Value } : { ok: false, fault }
}
