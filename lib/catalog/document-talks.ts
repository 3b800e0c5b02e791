// The conversations about single documents, in Automerge's sync protocol. That protocol
// counts on a channel that loses nothing; ours does lose, with a connection at the latest.
// So each conversation has a number: who begins one anew takes a greater one, and the other
// side, on seeing it, forgets what it believed to have told. One that goes on without
// bringing anything is broken off: after a lost message both sides would ask for ever.

import { fromBase64, toBase64 } from '../base/base64.ts'
import type { NodeId } from '../base/ids.ts'
import { documentLimits } from '../base/document-limits.ts'
import type { DocumentSync, ReplicatedDocument } from './document.ts'
import { documentKey } from './document-key.ts'
import type { SyncMessage } from './document-message.ts'
import type { DocumentShelf, OpenDocument } from './document-shelf.ts'
import { PartsReceived, splitSync } from './sync-parts.ts'

/** To the people of this agent, about what a peer sent. */
export type Complain = (of: NodeId, what: string, why: string) => void

type Talk = {
  readonly number: number
  /** Another object after the document was closed and read back, or re-based: then the conversation is void. */
  readonly document: ReplicatedDocument
  readonly sync: DocumentSync
  readonly parts: PartsReceived
  deadlineMs: number
  /** Messages since something new came. */
  idle: number
}
type Peer = { readonly talks: Map<string, Talk>; lastNumber: number }

export class DocumentTalks {
  readonly #shelf: DocumentShelf
  readonly #send: (to: NodeId, message: SyncMessage) => void
  readonly #complain: Complain
  readonly #peers = new Map<NodeId, Peer>()
  /** Those with conversations: few of a thousand. */
  readonly #talking = new Set<Peer>()
  #transfers = 0

  constructor(options: {
    readonly shelf: DocumentShelf
    readonly send: (to: NodeId, message: SyncMessage) => void
    readonly complain: Complain
  }) {
    this.#shelf = options.shelf
    this.#send = options.send
    this.#complain = options.complain
  }

  onPeerUp(peer: NodeId): void {
    this.onPeerDown(peer)
    this.#peers.set(peer, { talks: new Map(), lastNumber: 0 })
  }

  onPeerDown(peer: NodeId): void {
    const known = this.#peers.get(peer)
    if (known !== undefined) this.#talking.delete(known)
    this.#peers.delete(peer)
  }

  /** Begins anew, whatever was said before. */
  begin(peer: NodeId, open: OpenDocument, nowMs: number): void {
    const known = this.#peers.get(peer)
    if (known === undefined) return
    this.#say(peer, open, this.#start(known, open, { number: known.lastNumber + 1, nowMs }))
  }

  /** Takes what a peer says about a document that is in memory, and answers. */
  receive(
    from: NodeId,
    message: SyncMessage,
    at: { readonly open: OpenDocument; readonly nowMs: number },
  ): void {
    const { open, nowMs } = at
    const peer = this.#peers.get(from)
    if (peer === undefined) return
    const number = message.conversation
    peer.lastNumber = Math.max(peer.lastNumber, number)
    const known = talkWith(peer, open)
    if (known !== undefined && number < known.number) return
    const talk = known?.number === number ? known : this.#start(peer, open, { number, nowMs })
    talk.deadlineMs = nowMs + documentLimits.syncTimeoutMs
    const data = talk.parts.add(message)
    if (data === null) return
    const bytes = fromBase64(data)
    const received =
      bytes === null
        ? ({ kind: 'refused', because: 'the message is not base64' } as const)
        : talk.sync.receive(bytes)
    if (received.kind === 'refused') {
      peer.talks.delete(open.name)
      this.#complain(from, `a message about document "${open.name}"`, received.because)
      return
    }
    this.#shelf.keep(open, received.added, received.changedKeys)
    talk.idle = received.added.length > 0 ? 0 : talk.idle + 1
    if (talk.idle > documentLimits.syncIdleMessages) peer.talks.delete(open.name)
    // Keeping may have re-based the document: then the next comparison goes on from there.
    else if (talkWith(peer, this.#shelf.get(open.name)) === talk) this.#say(from, open, talk)
  }

  /** With this peer, or with any. */
  isTalkedAbout(name: string, peer?: NodeId): boolean {
    if (peer !== undefined) return this.#peers.get(peer)?.talks.has(name) === true
    for (const { talks } of this.#talking) if (talks.has(name)) return true
    return false
  }

  /** Forgets conversations whose answer does not come. */
  expire(nowMs: number): void {
    for (const peer of this.#talking) {
      for (const [name, talk] of peer.talks) if (nowMs >= talk.deadlineMs) peer.talks.delete(name)
      if (peer.talks.size === 0) this.#talking.delete(peer)
    }
  }

  #start(peer: Peer, open: OpenDocument, at: { readonly number: number; readonly nowMs: number }): Talk {
    peer.lastNumber = Math.max(peer.lastNumber, at.number)
    const talk: Talk = {
      number: at.number,
      document: open.document,
      sync: open.document.beginSync(),
      parts: new PartsReceived(),
      deadlineMs: at.nowMs + documentLimits.syncTimeoutMs,
      idle: 0,
    }
    peer.talks.delete(open.name)
    peer.talks.set(open.name, talk)
    this.#talking.add(peer)
    if (peer.talks.size > documentLimits.talksPerPeer) {
      const [oldest] = peer.talks.keys()
      peer.talks.delete(oldest!)
    }
    return talk
  }

  #say(to: NodeId, open: OpenDocument, talk: Talk): void {
    const message = talk.sync.message()
    if (message === null) return
    const about = {
      document: documentKey(open.name, open.generation),
      conversation: talk.number,
      transfer: this.#transfers++,
    }
    const parts = splitSync(about, toBase64(message))
    if (parts === null)
      this.#shelf.logs.report({
        level: 'error',
        text: `Cannot send document "${open.name}" to agent "${to}": its history takes ${message.length} bytes, expected what fits into ${documentLimits.messageParts} parts of ${documentLimits.messageLength} characters`,
        facts: { document: open.name, to, bytes: message.length },
      })
    for (const part of parts ?? []) this.#send(to, part)
  }
}

function talkWith(peer: Peer, open: OpenDocument | undefined): Talk | undefined {
  const talk = open === undefined ? undefined : peer.talks.get(open.name)
  return talk?.document === open?.document ? talk : undefined
}
