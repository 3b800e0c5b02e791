// Messages on a byte stream: four bytes of length, big-endian, then that many bytes of UTF-8 JSON. A length
// above the bound is refused before a byte of it is kept, on both sides.

import { meshLimits } from '../../lib/base/limits.ts'
import type { JsonValue } from './json.ts'

const headerBytes = 4

/** Null when the value is larger than a frame may be. */
export function encodeFrame(value: JsonValue): Buffer | null {
  const text = JSON.stringify(value)
  const bytes = Buffer.byteLength(text)
  if (bytes > meshLimits.frameBytesMax) return null
  const frame = Buffer.allocUnsafe(headerBytes + bytes)
  frame.writeUInt32BE(bytes, 0)
  frame.write(text, headerBytes, 'utf8')
  return frame
}

export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Takes the bytes of a stream as they come and gives back whole values in order. */
export class FrameReader {
  #chunks: Buffer[] = []
  #bytes = 0
  /** Bytes that must have come before anything can be read. */
  #wantedBytes = headerBytes

  /** Throws FrameError when the bytes are no frames. */
  read(chunk: Uint8Array): JsonValue[] {
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    this.#bytes += chunk.byteLength
    if (this.#bytes < this.#wantedBytes) return []
    const values: JsonValue[] = []
    let rest = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#wantedBytes = headerBytes
    while (rest.length >= headerBytes) {
      const length = rest.readUInt32BE(0)
      if (length > meshLimits.frameBytesMax) {
        throw new FrameError(
          `Cannot read a frame of ${length} bytes, expected at most ${meshLimits.frameBytesMax}`,
        )
      }
      this.#wantedBytes = headerBytes + length
      if (rest.length < this.#wantedBytes) break
      const text = rest.toString('utf8', headerBytes, this.#wantedBytes)
      rest = rest.subarray(this.#wantedBytes)
      this.#wantedBytes = headerBytes
      values.push(parse(text))
    }
    this.#bytes = rest.length
    if (rest.length > 0) this.#chunks.push(rest)
    return values
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new FrameError(`Cannot read a frame of ${text.length} characters: it is not JSON`)
  }
}
