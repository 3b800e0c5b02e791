// What a command has written, byte for byte, readable while it grows. Nothing is decoded:
// what is no text passes unharmed.

import fs from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import { findRunDirectories } from './run-record.ts'

export type OutputPart = {
  readonly stream: 'stdout' | 'stderr'
  readonly fromByte: number
  readonly maxBytes: number
}

/** Empty where there is nothing (yet). */
export async function readOutput(
  runsDirectory: string,
  process: string,
  part: OutputPart,
): Promise<Uint8Array> {
  const [name] = await findRunDirectories(runsDirectory, process)
  if (name === undefined) return new Uint8Array()
  let file: fs.FileHandle
  try {
    file = await fs.open(path.join(runsDirectory, name, part.stream), 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Uint8Array()
    throw error
  }
  try {
    const bytes = new Uint8Array(part.maxBytes)
    const { bytesRead } = await file.read(bytes, 0, part.maxBytes, part.fromByte)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
