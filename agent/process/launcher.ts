// The agent's side of its launcher (launcher-child.ts): starts it, hands it runs, hears what
// became of them, and starts another when it dies. Runs outlive it; what it had been given
// and had not started is for the caller to settle (run-record.ts, withdraw).

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { LauncherMessage, LauncherRequest } from './launcher-message.ts'
import { processLimits } from './limits.ts'
import { splitLines } from './split-lines.ts'

export type LauncherOptions = {
  readonly runsDirectory: string
  readonly workerShell: string
  readonly procDirectory: string
  readonly onMessage: (message: LauncherMessage) => void
  /** A launcher is there, and takes runs. */
  readonly onUp: () => void
  /** It is gone, all that it said has been heard, and it will start nothing more. */
  readonly onDown: () => void
}

/** This file's neighbour, as source or as built. */
const childFile = path.join(import.meta.dirname, `launcher-child${path.extname(import.meta.filename)}`)
/** It holds next to nothing: a small heap, and no room for more. */
const nodeFlags = ['--max-old-space-size=64', '--max-semi-space-size=1']

export class Launcher {
  readonly #options: LauncherOptions
  #child: ChildProcessByStdio<Writable, Readable, null> | null = null
  #isUp = false
  #isClosed = false
  #again: NodeJS.Timeout | null = null
  #againMs: number = processLimits.launcherAgainFirstMs
  #onGone: () => void = () => undefined

  constructor(options: LauncherOptions) {
    this.#options = options
    this.#start()
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** The launcher's process, for tests and for whoever looks at the agent's processes. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Hands a run over; call only while isUp. */
  start(request: LauncherRequest): void {
    this.#child?.stdin.write(`${JSON.stringify(request)}\n`)
  }

  /** Another one takes its place. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Lets the launcher go; what it was given and has begun goes on. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#again !== null) clearTimeout(this.#again)
    if (this.#child === null) return
    const gone = new Promise<void>((resolve) => (this.#onGone = resolve))
    this.#child.stdin.end()
    await gone
  }

  #start(): void {
    const { runsDirectory, workerShell, procDirectory, onMessage, onUp } = this.#options
    const words = [...nodeFlags, childFile, runsDirectory, workerShell, procDirectory]
    const startedAtMs = performance.now()
    const child = spawnQuietly(words)
    if (child === null) {
      this.#gone(0)
      return
    }
    this.#child = child
    child.on('spawn', () => {
      this.#isUp = true
      onUp()
    })
    // What cannot be written to it, it has not heard: the end of the launcher settles that.
    child.stdin.on('error', () => undefined)
    child.stdout.on(
      'data',
      splitLines((line) => onMessage(JSON.parse(line) as LauncherMessage)),
    )
    child.on('close', () => this.#gone(performance.now() - startedAtMs))
  }

  #gone(livedMs: number): void {
    this.#child = null
    this.#isUp = false
    this.#onGone()
    this.#options.onDown()
    if (this.#isClosed) return
    const isSettled = livedMs > processLimits.launcherAgainMostMs
    this.#againMs = isSettled
      ? processLimits.launcherAgainFirstMs
      : Math.min(2 * this.#againMs, processLimits.launcherAgainMostMs)
    this.#again = setTimeout(() => this.#start(), this.#againMs)
  }
}

/** Null when the system has no process, memory or descriptor to spare: that may pass. */
function spawnQuietly(words: readonly string[]): ChildProcessByStdio<Writable, Readable, null> | null {
  try {
    const child = spawn(process.execPath, words, {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: '/',
      env: {},
      detached: true,
    })
    child.on('error', () => undefined)
    return child.pid === undefined ? null : child
  } catch {
    return null
  }
}
