// Named append-only logs on a disk: what the core asks to persist is durable before its
// commit resolves. The store only moves bytes. The core makes the lines and their checksums,
// and decides at the start what of a log still holds (lib/base/log-lines.ts).
//
// One commit is one group: any number of changes, one write for each log that they name,
// the syncs beside one another. Commits are carried out one after the other.

import fs from 'node:fs/promises'
import path from 'node:path'
import { storeLimits } from './limits.ts'
import { readLogFileName, logFileNames } from './log-file-name.ts'
import { LogHandles, cutFile, openForWriting, syncAll, syncContent, writeText } from './log-handles.ts'
import { planCommit, type LogPlan, type LogChange } from './log-plan.ts'
import { StoreFailed, storeFailed } from './store-failed.ts'
import { syncDirectory, unfinishedEnding, writeSyncedFile } from './synced-file.ts'

export interface LogStore {
  /** The logs that exist. */
  names(): string[]
  /** A log's whole content, one character for each byte, as it is after all commits so far; '' if there is none. */
  read(log: string): Promise<string>
  lengthBytes(log: string): number
  /** Resolves when all changes are durable. Rejects with StoreFailed; the store is then closed for ever. */
  commit(changes: readonly LogChange[]): Promise<void>
  close(): Promise<void>
}

/** Opens the logs of a directory (made if missing); all that they hold is durable when it resolves. */
export async function openLogStore(directory: string): Promise<LogStore> {
  try {
    return new FileLogStore(directory, await loadLengths(directory))
  } catch (error) {
    throw storeFailed(`open logs in "${directory}"`, error)
  }
}

type LogFile = { lengthBytes: number; isNameDurable: boolean }

class FileLogStore implements LogStore {
  readonly #directory: string
  readonly #files: Map<string, LogFile>
  readonly #handles = new LogHandles(storeLimits.openFiles)
  #queue: Promise<void> = Promise.resolve()
  #failure: StoreFailed | null = null

  constructor(directory: string, lengths: ReadonlyMap<string, number>) {
    this.#directory = directory
    this.#files = new Map(
      [...lengths].map(([log, lengthBytes]) => [log, { lengthBytes, isNameDurable: true }] as const),
    )
  }

  names(): string[] {
    return [...this.#files.keys()]
  }

  lengthBytes(log: string): number {
    return this.#files.get(log)?.lengthBytes ?? 0
  }

  async read(log: string): Promise<string> {
    await this.#queue
    if (!this.#files.has(log)) return ''
    try {
      return await fs.readFile(this.#path(log), 'latin1')
    } catch (error) {
      throw storeFailed(`read log "${log}"`, error)
    }
  }

  commit(changes: readonly LogChange[]): Promise<void> {
    const done = this.#queue.then(() => this.#commitNow(changes))
    // The queue goes on after a failure: each later commit then meets #failure.
    this.#queue = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }

  async close(): Promise<void> {
    this.#queue = this.#queue.then(() => {
      this.#failure ??= new StoreFailed(
        'closed',
        'Cannot write logs: the store is closed, expected an open one',
      )
    })
    await this.#queue
    await this.#handles.closeAll()
  }

  async #commitNow(changes: readonly LogChange[]): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const plans = [...planCommit(changes, (log) => this.lengthBytes(log))]
    try {
      let isDirectoryTouched = false
      for (let i = 0; i < plans.length; i += storeLimits.filesAtOnce) {
        const touched = await allOrFirstError(
          plans.slice(i, i + storeLimits.filesAtOnce).map(([log, plan]) => this.#carryOut(log, plan)),
        )
        isDirectoryTouched ||= touched.includes(true)
        if (this.#files.size > storeLimits.openFiles) await this.#handles.trim()
      }
      if (isDirectoryTouched) {
        await syncDirectory(this.#directory)
        for (const [log] of plans) this.#markNameDurable(log)
      }
    } catch (error) {
      this.#failure ??= error instanceof StoreFailed ? error : storeFailed(`sync "${this.#directory}"`, error)
      throw this.#failure
    }
  }

  /** True when the directory is to be synced too. */
  async #carryOut(log: string, plan: LogPlan): Promise<boolean> {
    try {
      switch (plan.kind) {
        case 'extend':
          return await this.#extend(log, plan)
        case 'replace':
          return await this.#replace(log, plan.text)
        case 'remove':
          return await this.#remove(log)
      }
    } catch (error) {
      throw storeFailed(`write log "${log}"`, error)
    }
  }

  async #extend(log: string, plan: LogPlan & { kind: 'extend' }): Promise<boolean> {
    const known = this.#files.get(log)
    if (known === undefined && plan.text === '') return false
    const file = known ?? { lengthBytes: 0, isNameDurable: false }
    const fd = await this.#open(log, known !== undefined)
    this.#files.set(log, file)
    if (plan.isCut) await cutFile(fd, plan.keepBytes)
    await writeText(fd, plan.text, plan.keepBytes)
    file.lengthBytes = plan.keepBytes + plan.text.length
    if (!plan.isSynced) return false
    // A cut or a new file changes more than what a data sync promises to write.
    await (plan.isCut || !file.isNameDurable ? syncAll(fd) : syncContent(fd))
    return !file.isNameDurable
  }

  async #replace(log: string, text: string): Promise<boolean> {
    await this.#writeName(log)
    const unfinished = `${this.#path(log)}${unfinishedEnding}`
    const fd = await openForWriting(unfinished, 'replace')
    await this.#handles.keep(log, fd)
    await writeText(fd, text, 0)
    await syncAll(fd)
    await fs.rename(unfinished, this.#path(log))
    this.#files.set(log, { lengthBytes: text.length, isNameDurable: false })
    return true
  }

  async #remove(log: string): Promise<boolean> {
    if (!this.#files.delete(log)) return false
    await this.#handles.forget(log)
    await fs.unlink(this.#path(log))
    const { name } = logFileNames(log)
    if (name !== null) await fs.unlink(path.join(this.#directory, name))
    return true
  }

  async #open(log: string, exists: boolean): Promise<number> {
    const open = this.#handles.get(log)
    if (open !== undefined) return open
    if (!exists) await this.#writeName(log)
    const fd = await openForWriting(this.#path(log), exists ? 'existing' : 'create')
    await this.#handles.keep(log, fd)
    return fd
  }

  async #writeName(log: string): Promise<void> {
    const { name } = logFileNames(log)
    if (name !== null && !this.#files.has(log)) await writeSyncedFile(path.join(this.#directory, name), log)
  }

  #markNameDurable(log: string): void {
    const file = this.#files.get(log)
    if (file !== undefined) file.isNameDurable = true
  }

  #path(log: string): string {
    return path.join(this.#directory, logFileNames(log).content)
  }
}

/**
 * The length of every log that the directory holds, with all of it synced: what an agent that was killed had
 * written, but not waited for, must not be read, answered upon, and then be lost by a power cut (claims.md W3).
 */
async function loadLengths(directory: string): Promise<Map<string, number>> {
  await fs.mkdir(directory, { recursive: true, mode: 0o700 })
  const fileNames = await fs.readdir(directory)
  const lengths = new Map<string, number>()
  for (let i = 0; i < fileNames.length; i += storeLimits.filesAtOnce) {
    const group = fileNames.slice(i, i + storeLimits.filesAtOnce)
    await allOrFirstError(group.map((fileName) => loadOne(directory, fileName, fileNames, lengths)))
  }
  await syncDirectory(directory)
  await syncDirectory(path.dirname(directory))
  return lengths
}

async function loadOne(
  directory: string,
  fileName: string,
  fileNames: readonly string[],
  lengths: Map<string, number>,
): Promise<void> {
  const file = path.join(directory, fileName)
  const read = readLogFileName(fileName)
  const isLeftOver =
    fileName.endsWith(unfinishedEnding) || (read.kind === 'name' && !fileNames.includes(read.logFile))
  if (isLeftOver) return fs.unlink(file)
  if (read.kind !== 'log' && read.kind !== 'hashed') return
  const log = read.kind === 'log' ? read.log : await fs.readFile(path.join(directory, read.nameFile), 'utf8')
  const handle = await fs.open(file, 'r+')
  try {
    await handle.sync()
    lengths.set(log, (await handle.stat()).size)
  } finally {
    await handle.close()
  }
}

/** Waits for all of them also when one fails, so that nothing still writes when the caller hears of it. */
async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return settled.map((one) => (one as PromiseFulfilledResult<T>).value)
}
