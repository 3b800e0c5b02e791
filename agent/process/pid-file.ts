// A pid file as it is found, with what can be said of the process that it names; and one written whole, for a program
// that stays in the foreground. Nothing is believed because it stands in a file: the core compares (lib/service).

import { constants } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import type { PidFileSight } from '../../lib/service/event.ts'
import { parsePid } from '../../lib/service/pid-file.ts'
import type { ProcessTable } from './process-table.ts'

/** A writer is not done for so long after it opened the file. */
const youngMs = 1_000
/** A process that began so much later than its file was written did not write it; the clocks of both are coarse. */
export const laterMs = 2_000
const readBytes = 256

export async function sightPidFile(file: string, table: ProcessTable): Promise<PidFileSight> {
  let found: Start
  try {
    found = await readStart(file)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' }
    return { kind: 'unreadable', why: error instanceof Error ? error.message : String(error) }
  }
  const { text, changedAtMs, user } = found
  const pid = parsePid(text)
  const process = pid === null ? null : table.identify(pid)
  if (process !== null && !table.maySpeakFor(process.pid, user))
    return { kind: 'unreadable', why: `it is user ${user}'s, and process ${process.pid} is another one's` }
  const startedAtMs = process === null ? null : table.startedAtMs(process.pid)
  return {
    kind: 'content',
    text,
    isYoung: Date.now() - changedAtMs < youngMs,
    process,
    isYoungerThanFile: startedAtMs !== null && startedAtMs > changedAtMs + laterMs,
  }
}

type Start = { readonly text: string; readonly changedAtMs: number; readonly user: number }

/** Opened without waiting: what lies there may be a pipe that nobody writes to. */
async function readStart(file: string): Promise<Start> {
  const handle = await fs.open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const status = await handle.stat()
    if (!status.isFile()) throw new Error(`it is no file, expected one with the number of a process`)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(readBytes), 0, readBytes, 0)
    const text = buffer.toString('latin1', 0, bytesRead)
    return { text, changedAtMs: status.mtimeMs, user: status.uid }
  } finally {
    await handle.close()
  }
}

export async function writePidFile(file: string, pid: number): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true })
  const unfinished = `${file}.new`
  // In a directory that others may write to, what lies there may lead anywhere.
  await fs.rm(unfinished, { force: true })
  await fs.writeFile(unfinished, `${pid}\n`, { mode: 0o644, flag: 'wx' })
  await fs.rename(unfinished, file)
}
