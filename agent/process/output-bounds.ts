// Bounds what a command may leave on the disk: of each stream its head and its tail are kept. The command writes to the
// file itself and outlives everybody, so the file keeps its length, and the middle becomes a hole that takes no space;
// where it lies is written down before it is made. What a command writes within a second goes beyond the bound.

import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from '../../lib/base/error-code.ts'
import type { OutputStream } from '../../lib/run/output.ts'
import { processLimits } from './limits.ts'

/** What is not kept, from the first byte of it to the one behind the last. */
export type Gap = { readonly fromByte: number; readonly toByte: number }

const run = promisify(execFile)
export const outputStreams: readonly OutputStream[] = ['stdout', 'stderr']

/** Null when all is kept. */
export async function readGap(directory: string, stream: OutputStream): Promise<Gap | null> {
  try {
    const text = await fs.readFile(gapFile(directory, stream), 'latin1')
    const found = /^(\d{1,15}) (\d{1,15})\n$/.exec(text)
    return found === null ? null : { fromByte: Number(found[1]), toByte: Number(found[2]) }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Looks how much there is, and makes the hole as large as it must be; false when the file system has no holes. */
export async function boundOutput(directory: string): Promise<boolean> {
  const isDone = await Promise.all(outputStreams.map((stream) => boundStream(directory, stream)))
  return isDone.every(Boolean)
}

async function boundStream(directory: string, stream: OutputStream): Promise<boolean> {
  const { outputHeadBytes: head, outputTailBytes: tail, outputSlackBytes: slack } = processLimits
  const file = path.join(directory, stream)
  const size = await sizeOf(file)
  if (size <= head + tail + slack) return true
  const gap = await readGap(directory, stream)
  // Holes are made of whole blocks of the disk.
  const toByte = Math.floor((size - tail) / 4_096) * 4_096
  if (gap !== null && toByte < gap.toByte + slack) return true
  const noted = `${gapFile(directory, stream)}.new`
  await fs.writeFile(noted, `${head} ${toByte}\n`, { mode: 0o600 })
  await fs.rename(noted, gapFile(directory, stream))
  const from = gap?.toByte ?? head
  try {
    await run('fallocate', ['--punch-hole', '--offset', `${from}`, '--length', `${toByte - from}`, file])
    return true
  } catch {
    // It has no such program, or its file system has no holes: the middle is hidden, and takes space.
    return false
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0
    throw error
  }
}

function gapFile(directory: string, stream: OutputStream): string {
  return path.join(directory, `${stream}.gap`)
}
