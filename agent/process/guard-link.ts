// The agent's side of its guard (guard-child.ts): starts it when it is first needed, finds the one that an earlier
// agent left, and tells it what to guard. When it dies another is started and told all of it again; until then the
// agent ends by itself what is due, and starts nothing new that needs a guard. Instants are of the uptime.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import type { Logger } from 'pino'
import { Guard, type GuardOrder } from '../../lib/run/guard.ts'
import type { Deadline } from '../../lib/run/lease.ts'
import { guardSocket, type GuardMessage } from './guard-message.ts'
import { processLimits } from './limits.ts'
import type { RunFamilies } from './run-families.ts'
import { RunEnder } from './run-ender.ts'
import { splitLines } from './split-lines.ts'
import { readUptimeMs } from './uptime.ts'

export type GuardLinkOptions = {
  readonly runsDirectory: string
  readonly procDirectory: string
  readonly families: RunFamilies
  readonly log: Pick<Logger, 'warn'>
}

type Waiter = {
  readonly process: string
  readonly killAtMs: number
  readonly resolve: (isHeld: boolean) => void
}

/** This file's neighbour, as source or as built. */
const childFile = path.join(import.meta.dirname, `guard-child${path.extname(import.meta.filename)}`)
/** It holds next to nothing and computes nothing: a small heap, no room for more, no threads that help. */
const nodeFlags = ['--max-old-space-size=32', '--max-semi-space-size=1', '--v8-pool-size=0']
/** What the kernel takes for the path of a socket, less than Linux and others do. */
const socketPathMax = 100

export class GuardLink {
  readonly #options: GuardLinkOptions
  /** What is to be guarded, as far as its deadline is known here; ends it while there is no guard. */
  readonly #standIn = new Guard()
  readonly #ender: RunEnder
  /** Found after a restart: only an earlier guard knows its deadline. */
  readonly #unknown = new Set<string>()
  #waiters: Waiter[] = []
  #socket: net.Socket | null = null
  #isOpening = false
  #isClosed = false
  #startedAtMs = -Infinity
  #againMs: number = processLimits.guardAgainFirstMs
  #againTimer: NodeJS.Timeout | undefined
  #aloneTimer: NodeJS.Timeout | undefined

  constructor(options: GuardLinkOptions) {
    const { runsDirectory, families, log } = options
    this.#options = options
    this.#ender = new RunEnder({ runsDirectory, families, onFault: (text) => log.warn(text) })
  }

  /** Resolves with true once it will be ended in time whatever happens here; with false when it is forgotten before. */
  hold(process: string, deadline: Deadline): Promise<boolean> {
    this.#unknown.delete(process)
    const { killAtMs } = deadline
    const held = new Promise<boolean>((resolve) => this.#waiters.push({ process, killAtMs, resolve }))
    this.#order({ kind: 'hold', process, deadline })
    this.#open()
    return held
  }

  /** An earlier agent's: it keeps the deadline that its guard has. */
  keep(process: string): void {
    this.#unknown.add(process)
    this.#send({ kind: 'keep', process })
    this.#open()
  }

  extend(processes: readonly string[], deadline: Deadline): void {
    const found = processes.filter((process) => this.#unknown.delete(process))
    for (const process of found) this.#standIn.take({ kind: 'hold', process, deadline })
    // A guard that does not know them yet must not take them for lost.
    if (this.#socket === null || found.length === 0) this.#order({ kind: 'extend', processes, deadline })
    else for (const process of processes) this.#order({ kind: 'hold', process, deadline })
  }

  forget(process: string): void {
    this.#unknown.delete(process)
    this.#ender.forget(process)
    this.#order({ kind: 'forget', process })
    this.#settle((waiter) => waiter.process === process, false)
  }

  /** Lets the guard go on by itself. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#againTimer)
    clearTimeout(this.#aloneTimer)
    this.#settle(() => true, false)
    this.#socket?.destroy()
  }

  #order(order: GuardOrder): void {
    this.#standIn.take(order)
    this.#send(order)
  }

  #send(order: GuardOrder): void {
    this.#socket?.write(`${JSON.stringify(order)}\n`)
  }

  #settle(isMeant: (waiter: Waiter) => boolean, isHeld: boolean): void {
    const settled = this.#waiters.filter((waiter) => isMeant(waiter))
    this.#waiters = this.#waiters.filter((waiter) => !isMeant(waiter))
    for (const { resolve } of settled) resolve(isHeld)
  }

  #hear(message: GuardMessage): void {
    switch (message.kind) {
      case 'held': {
        const { process, deadline } = message
        if (this.#unknown.delete(process)) this.#standIn.take({ kind: 'hold', process, deadline })
        // The word for an earlier order says nothing of this one.
        return this.#settle(
          (waiter) => waiter.process === process && waiter.killAtMs === deadline.killAtMs,
          true,
        )
      }
      case 'ended':
        return this.#options.log.warn(
          { process: message.process },
          `the session ends, and its guard sent ${message.signal}`,
        )
      case 'fault':
        return this.#options.log.warn(message.text)
    }
  }

  #open(): void {
    if (this.#socket !== null || this.#isOpening || this.#isClosed) return
    this.#isOpening = true
    const { path: place, close } = this.#socketPath()
    const socket = net.connect(place)
    let isUp = false
    socket.on('connect', () => {
      isUp = true
      this.#up(socket)
    })
    socket.on(
      'data',
      splitLines((line) => this.#hear(JSON.parse(line) as GuardMessage)),
    )
    // Its end says all there is to say.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      close()
      this.#down(isUp)
    })
  }

  #up(socket: net.Socket): void {
    this.#isOpening = false
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    clearTimeout(this.#aloneTimer)
    this.#socket = socket
    for (const process of this.#standIn.processes()) {
      const deadline = this.#standIn.deadlineOf(process)
      if (deadline !== null) this.#send({ kind: 'hold', process, deadline })
    }
    for (const process of this.#unknown) this.#send({ kind: 'keep', process })
  }

  #down(wasUp: boolean): void {
    this.#socket = null
    this.#isOpening = false
    if (this.#isClosed) return
    if (wasUp) this.#options.log.warn('the guard of leased processes is gone, and another is started')
    if (this.#standIn.size === 0 && this.#unknown.size === 0) return
    this.#watchAlone()
    const sinceMs = performance.now() - this.#startedAtMs
    const isFirst = sinceMs > processLimits.guardAgainMostMs
    this.#againMs = isFirst
      ? processLimits.guardAgainFirstMs
      : Math.min(2 * this.#againMs, processLimits.guardAgainMostMs)
    this.#isOpening = true
    this.#againTimer = setTimeout(() => void this.#startAndOpen(), isFirst ? 0 : this.#againMs)
  }

  async #startAndOpen(): Promise<void> {
    this.#startedAtMs = performance.now()
    try {
      await this.#start()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'Cannot start a guard of leased processes')
    }
    this.#isOpening = false
    this.#open()
  }

  /** Resolves when it listens, or when it found that another does. */
  #start(): Promise<void> {
    const { runsDirectory, procDirectory } = this.#options
    return new Promise((resolve, reject) => {
      const words = [...nodeFlags, childFile, procDirectory, String(processLimits.guardIdleMs)]
      const child = spawn(process.execPath, words, {
        stdio: ['ignore', 'pipe', 'ignore'],
        cwd: runsDirectory,
        env: {},
        detached: true,
      })
      child.on('error', reject)
      child.on('exit', (code) => {
        if (code === 0) resolve()
        else reject(new Error(`it ended with ${code}, expected it to stay`))
      })
      child.stdout.once('data', () => {
        child.stdout.destroy()
        child.unref()
        resolve()
      })
    })
  }

  /** While there is no guard, the agent's own event loop must do. */
  #watchAlone(): void {
    clearTimeout(this.#aloneTimer)
    const nowMs = readUptimeMs(this.#options.procDirectory) ?? Infinity
    for (const ending of this.#standIn.due(nowMs)) {
      if (this.#ender.end(ending) === 'alive') this.#hear({ kind: 'ended', ...ending })
    }
    const waitMs = Math.min(Math.max(this.#standIn.nextAtMs() - nowMs, 1), processLimits.guardLookMs)
    this.#aloneTimer = setTimeout(() => this.#watchAlone(), waitMs)
  }

  /** A long path is too long for a socket: then it is reached by the directory's descriptor. */
  #socketPath(): { readonly path: string; readonly close: () => void } {
    const { runsDirectory } = this.#options
    const place = path.join(runsDirectory, guardSocket)
    if (Buffer.byteLength(place) <= socketPathMax) return { path: place, close: () => undefined }
    const directory = fs.openSync(runsDirectory, 'r')
    return { path: `/proc/self/fd/${directory}/${guardSocket}`, close: () => fs.closeSync(directory) }
  }
}
