// Finding and repairing what gossip missed. From time to time an agent tells a random peer
// one hash over all its documents; where it differs they compare the hashes of groups,
// then the heads within a group, and who lacks something asks for it by Automerge's sync
// protocol. What a peer has ahead of us is usually on its way already, so we wait a moment
// before we ask. Messages may be lost, doubled or late: every conversation has a deadline,
// after which it is begun afresh.

import { fromBase64, toBase64 } from '../base/base64.ts'
import type { Send } from '../base/effect.ts'
import type { NodeId } from '../base/ids.ts'
import { documentLimits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { DocumentSync } from './document.ts'
import { documentKey, isBelowFloor, parseDocumentKey } from './document-key.ts'
import type { DocumentMessage } from './document-message.ts'
import type { DocumentShelf, OpenDocument } from './document-shelf.ts'
import { PartsReceived, splitSync } from './sync-parts.ts'

type Conversation = {
  readonly key: string
  readonly sync: DocumentSync
  readonly parts: PartsReceived
  /** Until when an answer is awaited. */
  deadlineMs: number
}
/** A document of which a peer had heads that we did not know. */
type Suspect = {
  readonly key: string
  readonly heads: string
  readonly from: NodeId
  readonly dueMs: number
  readonly tries: number
}

export class DocumentExchange {
  readonly #shelf: DocumentShelf
  readonly #random: Random
  readonly #peers = new Map<NodeId, Map<string, Conversation>>()
  readonly #suspects = new Map<string, Suspect>()
  #deferred: { readonly from: NodeId; readonly message: DocumentMessage }[] = []
  #sends: Send<DocumentMessage>[] = []
  #transfers = 0
  #compareAtMs = 0

  constructor(options: { readonly shelf: DocumentShelf; readonly random: Random }) {
    this.#shelf = options.shelf
    this.#random = options.random
  }

  onPeerUp(peer: NodeId): void {
    this.#peers.set(peer, new Map())
    this.#sendDigest(peer)
  }

  onPeerDown(peer: NodeId): void {
    this.#peers.delete(peer)
  }

  onMessage(from: NodeId, message: DocumentMessage, nowMs: number): void {
    switch (message.kind) {
      case 'document-digest':
        if (message.all !== this.#shelf.heads.allHash()) this.#sendGroups(from)
        return
      case 'document-groups':
        this.#compareGroups(from, message)
        return
      case 'document-heads':
        this.#compareHeads(from, message, nowMs)
        return
      case 'document-sync':
        this.#converse(from, message, nowMs)
    }
  }

  /** A peer has this document at these heads: what we lack of it is asked for after a moment. */
  note(from: NodeId, known: { readonly key: string; readonly heads: string }, nowMs: number): void {
    const parsed = parseDocumentKey(known.key)
    if (parsed === null || !this.#isLacking(known)) return
    const { name } = parsed
    const before = this.#suspects.get(name)
    if (before === undefined && this.#suspects.size >= documentLimits.suspects) return
    const graceMs = this.#shelf.isOpen(name) ? documentLimits.gossipGraceMs : 0
    const dueMs = before?.dueMs ?? nowMs + graceMs
    this.#suspects.set(name, { ...known, from, dueMs, tries: before?.tries ?? 0 })
    this.#shelf.want(name)
  }

  onTick(nowMs: number): void {
    for (const conversations of this.#peers.values())
      for (const [name, conversation] of conversations)
        if (nowMs >= conversation.deadlineMs) conversations.delete(name)
    this.#askForSuspects(nowMs)
    if (nowMs < this.#compareAtMs || this.#peers.size === 0) return
    const spread = 0.5 + this.#random.fraction()
    this.#compareAtMs = nowMs + Math.floor(documentLimits.compareEveryMs * spread)
    this.#sendDigest(this.#random.pick([...this.#peers.keys()]))
  }

  /** Documents came into memory: messages that waited for them are looked at. */
  onOpened(nowMs: number): void {
    const deferred = this.#deferred
    this.#deferred = []
    for (const { from, message } of deferred) this.onMessage(from, message, nowMs)
  }

  takeSends(): Send<DocumentMessage>[] {
    const sends = this.#sends
    this.#sends = []
    return sends
  }

  #sendDigest(to: NodeId): void {
    this.#send(to, { kind: 'document-digest', all: this.#shelf.heads.allHash(), floor: this.#shelf.floor })
  }

  #sendGroups(to: NodeId): void {
    const { heads, floor } = this.#shelf
    const groups = [...heads.groups()].map((group) => [group, heads.groupHash(group) ?? ''] as const)
    this.#send(to, { kind: 'document-groups', groups, floor })
  }

  #compareGroups(from: NodeId, message: Extract<DocumentMessage, { kind: 'document-groups' }>): void {
    const { heads, floor } = this.#shelf
    const theirs = new Map(message.groups)
    const differing = [...new Set([...theirs.keys(), ...heads.groups()])]
      .filter((group) => theirs.get(group) !== heads.groupHash(group))
      .filter((group) => !isBelowFloor(group, floor) && !isBelowFloor(group, message.floor))
      // Definitions first, then the newest hours.
      .sort((a, b) => (a.startsWith('runs/') && b.startsWith('runs/') ? (a < b ? 1 : -1) : a < b ? -1 : 1))
    for (const group of differing.slice(0, documentLimits.groupsPerRound)) this.#sendHeads(from, group, false)
  }

  #sendHeads(to: NodeId, group: string, isAnswer: boolean): void {
    const documents = this.#shelf.heads.documentsOf(group)
    const size = documentLimits.headsPerMessage
    for (let at = 0; at === 0 || at < documents.length; at += size)
      this.#send(to, { kind: 'document-heads', group, documents: documents.slice(at, at + size), isAnswer })
  }

  #compareHeads(
    from: NodeId,
    message: Extract<DocumentMessage, { kind: 'document-heads' }>,
    nowMs: number,
  ): void {
    for (const [key, heads] of message.documents) this.note(from, { key, heads }, nowMs)
    if (!message.isAnswer) this.#sendHeads(from, message.group, true)
  }

  /** Whether a peer's document holds something that ours does not. */
  #isLacking(known: { readonly key: string; readonly heads: string }): boolean {
    const parsed = parseDocumentKey(known.key)
    if (parsed === null || !this.#shelf.isAllowed(parsed.name)) return false
    const generation = this.#shelf.generationOf(parsed.name)
    if (generation === undefined || generation < parsed.generation) return true
    if (generation > parsed.generation) return false
    const open = this.#shelf.get(parsed.name)
    if (open !== undefined) return !open.document.hasHeads(known.heads)
    return this.#shelf.heads.headsOf(parsed.name) !== known.heads
  }

  #askForSuspects(nowMs: number): void {
    for (const [name, suspect] of this.#suspects) {
      if (nowMs < suspect.dueMs) continue
      if (!this.#isLacking(suspect) || suspect.tries >= documentLimits.syncTries || this.#peers.size === 0) {
        this.#suspects.delete(name)
        continue
      }
      const isThere = this.#peers.has(suspect.from) && suspect.tries < 2
      const peer = isThere ? suspect.from : this.#random.pick([...this.#peers.keys()])
      if (this.#peers.get(peer)!.size >= documentLimits.syncsAtOnce) continue
      const open = this.#shelf.ensure(suspect.key)
      if (typeof open === 'string') continue
      const dueMs = nowMs + documentLimits.syncTimeoutMs
      this.#suspects.set(name, { ...suspect, dueMs, tries: suspect.tries + 1 })
      this.#continue(peer, this.#conversationWith(peer, open, nowMs), nowMs)
    }
  }

  #conversationWith(peer: NodeId, open: OpenDocument, nowMs: number): Conversation {
    const conversations = this.#peers.get(peer)!
    const key = documentKey(open.name, open.generation)
    const known = conversations.get(open.name)
    if (known?.key === key) return known
    const deadlineMs = nowMs + documentLimits.syncTimeoutMs
    const conversation = { key, sync: open.document.beginSync(), parts: new PartsReceived(), deadlineMs }
    conversations.set(open.name, conversation)
    return conversation
  }

  #converse(from: NodeId, message: Extract<DocumentMessage, { kind: 'document-sync' }>, nowMs: number): void {
    if (!this.#peers.has(from)) return
    const open = this.#shelf.ensure(message.document)
    if (open === 'loading' && this.#deferred.length < documentLimits.deferredMessages)
      this.#deferred.push({ from, message })
    if (open === 'superseded') this.#tellGeneration(from, message.document)
    if (typeof open === 'string') return
    const conversation = this.#conversationWith(from, open, nowMs)
    conversation.deadlineMs = nowMs + documentLimits.syncTimeoutMs
    const data = conversation.parts.add(message)
    if (data === null) return
    const bytes = fromBase64(data)
    const received =
      bytes === null
        ? ({ kind: 'refused', because: 'the message is not base64' } as const)
        : conversation.sync.receive(bytes)
    if (received.kind === 'refused') {
      this.#refuse(from, open, received.because)
      return
    }
    this.#shelf.keep(open, received.added, received.changedKeys)
    this.#continue(from, conversation, nowMs)
  }

  /** Says what there is to say, or ends the conversation and turns to the next document. */
  #continue(peer: NodeId, conversation: Conversation, nowMs: number): void {
    const { name } = parseDocumentKey(conversation.key)!
    const open = this.#shelf.get(name)
    const isCurrent = open !== undefined && documentKey(name, open.generation) === conversation.key
    const message = isCurrent ? conversation.sync.message() : null
    if (message !== null) {
      const parts = splitSync(conversation.key, toBase64(message), this.#transfers++)
      if (parts === null) this.#refuse(peer, open!, `its message of ${message.length} bytes is too long`)
      for (const part of parts ?? []) this.#send(peer, part)
      return
    }
    this.#peers.get(peer)?.delete(name)
    const suspect = this.#suspects.get(name)
    if (suspect !== undefined && !this.#isLacking(suspect)) this.#suspects.delete(name)
    this.#askForSuspects(nowMs)
  }

  #tellGeneration(to: NodeId, theirKey: string): void {
    const { name } = parseDocumentKey(theirKey)!
    const mine = this.#shelf.heads.documentOf(name)
    if (mine !== undefined)
      this.#send(to, {
        kind: 'document-heads',
        group: mine.group,
        documents: [[mine.key, mine.heads]],
        isAnswer: true,
      })
  }

  #refuse(from: NodeId, open: OpenDocument, because: string): void {
    this.#peers.get(from)?.delete(open.name)
    this.#shelf.logs.report({
      level: 'warn',
      text: `Cannot take document "${open.name}" from agent "${from}": ${because}, expected a message of Automerge's sync protocol`,
      facts: { document: open.name, from },
    })
  }

  #send(to: NodeId, message: DocumentMessage): void {
    if (this.#peers.has(to)) this.#sends.push({ kind: 'send', to, message })
  }
}
