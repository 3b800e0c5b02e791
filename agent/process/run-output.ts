// What a command has written, byte for byte, readable while it grows. Nothing is decoded: what is no text passes
// unharmed.

import fs from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import type { OutputPart, OutputQuery } from '../../lib/run/output.ts'
import { processLimits } from './limits.ts'
import { outputStreams, readGap, type Gap } from './output-bounds.ts'
import { findRunDirectories } from './run-record.ts'
import { maskSecrets, overlapBytes, type Secrets } from './secrets.ts'

type Found = Omit<OutputPart, 'isRunning'>
const nothing: Found = { fromByte: 0, base64: '', writtenBytes: 0 }

/** Empty where there is nothing (yet). */
export async function readOutput(
  runsDirectory: string,
  query: OutputQuery,
  secrets: Secrets,
): Promise<Found> {
  const [name] = await findRunDirectories(runsDirectory, query.process)
  if (name === undefined) return nothing
  const directory = path.join(runsDirectory, name)
  return (
    (await withFile(path.join(directory, query.stream), (file) =>
      readPart(file, { directory, secrets }, query),
    )) ?? nothing
  )
}

type Place = { readonly directory: string; readonly secrets: Secrets }

async function readPart(file: fs.FileHandle, place: Place, query: OutputQuery): Promise<Found> {
  const { directory, secrets } = place
  const { size: writtenBytes } = await file.stat()
  const wanted =
    'byte' in query.from ? query.from.byte : await startOfLines(file, { ...query.from, writtenBytes })
  const gap = await readGap(directory, query.stream)
  const fromByte = afterGap(wanted, gap)
  const end = gap !== null && fromByte < gap.fromByte ? gap.fromByte : writtenBytes
  const length = Math.min(end - fromByte, processLimits.outputPartBytes)
  const bytes = await readMasked(file, { fromByte, length }, secrets)
  // What was read may have become a hole meanwhile.
  const later = await readGap(directory, query.stream)
  const isWhole = later === null || fromByte + bytes.length <= later.fromByte || fromByte >= later.toByte
  if (!isWhole) return readPart(file, place, { ...query, from: { byte: fromByte } })
  return { fromByte, base64: bytes.toString('base64'), writtenBytes }
}

function afterGap(byte: number, gap: Gap | null): number {
  return gap !== null && byte >= gap.fromByte && byte < gap.toByte ? gap.toByte : byte
}

/** Looks back for so many ends of lines, as far as one part reaches. */
async function startOfLines(
  file: fs.FileHandle,
  { lastLines, writtenBytes }: { readonly lastLines: number; readonly writtenBytes: number },
): Promise<number> {
  const fromByte = Math.max(0, writtenBytes - processLimits.outputTailLookBytes)
  const bytes = await read(file, fromByte, writtenBytes - fromByte)
  // The end of the last line begins no other.
  let at = bytes.length - 1
  for (let lines = 0; lines < lastLines; lines++) {
    at = at <= 0 ? -1 : bytes.lastIndexOf(0x0a, at - 1)
    if (at < 0) return fromByte
  }
  return fromByte + at + 1
}

/** The last lines of what it said of its failure, or wrote at all, for people: no longer bytes, but text. */
export async function readLastLines(directory: string, secrets: Secrets): Promise<string> {
  for (const stream of outputStreams.toReversed()) {
    const text = await withFile(path.join(directory, stream), async (file) => {
      const { size } = await file.stat()
      const fromByte = Math.max(0, size - processLimits.lastLinesBytes)
      return lastLinesOf(await readMasked(file, { fromByte, length: size - fromByte }, secrets), fromByte > 0)
    })
    if (text !== null && text !== '') return text
  }
  return ''
}

/** Whole lines, save for one that is longer than all that is kept. */
function lastLinesOf(bytes: Buffer, isCut: boolean): string {
  const text = bytes.toString('utf8').trimEnd()
  const lines = text.split('\n')
  const whole = isCut && lines.length > 1 ? lines.slice(1) : lines
  return whole.slice(-processLimits.lastLines).join('\n')
}

/** What lies around it is looked at too: a secret may begin before it, and end behind it. */
async function readMasked(
  file: fs.FileHandle,
  { fromByte, length }: { readonly fromByte: number; readonly length: number },
  secrets: Secrets,
): Promise<Buffer> {
  const around = overlapBytes(secrets)
  const firstByte = Math.max(0, fromByte - around)
  const before = fromByte - firstByte
  const bytes = await read(file, firstByte, before + Math.max(0, length) + around)
  const isEnd = bytes.length < before + length + around
  return maskSecrets(bytes, secrets, isEnd).subarray(before, before + Math.max(0, length))
}

async function read(file: fs.FileHandle, fromByte: number, maxBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, maxBytes))
  const { bytesRead } = await file.read(bytes, 0, bytes.length, fromByte)
  return bytes.subarray(0, bytesRead)
}

/** Null where there is no such file. */
async function withFile<Value>(
  place: string,
  use: (file: fs.FileHandle) => Promise<Value>,
): Promise<Value | null> {
  let file: fs.FileHandle
  try {
    file = await fs.open(place, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}
