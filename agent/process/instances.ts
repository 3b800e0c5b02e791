// The instances of services, for the core: what their pid files say, signals to their processes, their health over
// HTTP, and what their guard must know of daemons. Their commands are processes like those of runs (processes.ts).
// Looks wait for the disk and for nothing else: at most a few at a time, and never two at one instance.

import fs from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import { unreachable } from '../../lib/base/assert.ts'
import { escapeFileName } from '../../lib/base/file-name.ts'
import type { ServiceEffect } from '../../lib/service/effect.ts'
import type { ServiceEvent } from '../../lib/service/event.ts'
import { readDaemonRecord, writeDaemonRecord } from './daemon-record.ts'
import { insist } from './insist.ts'
import type { Leases } from './leases.ts'
import { processLimits } from './limits.ts'
import { boundOutput } from './output-bounds.ts'
import { sightPidFile, writePidFile } from './pid-file.ts'
import { ProcessTable } from './process-table.ts'
import { readOutput } from './run-output.ts'
import { noSecrets, type Secrets } from './secrets.ts'
import { runDirectoryName } from './run-record.ts'
import { signalProcess } from './signal-process.ts'

export type InstancesOptions = {
  readonly runsDirectory: string
  readonly leases: Leases
  /** Where the pid files of foreground programs lie that name no place of their own. */
  readonly pidDirectory: string
  readonly onEvent: (event: ServiceEvent) => void
  readonly log: Pick<Logger, 'warn'>
  readonly procDirectory?: string
  readonly secrets?: Secrets
}

type Of<Kind extends ServiceEffect['kind']> = Extract<ServiceEffect, { readonly kind: Kind }>

export class Instances {
  readonly #options: InstancesOptions
  readonly #table: ProcessTable
  /** By instance: the look that waits; begun when there is room. */
  readonly #waiting = new Map<string, Of<'look-at-instance'>>()
  readonly #looking = new Set<string>()
  readonly #ending = new Set<NodeJS.Timeout>()
  #isClosed = false

  constructor(options: InstancesOptions) {
    const { procDirectory = '/proc' } = options
    this.#options = options
    this.#table = new ProcessTable(procDirectory)
  }

  carryOut(effect: ServiceEffect): void {
    switch (effect.kind) {
      case 'look-at-instance':
        this.#waiting.set(effect.instance, effect)
        return this.#lookOn()
      case 'write-pid-file':
        return this.#insist(() => writePidFile(this.#pidFile(effect), effect.pid))
      case 'signal-instance':
        return signalProcess(this.#table, effect.identity, effect)
      case 'ask-health':
        return void this.#askHealth(effect)
      case 'ask-output':
        return this.#insist(() => this.#tellOutput(effect))
      case 'guard-instance':
        return this.#insist(() => this.#guard(effect))
      case 'keep-guard':
        // What its guard has ended, or was told to forget, is not in its hands any more.
        if (readDaemonRecord(this.#directory(effect.process)) !== null)
          this.#options.leases.keep(effect.process)
        return
      case 'end-guard':
        return this.#endGuard(effect)
      default:
        return unreachable(effect)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const timer of this.#ending) clearTimeout(timer)
  }

  #lookOn(): void {
    for (const [instance, look] of this.#waiting) {
      if (this.#looking.size >= processLimits.looksAtOnce) return
      if (this.#looking.has(instance)) continue
      this.#waiting.delete(instance)
      this.#looking.add(instance)
      void this.#look(look).finally(() => {
        this.#looking.delete(instance)
        this.#lookOn()
      })
    }
  }

  async #look(look: Of<'look-at-instance'>): Promise<void> {
    const { instance, lookId, known } = look
    const file = await sightPidFile(this.#pidFile(look), this.#table)
    const isKnownAlive = known !== null && this.#table.isSame(known)
    const isRebooted = known !== null && !this.#table.isOfThisBoot(known)
    this.#tell({ kind: 'instance-sighted', instance, lookId, file, isKnownAlive, isRebooted })
    if (look.start !== null) await this.#boundOutput(look.start)
  }

  /** What stays behind of its start command may write to that command's output for ever. */
  async #boundOutput(start: string): Promise<void> {
    try {
      await boundOutput(this.#directory(start))
    } catch (error) {
      this.#options.log.warn({ err: error }, `Cannot bound the output of "${start}"`)
    }
  }

  async #askHealth({ instance, lookId, url, timeoutMs }: Of<'ask-health'>): Promise<void> {
    let fault: string | null
    try {
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
      await answer.body?.cancel()
      fault = answer.ok ? null : `${url} answered ${answer.status}, expected 200 to 299`
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      fault = `${url} gave no answer: ${cause instanceof Error ? cause.message : String(cause)}`
    }
    this.#tell({ kind: 'health-answered', instance, lookId, fault })
  }

  async #tellOutput({ instance, process }: Of<'ask-output'>): Promise<void> {
    const { runsDirectory, secrets = noSecrets } = this.#options
    const texts = await Promise.all(
      (['stdout', 'stderr'] as const).map(async (stream) => {
        const file = path.join(runsDirectory, runDirectoryName(process, 1), stream)
        const length = await fs.stat(file).then(
          ({ size }) => size,
          () => 0,
        )
        const fromByte = Math.max(0, length - processLimits.outputShownBytes)
        const query = { process, stream, from: { byte: fromByte } }
        const { base64 } = await readOutput(runsDirectory, query, secrets)
        return Buffer.from(base64, 'base64').toString('utf8')
      }),
    )
    this.#tell({ kind: 'output-told', instance, text: texts.join('') })
  }

  /** The record first: a guard that is told of it must find it. */
  async #guard({ process, identity, deadline, ...of }: Of<'guard-instance'>): Promise<void> {
    writeDaemonRecord(this.#directory(process), {
      pidFile: this.#pidFile(of),
      identity,
      sinceMs: identity === null ? Date.now() - processLimits.startedBeforeMs : 0,
      bootId: this.#table.bootId,
    })
    await this.#options.leases.hold(process, { deadline }, null)
  }

  #endGuard({ process, afterMs }: Of<'end-guard'>): void {
    if (afterMs > 0) {
      const timer = setTimeout(() => {
        this.#ending.delete(timer)
        this.#endGuard({ kind: 'end-guard', process, afterMs: 0 })
      }, afterMs)
      this.#ending.add(timer)
      return
    }
    this.#options.leases.forget(process)
    this.#insist(() => fs.rm(this.#directory(process), { recursive: true, force: true }))
  }

  #pidFile({ pidFile, instance }: { readonly pidFile: string | null; readonly instance: string }): string {
    return pidFile ?? path.join(this.#options.pidDirectory, `${escapeFileName(instance)}.pid`)
  }

  #directory(process: string): string {
    return path.join(this.#options.runsDirectory, runDirectoryName(process, 1))
  }

  #tell(event: ServiceEvent): void {
    if (!this.#isClosed) this.#options.onEvent(event)
  }

  #insist(work: () => Promise<void>): void {
    const onFault = (error: unknown) =>
      this.#options.log.warn({ err: error }, 'Cannot look after an instance of a service')
    void insist(work, { onFault, isOver: () => this.#isClosed })
  }
}
