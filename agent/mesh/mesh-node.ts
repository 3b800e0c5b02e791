// The working mesh: libp2p's events in, the agent's callbacks out, and a tick of half a second that does what
// no event does (pings, redials, deadlines).

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Stream } from '@libp2p/interface'
import { nodeId, type NodeId } from '../../lib/base/ids.ts'
import { isAddress, withoutPeer } from './address.ts'
import { Dialer } from './dialer.ts'
import { Gossip } from './gossip.ts'
import { GossipMender } from './gossip-mender.ts'
import { Greetings } from './greetings.ts'
import { Heartbeat, tickMs } from './heartbeat.ts'
import type { JsonValue } from './json.ts'
import { Link } from './link.ts'
import type { Mesh, MeshOptions, PeerStatus } from './mesh.ts'
import { PeerBook } from './peer-book.ts'
import type { Stranger } from './protector.ts'
import { Refusals, strangerRefusal, unansweredRefusal, type Refusal } from './refusals.ts'
import { Sessions, type Session } from './sessions.ts'
import type { Transport } from './transport.ts'
import type { Hello, PeerAddresses, WireFrame } from './wire.ts'

const protocol = '/hocket/1'
const streamOpenMs = 5000
const flushMs = 500
/** News of peers is gathered for so long before it is told: a cluster that starts makes much of it. */
const newsAfterMs = 100
/** Own addresses are compared, and gossip's reach is checked, every so many ticks. */
const slowTicks = 4

export type MeshNodeOptions = Omit<MeshOptions, 'announce' | 'listen' | 'privateKey' | 'clusterKey'> & {
  readonly self: NodeId
  readonly announce: readonly string[]
  readonly transport: Transport
}

export class MeshNode implements Mesh {
  readonly nodeId: NodeId
  readonly #options: MeshNodeOptions
  readonly #transport: Transport
  readonly #instance = randomBytes(12).toString('base64url')
  readonly #book: PeerBook
  readonly #sessions = new Sessions()
  readonly #greetings = new Greetings()
  readonly #heartbeat = new Heartbeat(performance.now())
  readonly #refusals: Refusals
  readonly #dialer: Dialer
  readonly #gossip: Gossip
  readonly #mender: GossipMender
  /** Peers that told us something new of themselves, not yet told to the others. */
  readonly #news = new Set<NodeId>()
  #bookChanged = false
  #toldAddresses: readonly string[] = []
  #ticks = 0
  #timer: NodeJS.Timeout | undefined
  #newsTimer: NodeJS.Timeout | undefined
  #closing = false

  constructor(options: MeshNodeOptions) {
    this.nodeId = options.self
    this.#options = options
    this.#transport = options.transport
    this.#book = new PeerBook(options.self)
    this.#refusals = new Refusals((refusal) => {
      if (!this.#closing) options.onRefused(refusal)
    })
    this.#dialer = new Dialer({
      transport: options.transport,
      book: this.#book,
      self: options.self,
      wants: (peer) => this.#sessions.get(peer) === undefined && options.accepts(peer),
      ownAddresses: () => this.#listening(),
      onWrongPeer: (refusal) => this.#refused({ ...refusal, place: refusal.address }),
      onFailed: (peer, error) => options.log.debug({ peer, err: error }, 'dial failed'),
      nowMs: () => performance.now(),
    })
    this.#gossip = new Gossip({
      pubsub: options.transport.services.gossip,
      self: options.self,
      instance: this.#instance,
      handler: {
        accepts: (from) => options.accepts(from),
        onGossip: (origin, message) => {
          if (!this.#closing) options.onGossip(origin, message)
        },
        onFailed: (error) => options.log.warn({ err: error }, 'gossip failed'),
      },
    })
    this.#mender = new GossipMender(this.#gossip)
    this.#transport.addEventListener('connection:open', (event) => this.#connected(event.detail))
    this.#transport.addEventListener('connection:close', (event) => this.#disconnected(event.detail))
  }

  /** Called once, before the transport starts: whoever connects first is answered. */
  async prepare(): Promise<void> {
    await this.#transport.handle(protocol, (stream, connection) => this.#streamCame(stream, connection), {
      maxInboundStreams: 1,
      maxOutboundStreams: 1,
    })
  }

  /** Called once, when the transport has started. */
  begin(): void {
    this.#gossip.begin()
    this.#toldAddresses = this.addresses()
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.learn(this.#options.knownPeers)
    this.#bookChanged = false
  }

  addresses(): readonly string[] {
    return this.#options.announce.length > 0 ? this.#options.announce : this.#listening()
  }

  send(to: NodeId, message: JsonValue): boolean {
    const sent = this.#sessions.get(to)?.link.send({ kind: 'message', body: message }) ?? false
    if (sent === 'too-large')
      this.#options.log.warn({ peer: to }, 'message not sent: larger than a frame may be')
    return sent === true
  }

  gossip(message: JsonValue): boolean {
    return !this.#closing && this.#gossip.publish(message)
  }

  learn(peers: readonly PeerAddresses[]): void {
    const soon: NodeId[] = []
    for (const peer of peers) {
      const addresses = peer.addresses.filter((address) => isAddress(address))
      if (!this.#book.add({ nodeId: peer.nodeId, addresses })) continue
      this.#bookChanged = true
      soon.push(peer.nodeId)
    }
    if (soon.length > 0) this.#dialer.soon(soon)
  }

  forget(peer: NodeId): void {
    const session = this.#sessions.get(peer)
    if (session !== undefined) this.#end(session, 'it was forgotten')
    if (this.#book.forget(peer)) this.#bookChanged = true
    this.#dialer.forget(peer)
    this.#greetings.forget(peer)
    this.#mender.forget(peer)
    this.#news.delete(peer)
  }

  peers(): readonly PeerStatus[] {
    return this.#sessions.list().map((session) => ({
      nodeId: session.nodeId,
      connectedSinceMs: session.connectedSinceMs,
      addresses: this.#book.addresses(session.nodeId),
      queuedBytes: session.link.queuedBytes,
      rttMs: session.rttMs,
    }))
  }

  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    clearInterval(this.#timer)
    clearTimeout(this.#newsTimer)
    this.#dialer.close()
    const deadlineMs = performance.now() + flushMs
    const waiting = (): boolean => this.#sessions.list().some((session) => session.link.queuedBytes > 0)
    while (waiting() && performance.now() < deadlineMs) await sleep(5)
    await this.#transport.stop()
  }

  /** The protector found someone without the cluster key. */
  metStranger(stranger: Stranger): void {
    this.#refused(strangerRefusal(stranger))
  }

  #refused(refusal: Refusal): void {
    this.#refusals.told(refusal, performance.now())
  }

  #listening(): string[] {
    return this.#transport.getMultiaddrs().map(withoutPeer).filter(isAddress)
  }

  #hello(): Hello {
    const peers = this.#book.list().filter((peer) => this.#options.accepts(peer.nodeId))
    const addresses = this.addresses()
    return { kind: 'hello', instance: this.#instance, addresses, peers, hello: this.#options.hello() }
  }

  #connected(connection: Connection): void {
    this.#greetings.opened(connection, performance.now())
    if (connection.direction === 'outbound') void this.#openStream(connection)
  }

  async #openStream(connection: Connection): Promise<void> {
    let stream: Stream
    try {
      stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(streamOpenMs) })
    } catch (error) {
      // Closed by the other side it may be a refusal; given up by us it is none.
      if (connection.status === 'open') this.#greetings.gaveUp(connection)
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#begin(stream, connection)
  }

  #streamCame(stream: Stream, connection: Connection): void {
    if (connection.direction === 'inbound') this.#begin(stream, connection)
    else stream.abort(new Error('The side that dialed opens the stream'))
  }

  #begin(stream: Stream, connection: Connection): void {
    void new Link(stream, connection, {
      hello: () => this.#hello(),
      onUp: (link, hello) => this.#up(link, hello),
      onBytes: (link) => this.#heard(link),
      onFrame: (link, frame) => this.#took(link, frame),
      onClosed: (link) => this.#down(link),
      onFault: (link, text) => this.#options.log.warn({ peer: link.peer }, `connection closed: ${text}`),
    })
  }

  #disconnected(connection: Connection): void {
    const peer = nodeId(connection.remotePeer.toString())
    if (!this.#greetings.closed(connection, peer) || this.#closing) return
    this.#refused(unansweredRefusal(peer, connection.remoteAddr))
  }

  #up(link: Link, hello: Hello): void {
    this.#greetings.greeted(link.connection, link.peer)
    if (this.#closing) return
    if (!this.#options.accepts(link.peer)) {
      link.close('it is not accepted')
      return
    }
    const now = { steadyMs: performance.now(), wallMs: Date.now() }
    const { ended, began } = this.#sessions.linked(link, hello, now)
    this.#learnOwnWord({ nodeId: link.peer, addresses: this.#reachedAt(link, hello.addresses) })
    if (ended !== null) this.#over(ended, 'another process of it connected')
    if (began) {
      this.#options.onPeerUp({
        nodeId: link.peer,
        addresses: this.#book.addresses(link.peer),
        hello: hello.hello,
      })
    }
    this.learn(hello.peers.filter((peer) => this.#options.accepts(peer.nodeId)))
    // Whoever dies a moment after a meeting, and comes back elsewhere, finds only those that it remembers.
    this.#keepBook()
  }

  /** What the peer says, and behind it the address at which we just reached it, if it does not know that one. */
  #reachedAt(link: Link, addresses: readonly string[]): string[] {
    const reached = withoutPeer(link.connection.remoteAddr)
    return link.dialed && isAddress(reached) ? [...new Set([...addresses, reached])] : [...addresses]
  }

  #learnOwnWord(peer: PeerAddresses): void {
    if (!this.#book.replace(peer)) return
    this.#bookChanged = true
    this.#news.add(peer.nodeId)
    this.#newsTimer ??= setTimeout(() => this.#sayMet(), newsAfterMs)
  }

  #heard(link: Link): void {
    const session = this.#sessions.get(link.peer)
    if (session !== undefined) session.heardAtMs = performance.now()
  }

  #took(link: Link, frame: Exclude<WireFrame, Hello | { kind: 'ready' }>): void {
    if (this.#closing) return
    switch (frame.kind) {
      case 'message':
        this.#options.onMessage(link.peer, frame.body)
        break
      case 'ping':
        link.send({ kind: 'pong', n: frame.n })
        break
      case 'pong': {
        const session = this.#sessions.get(link.peer)
        if (session !== undefined) session.rttMs = Math.max(0, performance.now() - frame.n)
        break
      }
      case 'moved':
        this.#learnOwnWord({ nodeId: link.peer, addresses: frame.addresses })
        break
      case 'met':
        this.learn(frame.peers.filter((peer) => this.#options.accepts(peer.nodeId)))
        break
    }
  }

  #down(link: Link): void {
    const session = this.#sessions.unlinked(link)
    if (session !== null) this.#over(session, 'one of its connections closed')
  }

  #end(session: Session, why: string): void {
    if (this.#sessions.unlinked(session.link) !== null) this.#over(session, why)
  }

  /** The session is out of the table already. */
  #over(session: Session, why: string): void {
    for (const link of session.links) link.close(why)
    if (this.#closing) return
    this.#dialer.wentDown(session.nodeId)
    this.#options.log.debug({ peer: session.nodeId, why }, 'peer down')
    this.#options.onPeerDown(session.nodeId)
  }

  #tick(): void {
    const nowMs = performance.now()
    const stoodStillMs = this.#heartbeat.beat(nowMs)
    if (stoodStillMs > 0) {
      this.#sessions.forgive(stoodStillMs)
      this.#greetings.forgive(stoodStillMs)
    }
    for (const connection of this.#greetings.overdue(nowMs))
      connection.abort(new Error('No greeting came in time'))
    for (const session of this.#heartbeat.hung(this.#sessions, nowMs))
      this.#end(session, 'it said nothing for too long')
    for (const session of this.#sessions.list()) {
      if (!this.#options.accepts(session.nodeId)) this.#end(session, 'it is not accepted any more')
    }
    for (const session of this.#heartbeat.duePings(this.#sessions, nowMs)) {
      session.link.send({ kind: 'ping', n: nowMs })
      session.link.flush()
    }
    this.#ticks += 1
    if (this.#ticks % slowTicks === 0) {
      for (const session of this.#mender.deaf(this.#sessions, nowMs)) {
        this.#options.log.warn({ peer: session.nodeId }, 'gossip does not reach the peer: connecting anew')
        this.#end(session, 'gossip did not reach it')
      }
      this.#sayMoved()
    }
    this.#dialer.run()
    this.#keepBook()
  }

  #sayMoved(): void {
    const addresses = this.addresses()
    if (addresses.join() === this.#toldAddresses.join()) return
    this.#toldAddresses = addresses
    for (const session of this.#sessions.list()) session.link.send({ kind: 'moved', addresses })
  }

  #keepBook(): void {
    if (!this.#bookChanged) return
    this.#bookChanged = false
    this.#options.onPeersChanged(this.#book.list())
  }

  #sayMet(): void {
    this.#newsTimer = undefined
    const peers = [...this.#news].map((id) => ({ nodeId: id, addresses: this.#book.addresses(id) }))
    this.#news.clear()
    for (const session of this.#sessions.list()) {
      const others = peers.filter((peer) => peer.nodeId !== session.nodeId)
      if (others.length > 0) session.link.send({ kind: 'met', peers: others })
    }
  }
}
