// Open files of the logs that were written last. Documents have thousands of logs and a
// process has few descriptors, so those unused for longest are closed after each commit.

import fs from 'node:fs'
import { promisify } from 'node:util'

// The callback functions: half the cost of a FileHandle's methods, and this is the path of every vote.
const openFile = promisify(fs.open)
const closeFile = promisify(fs.close)
const writeFile: (
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
  at: number,
) => Promise<number> = (fd, bytes, offset, length, at) =>
  new Promise((resolve, reject) => {
    fs.write(fd, bytes, offset, length, at, (error, written) => (error ? reject(error) : resolve(written)))
  })

export const syncContent = promisify(fs.fdatasync)
export const syncAll = promisify(fs.fsync)
export const cutFile = promisify(fs.ftruncate)

/** Opens for writing; with `create` the file must not exist. */
export async function openForWriting(file: string, how: 'existing' | 'create' | 'replace'): Promise<number> {
  return openFile(file, { existing: 'r+', create: 'wx', replace: 'w' }[how], 0o600)
}

/** Writes all of the text (one byte for each character) at a place, however small the steps the system takes. */
export async function writeText(fd: number, text: string, atByte: number): Promise<void> {
  const bytes = Buffer.from(text, 'latin1')
  let offset = 0
  while (offset < bytes.length) {
    offset += await writeFile(fd, bytes, offset, bytes.length - offset, atByte + offset)
  }
}

export class LogHandles {
  readonly #openMax: number
  /** In the order of last use: a Map iterates as inserted. */
  readonly #fdOfLog = new Map<string, number>()

  constructor(openMax: number) {
    this.#openMax = openMax
  }

  get(log: string): number | undefined {
    const fd = this.#fdOfLog.get(log)
    if (fd === undefined) return undefined
    this.#fdOfLog.delete(log)
    this.#fdOfLog.set(log, fd)
    return fd
  }

  /** Keeps an open file for a log; one that was kept before is closed. */
  async keep(log: string, fd: number): Promise<void> {
    await this.forget(log)
    this.#fdOfLog.set(log, fd)
  }

  async forget(log: string): Promise<void> {
    const fd = this.#fdOfLog.get(log)
    this.#fdOfLog.delete(log)
    if (fd !== undefined) await closeFile(fd)
  }

  /** Closes what is above the bound; called when no write is under way. */
  async trim(): Promise<void> {
    for (const log of [...this.#fdOfLog.keys()].slice(0, Math.max(0, this.#fdOfLog.size - this.#openMax))) {
      await this.forget(log)
    }
  }

  async closeAll(): Promise<void> {
    for (const log of this.#fdOfLog.keys()) await this.forget(log)
  }
}
