// One stream to one peer, opened by the side that dialed the connection and used both ways as long as the
// connection lives. It greets, then carries messages in order. A fault in what comes closes the connection:
// after it nothing on the stream could be trusted to be in order.

import type { Connection, Stream } from '@libp2p/interface'
import { hostOf } from './address.ts'
import { encodeFrame, FrameError, FrameReader } from './frames.ts'
import { nodeId, type NodeId } from '../../lib/base/ids.ts'
import type { JsonValue } from './json.ts'
import { Outbox } from './outbox.ts'
import { parseWireFrame, type Hello, type WireFrame } from './wire.ts'

export type LinkHandler = {
  /** What we say of ourselves; asked when it is said. */
  hello(): Hello
  /** The other side said who it is, and knows us: messages may flow. */
  onUp(link: Link, hello: Hello): void
  onFrame(link: Link, frame: Exclude<WireFrame, Hello | { kind: 'ready' }>): void
  onBytes(link: Link): void
  onClosed(link: Link): void
  onFault(link: Link, text: string): void
}

type State =
  | { readonly kind: 'greeting'; readonly theirs: Hello | null }
  | { readonly kind: 'up' }
  | { readonly kind: 'closed' }

export class Link {
  readonly peer: NodeId
  /** The IP at the other end. */
  readonly host: string
  readonly connection: Connection
  readonly #handler: LinkHandler
  readonly #outbox: Outbox
  readonly #reader = new FrameReader()
  #state: State = { kind: 'greeting', theirs: null }

  constructor(stream: Stream, connection: Connection, handler: LinkHandler) {
    this.peer = nodeId(connection.remotePeer.toString())
    this.host = hostOf(connection.remoteAddr)
    this.connection = connection
    this.#handler = handler
    this.#outbox = new Outbox(stream, (why) => this.close(why))
    stream.addEventListener('drain', () => queueMicrotask(() => this.#outbox.flush()))
    stream.addEventListener('idle', () => queueMicrotask(() => this.#outbox.flush()))
    stream.addEventListener('close', () => this.#closed())
    stream.addEventListener('remoteCloseWrite', () => this.close('the other side closed the stream'))
    stream.addEventListener('message', (event) => this.#received(event.data))
    if (this.dialed) this.#say(handler.hello())
  }

  get dialed(): boolean {
    return this.connection.direction === 'outbound'
  }

  get isUp(): boolean {
    return this.#state.kind === 'up'
  }

  get #isClosed(): boolean {
    return this.#state.kind === 'closed'
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes
  }

  /** False when the link is not up, or its queue is full; `too-large` when no queue would take it. */
  send(frame: WireFrame): boolean | 'too-large' {
    return this.isUp && this.#say(frame)
  }

  flush(): void {
    this.#outbox.flush()
  }

  /** Ends the connection, and with it every stream on it, at once. */
  close(why: string): void {
    if (this.#isClosed) return
    this.connection.abort(new Error(why))
    this.#closed()
  }

  #say(frame: WireFrame): boolean | 'too-large' {
    const bytes = encodeFrame(frame)
    return bytes === null ? 'too-large' : this.#outbox.put(bytes)
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#state = { kind: 'closed' }
    this.#outbox.close()
    this.#handler.onClosed(this)
  }

  #received(data: Uint8Array | Iterable<Uint8Array>): void {
    if (this.#isClosed) return
    this.#handler.onBytes(this)
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      for (const value of this.#read(chunk)) {
        const frame = parseWireFrame(value, this.host)
        if (frame === null) this.#fault('it sent a frame that is none of ours')
        else this.#take(frame)
        if (this.#isClosed) return
      }
    }
  }

  #read(chunk: Uint8Array): JsonValue[] {
    if (this.#isClosed) return []
    try {
      return this.#reader.read(chunk)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#fault(error.message)
      return []
    }
  }

  #take(frame: WireFrame): void {
    if (frame.kind === 'hello') this.#greeted(frame)
    else if (frame.kind === 'ready') this.#readied()
    else if (this.#state.kind === 'up') this.#handler.onFrame(this, frame)
    else this.#fault('it spoke before it had greeted')
  }

  #greeted(theirs: Hello): void {
    if (this.#state.kind !== 'greeting' || this.#state.theirs !== null) {
      this.#fault('it greeted twice')
    } else if (this.dialed) {
      this.#say({ kind: 'ready' })
      this.#up(theirs)
    } else {
      this.#state = { kind: 'greeting', theirs }
      this.#say(this.#handler.hello())
    }
  }

  #readied(): void {
    if (this.#state.kind === 'greeting' && this.#state.theirs !== null) this.#up(this.#state.theirs)
    else this.#fault('it was ready before it had greeted')
  }

  #up(theirs: Hello): void {
    this.#state = { kind: 'up' }
    this.#handler.onUp(this, theirs)
  }

  #fault(text: string): void {
    this.#handler.onFault(this, text)
    this.close(text)
  }
}
