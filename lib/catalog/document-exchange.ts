// Finding and repairing what gossip missed. From time to time an agent tells a random peer
// one hash over all its documents; where it differs they compare the hashes of groups,
// then the heads within a group, and who lacks something asks for it by Automerge's sync
// protocol. What a peer has ahead of us is usually on its way already, so we wait a moment
// before we ask. Messages may be lost, doubled or late: what was not repaired is suspected
// again.

import type { Send } from '../base/effect.ts'
import type { NodeId } from '../base/ids.ts'
import { documentLimits } from '../base/document-limits.ts'
import type { Random } from '../base/random.ts'
import { groupOf, isBelowFloor, parseDocumentKey } from './document-key.ts'
import type { DocumentMessage, SyncMessage } from './document-message.ts'
import type { DocumentShelf } from './document-shelf.ts'
import { DocumentTalks, type Complain } from './document-talks.ts'

/** A document of which a peer had heads that we did not know. */
type Suspect = {
  readonly key: string
  readonly heads: string
  readonly from: NodeId
  readonly sinceMs: number
  /** When it is asked for, or asked for again. */
  readonly dueMs: number
  readonly tries: number
  readonly askedOf: NodeId | null
}

export class DocumentExchange {
  readonly #shelf: DocumentShelf
  readonly #random: Random
  readonly #talks: DocumentTalks
  /** Connected peers: since when, and the documents that each is asked for now. */
  readonly #peers = new Map<NodeId, { readonly sinceMs: number; readonly asked: Set<string> }>()
  readonly #suspects = new Map<string, Suspect>()
  /** Of those that nobody brought however often they were asked for: since when, and when that was. */
  readonly #givenUp = new Map<string, { readonly sinceMs: number; readonly atMs: number }>()
  /** Documents that were asked for on the word of another stage, and until when no other peer is. */
  readonly #fetchAgainAtMs = new Map<string, number>()
  #deferred: { readonly from: NodeId; readonly message: SyncMessage }[] = []
  #sends: Send<DocumentMessage>[] = []
  #compareAtMs = 0

  constructor(options: {
    readonly shelf: DocumentShelf
    readonly random: Random
    readonly complain: Complain
  }) {
    const { shelf, random, complain } = options
    this.#shelf = shelf
    this.#random = random
    this.#talks = new DocumentTalks({ shelf, complain, send: (to, message) => this.#send(to, message) })
  }

  onPeerUp(peer: NodeId, nowMs: number): void {
    this.#peers.set(peer, { sinceMs: nowMs, asked: new Set() })
    this.#talks.onPeerUp(peer)
    this.#sendDigest(peer)
  }

  onPeerDown(peer: NodeId): void {
    this.#peers.delete(peer)
    this.#talks.onPeerDown(peer)
  }

  onMessage(from: NodeId, message: DocumentMessage, nowMs: number): void {
    if (!this.#peers.has(from)) return
    switch (message.kind) {
      case 'document-digest':
        if (message.all !== this.#shelf.heads.allHash()) this.#sendGroups(from)
        return
      case 'document-groups':
        this.#compareGroups(from, message)
        return
      case 'document-heads':
        for (const [key, heads] of message.documents) this.note(from, { key, heads }, nowMs)
        if (!message.isAnswer) this.#sendHeads(from, message.group, true)
        this.#askForSuspects(nowMs, documentLimits.suspectsLookedAt)
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
    // What a peer brings with it is not on its way, and may be on no other disk.
    const isNewcomer = nowMs - (this.#peers.get(from)?.sinceMs ?? -Infinity) < documentLimits.gossipGraceMs
    const graceMs = this.#shelf.isOpen(name) && !isNewcomer ? documentLimits.gossipGraceMs : 0
    const sinceMs = this.#sinceWhen(name, nowMs)
    const fresh = { sinceMs, dueMs: nowMs + graceMs, tries: 0, askedOf: null }
    this.#suspects.set(name, { ...(before ?? fresh), ...known, from })
    this.#shelf.want(name)
  }

  /** Peers are known to have more of this document: one is asked, and later one that is not talked to about it yet. */
  fetch(name: string, nowMs: number): void {
    const open = this.#shelf.get(name)
    if (open === undefined || nowMs < (this.#fetchAgainAtMs.get(name) ?? -Infinity)) return
    const peers = [...this.#peers.keys()].filter((peer) => !this.#talks.isTalkedAbout(name, peer))
    if (peers.length === 0) return
    this.#fetchAgainAtMs.set(name, nowMs + documentLimits.fetchAgainMs)
    this.#talks.begin(this.#random.pick(peers), open, nowMs)
  }

  onTick(nowMs: number): void {
    this.#talks.expire(nowMs)
    this.#askForSuspects(nowMs, documentLimits.suspects)
    if (nowMs < this.#compareAtMs || this.#peers.size === 0) return
    const spread = 0.5 + this.#random.fraction()
    this.#compareAtMs = nowMs + Math.floor(documentLimits.compareEveryMs * spread)
    this.#sendDigest(this.#random.pick([...this.#peers.keys()]))
  }

  /** Documents came into memory: messages that waited for them are looked at, and what they lack is asked for. */
  onOpened(nowMs: number): void {
    const deferred = this.#deferred
    this.#deferred = []
    for (const { from, message } of deferred) this.#converse(from, message, nowMs)
    this.#askForSuspects(nowMs, documentLimits.suspectsLookedAt)
  }

  /** Documents of which a peer is known to have more than we do, and since when the oldest of them is. */
  behind(): { readonly documents: number; readonly sinceMs: number | null } {
    const lacking = [...this.#suspects.values()].filter((suspect) => this.#isLacking(suspect))
    const sinceMs = lacking.length === 0 ? null : Math.min(...lacking.map((suspect) => suspect.sinceMs))
    return { documents: lacking.length, sinceMs }
  }

  /** Whether a peer is talked to about the document now. */
  isTalkedAbout(name: string): boolean {
    return this.#talks.isTalkedAbout(name)
  }

  takeSends(): Send<DocumentMessage>[] {
    const sends = this.#sends
    this.#sends = []
    return sends
  }

  #sendDigest(to: NodeId): void {
    this.#send(to, { kind: 'document-digest', all: this.#shelf.heads.allHash() })
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
      .sort(byUrgency)
    for (const group of differing.slice(0, documentLimits.groupsPerRound)) this.#sendHeads(from, group, false)
  }

  #sendHeads(to: NodeId, group: string, isAnswer: boolean): void {
    const documents = this.#shelf.heads.documentsOf(group)
    const size = documentLimits.headsPerMessage
    for (let at = 0; at === 0 || at < documents.length; at += size) {
      // One question is enough to be told everything that the peer has of the group.
      const message = { group, documents: documents.slice(at, at + size), isAnswer: isAnswer || at > 0 }
      this.#send(to, { kind: 'document-heads', ...message })
    }
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

  /** What was given up a moment ago, and is suspected again, was lacking all the time. */
  #sinceWhen(name: string, nowMs: number): number {
    const before = this.#givenUp.get(name)
    this.#givenUp.delete(name)
    return before === undefined || nowMs - before.atMs > documentLimits.givenUpMs ? nowMs : before.sinceMs
  }

  #giveUp(name: string, sinceMs: number, nowMs: number): void {
    for (const [other, { atMs }] of this.#givenUp)
      if (nowMs - atMs > documentLimits.givenUpMs) this.#givenUp.delete(other)
    if (this.#givenUp.size < documentLimits.suspects) this.#givenUp.set(name, { sinceMs, atMs: nowMs })
  }

  #askForSuspects(nowMs: number, lookAtMost: number): void {
    let looked = 0
    for (const [name, suspect] of this.#suspects) {
      if (++looked > lookAtMost) return
      if (nowMs >= suspect.dueMs) this.#ask(name, suspect, nowMs)
    }
  }

  #ask(name: string, suspect: Suspect, nowMs: number): void {
    const { askedOf, tries } = suspect
    if (askedOf !== null) this.#peers.get(askedOf)?.asked.delete(name)
    if (this.#peers.size === 0 || tries >= documentLimits.syncTries || !this.#isLacking(suspect)) {
      this.#suspects.delete(name)
      if (tries >= documentLimits.syncTries) this.#giveUp(name, suspect.sinceMs, nowMs)
      return
    }
    // Who told us has it; later tries go to others, for that one may be gone or be mistaken.
    const isAskable = this.#peers.has(suspect.from) && tries < 2
    const peer = isAskable ? suspect.from : this.#random.pick([...this.#peers.keys()])
    const { asked } = this.#peers.get(peer)!
    if (asked.size >= documentLimits.syncsAtOnce) return
    const open = this.#shelf.ensure(suspect.key)
    if (typeof open === 'string') return
    asked.add(name)
    const dueMs = nowMs + documentLimits.syncTimeoutMs
    this.#suspects.set(name, { ...suspect, dueMs, tries: tries + 1, askedOf: peer })
    this.#talks.begin(peer, open, nowMs)
  }

  #converse(from: NodeId, message: SyncMessage, nowMs: number): void {
    const open = this.#shelf.ensure(message.document)
    if (open === 'loading' && this.#deferred.length < documentLimits.deferredMessages)
      this.#deferred.push({ from, message })
    if (open === 'superseded') this.#tellGeneration(from, message.document)
    if (typeof open === 'string') return
    this.#talks.receive(from, message, { open, nowMs })
    const suspect = this.#suspects.get(open.name)
    if (suspect === undefined || this.#isLacking(suspect)) return
    this.#suspects.delete(open.name)
    if (suspect.askedOf !== null) this.#peers.get(suspect.askedOf)?.asked.delete(open.name)
    this.#askForSuspects(nowMs, documentLimits.suspectsLookedAt)
  }

  #tellGeneration(to: NodeId, theirKey: string): void {
    const { name } = parseDocumentKey(theirKey)!
    const mine = this.#shelf.heads.documentOf(name)
    if (mine === undefined) return
    const documents = [[mine.key, mine.heads]] as const
    this.#send(to, { kind: 'document-heads', group: groupOf(name), documents, isAnswer: true })
  }

  #send(to: NodeId, message: DocumentMessage): void {
    if (this.#peers.has(to)) this.#sends.push({ kind: 'send', to, message })
  }
}

/** Definitions first, then the newest hours. */
function byUrgency(left: string, right: string): number {
  if (left.startsWith('runs/') !== right.startsWith('runs/')) return left.startsWith('runs/') ? 1 : -1
  return left < right ? 1 : -1
}
