// The watched directory of config files: what lies in it becomes events, once per content. A file is read when it
// was left alone for a moment, so that no half-written one is taken; hidden files and editors' temporaries never are.
// A file that is gone is told as removed, but never when the directory itself or all its files went at once: that is
// an unmounted disk or a bad deployment more often than it is a wish. The system's notices make it quick, a slow
// poll makes it certain. What a file means is the core's business.

import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import { watch, type FSWatcher, type Stats } from 'node:fs'
import path from 'node:path'
import type { Logger } from 'pino'
import { definitionLimits } from '../../lib/base/limits.ts'
import { categoryOfFileName } from '../../lib/definition/parse-category.ts'

export type ConfigDirectoryOptions = {
  readonly directory: string
  readonly onDropped: (file: {
    readonly fileName: string
    readonly text: string
    /** It lay there when the watching began. */
    readonly isStartup: boolean
  }) => void
  readonly onRemoved: (fileName: string) => void
  readonly log: Logger
  /** How long a file must lie unchanged before it is read, and how often to look when nothing was noticed. */
  readonly quietMs?: number
  readonly pollMs?: number
}

type SeenFile = {
  /** Changes with every write. */
  signature: string
  unchangedSinceMs: number
  missingSinceMs: number | null
  /** The directory in which it was seen: another may come under the same name. */
  directoryIdentity: string
  readonly isStartup: boolean
  /** The signature that was read last, or could not be read. */
  readSignature: string | null
  failedSignature: string | null
  /** A digest of the text that was told last. */
  toldDigest: string | null
}

/** Several notices come for one write. */
const noticeMs = 20

export class ConfigDirectory {
  readonly #options: ConfigDirectoryOptions
  readonly #quietMs: number
  readonly #pollMs: number
  readonly #seen = new Map<string, SeenFile>()
  /** Told once, until it is otherwise. */
  readonly #complaints = new Set<string>()
  #watcher: FSWatcher | null = null
  #identity = ''
  #timer: NodeJS.Timeout | undefined
  #timerAtMs = Infinity
  #scanning: Promise<void> | null = null
  #isFirstScan = true
  #isClosed = false

  /** Throws one clear line when there is no such directory; resolves when all that lies in it was told. */
  static async open(options: ConfigDirectoryOptions): Promise<ConfigDirectory> {
    const stats = await statIfThere(options.directory)
    if (stats?.isDirectory() !== true) {
      const what = stats === null ? 'there is no such directory' : 'it is not a directory'
      throw new Error(
        `Cannot watch config directory "${options.directory}": ${what}, expected a directory (make one with: mkdir -p ${options.directory})`,
      )
    }
    const directory = new ConfigDirectory(options)
    await directory.#scan()
    return directory
  }

  private constructor(options: ConfigDirectoryOptions) {
    this.#options = options
    this.#quietMs = options.quietMs ?? 200
    this.#pollMs = options.pollMs ?? 2000
  }

  /** Nothing is told after it. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#watcher?.close()
    await this.#scanning
  }

  async #scan(): Promise<void> {
    this.#scanning = this.#look()
    try {
      await this.#scanning
    } finally {
      this.#scanning = null
      this.#isFirstScan = false
      const isUnsettled = [...this.#seen.values()].some((file) => this.#isUnsettled(file))
      this.#scanIn(isUnsettled ? this.#quietMs : this.#pollMs)
    }
  }

  /** The earliest wish wins. */
  #scanIn(ms: number): void {
    const atMs = performance.now() + ms
    if (this.#isClosed || atMs >= this.#timerAtMs) return
    clearTimeout(this.#timer)
    this.#timerAtMs = atMs
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Infinity
      if (this.#scanning !== null) this.#scanIn(noticeMs)
      else
        this.#scan().catch((error: unknown) =>
          this.#complain('scan', 'the config directory cannot be read', error),
        )
    }, ms)
  }

  #isUnsettled(file: SeenFile): boolean {
    if (file.missingSinceMs !== null) return performance.now() - file.missingSinceMs < 2 * this.#quietMs
    return file.signature !== file.readSignature && file.signature !== file.failedSignature
  }

  async #look(): Promise<void> {
    const present = await this.#list()
    if (present === null) return
    for (const [fileName, stats] of present) {
      this.#note(fileName, stats)
      if (this.#isReadable(fileName, stats)) await this.#read(fileName)
    }
    this.#noteMissing(present)
  }

  /** The config files that are there; null when the directory itself is not. */
  async #list(): Promise<Map<string, Stats> | null> {
    const { directory } = this.#options
    try {
      const stats = await fs.stat(directory)
      this.#watch(`${stats.dev}:${stats.ino}`)
      const present = new Map<string, Stats>()
      for (const fileName of (await fs.readdir(directory)).toSorted()) {
        const fileStats = await statIfThere(path.join(directory, fileName))
        if (fileStats?.isFile() === true && this.#isConfigFile(fileName)) present.set(fileName, fileStats)
      }
      this.#complaints.delete(directory)
      return present
    } catch (error) {
      this.#complain(
        directory,
        'the config directory cannot be read: its definitions stay as they are',
        error,
      )
      return null
    }
  }

  #isConfigFile(fileName: string): boolean {
    const meaning = categoryOfFileName(fileName)
    if ('category' in meaning) return true
    const isExpected = fileName.startsWith('.') || meaning.ignored.includes('temporary')
    if (!isExpected) this.#complain(fileName, `passed over config file "${fileName}": ${meaning.ignored}`)
    return false
  }

  #note(fileName: string, stats: Stats): void {
    const signature = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`
    const seen = this.#seen.get(fileName)
    if (seen === undefined) {
      this.#seen.set(fileName, {
        signature,
        unchangedSinceMs: performance.now(),
        missingSinceMs: null,
        directoryIdentity: this.#identity,
        isStartup: this.#isFirstScan,
        readSignature: null,
        failedSignature: null,
        toldDigest: null,
      })
      return
    }
    seen.missingSinceMs = null
    seen.directoryIdentity = this.#identity
    if (seen.signature === signature) return
    seen.signature = signature
    seen.unchangedSinceMs = performance.now()
  }

  #isReadable(fileName: string, stats: Stats): boolean {
    const seen = this.#seen.get(fileName)
    if (seen === undefined || seen.signature === seen.readSignature) return false
    // What lay there before we came was not touched a moment ago.
    const ageMs = this.#isFirstScan ? Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) : 0
    return Math.max(ageMs, performance.now() - seen.unchangedSinceMs) >= this.#quietMs
  }

  async #read(fileName: string): Promise<void> {
    const seen = this.#seen.get(fileName)
    const file = path.join(this.#options.directory, fileName)
    if (seen === undefined) return
    const { signature } = seen
    try {
      const bytes = await readBounded(file)
      this.#note(fileName, await fs.stat(file))
      if (seen.signature !== signature) return
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      seen.readSignature = signature
      this.#complaints.delete(fileName)
      const digest = createHash('sha256').update(bytes).digest('hex')
      if (digest === seen.toldDigest || this.#isClosed) return
      const isStartup = seen.isStartup && seen.toldDigest === null
      seen.toldDigest = digest
      this.#options.onDropped({ fileName, text, isStartup })
    } catch (error) {
      seen.failedSignature = signature
      this.#complain(
        fileName,
        `config file "${fileName}" cannot be read: its definitions stay as they are`,
        error,
      )
    }
  }

  #noteMissing(present: ReadonlyMap<string, Stats>): void {
    const missing = [...this.#seen].filter(([fileName]) => !present.has(fileName))
    const isAll =
      missing.length === this.#seen.size &&
      (missing.length > 1 || missing.some(([, seen]) => seen.directoryIdentity !== this.#identity))
    for (const [fileName, seen] of missing) {
      seen.missingSinceMs ??= performance.now()
      if (isAll || performance.now() - seen.missingSinceMs < this.#quietMs || this.#isClosed) continue
      this.#seen.delete(fileName)
      if (seen.toldDigest !== null) this.#options.onRemoved(fileName)
    }
    const what = `the config directory is empty all at once: its ${missing.length} definitions files stay in force`
    if (isAll) this.#complain('all', what)
    else this.#complaints.delete('all')
  }

  /** A directory that was replaced by another needs a new watcher. */
  #watch(identity: string): void {
    if (this.#identity === identity || this.#isClosed) return
    this.#identity = identity
    this.#watcher?.close()
    try {
      this.#watcher = watch(this.#options.directory, () => this.#scanIn(noticeMs))
      this.#watcher.on('error', (error) => this.#onWatchFailed(error))
    } catch (error) {
      this.#onWatchFailed(error)
    }
  }

  #onWatchFailed(error: unknown): void {
    this.#watcher?.close()
    this.#watcher = null
    this.#options.log.debug({ err: error }, 'config directory is polled only')
  }

  #complain(about: string, text: string, error?: unknown): void {
    if (this.#complaints.has(about) || this.#isClosed) return
    this.#complaints.add(about)
    this.#options.log.warn(error === undefined ? {} : { err: error }, text)
  }
}

async function readBounded(file: string): Promise<Uint8Array> {
  const { size } = await fs.stat(file)
  // A character is four bytes at most.
  const bytesMax = 4 * definitionLimits.textLength
  if (size > bytesMax) throw new Error(`it has ${size} bytes, expected ${bytesMax} at most`)
  return fs.readFile(file)
}

async function statIfThere(file: string): Promise<Stats | null> {
  try {
    return await fs.stat(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null
    throw error
  }
}
