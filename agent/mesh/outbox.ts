// Puts frames on a stream in order without ever holding more than the bound: what waits is written when the
// stream says that it drained. Frames of one moment go out together, in one write.

import { meshLimits } from '../../lib/base/limits.ts'

/** The part of a libp2p stream that an outbox needs. */
export type Writable = {
  send(bytes: Uint8Array): boolean
  readonly writableNeedsDrain: boolean
  readonly writeBufferLength: number
}

/** Written at once: enough for a few hundred votes, small enough not to hold the event loop. */
const writeBytes = 64 * 1024

export class Outbox {
  readonly #stream: Writable
  readonly #onFailed: (why: string) => void
  #frames: Buffer[] = []
  #first = 0
  #bytes = 0
  #flushing = false
  #scheduled = false
  #closed = false

  constructor(stream: Writable, onFailed: (why: string) => void) {
    this.#stream = stream
    this.#onFailed = onFailed
  }

  /** Bytes that have not been handed to the connection yet. */
  get queuedBytes(): number {
    return this.#bytes + this.#stream.writeBufferLength
  }

  /** False when the queue is full or closed; the frame is then not taken. An empty queue takes any frame. */
  put(frame: Buffer): boolean {
    const queued = this.queuedBytes
    if (this.#closed || (queued > 0 && queued + frame.length > meshLimits.sendQueueBytesMax)) return false
    this.#frames.push(frame)
    this.#bytes += frame.length
    if (!this.#scheduled) {
      this.#scheduled = true
      queueMicrotask(() => {
        this.#scheduled = false
        this.flush()
      })
    }
    return true
  }

  /** Writes as much as the stream takes; called again whenever it drained. */
  flush(): void {
    if (this.#flushing || this.#closed) return
    this.#flushing = true
    try {
      while (
        this.#first < this.#frames.length &&
        !this.#stream.writableNeedsDrain &&
        this.#stream.writeBufferLength === 0
      ) {
        this.#stream.send(this.#nextWrite())
      }
    } catch (error) {
      this.#onFailed(`it could not be written to: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      this.#flushing = false
    }
  }

  close(): void {
    this.#closed = true
    this.#frames = []
    this.#first = 0
    this.#bytes = 0
  }

  #nextWrite(): Buffer {
    const from = this.#first
    let bytes = 0
    while (
      this.#first < this.#frames.length &&
      (bytes === 0 || bytes + this.#frames[this.#first]!.length <= writeBytes)
    ) {
      bytes += this.#frames[this.#first]!.length
      this.#first += 1
    }
    const frames = this.#frames.slice(from, this.#first)
    if (this.#first === this.#frames.length) {
      this.#frames = []
      this.#first = 0
    } else if (this.#first > 1024) {
      this.#frames = this.#frames.slice(this.#first)
      this.#first = 0
    }
    this.#bytes -= bytes
    return frames.length === 1 ? frames[0]! : Buffer.concat(frames, bytes)
  }
}
