// The pid files of one simulated host, and what its agents look up and write there. Files outlive processes, agents and
// the loss of power; a guard finds a daemon by them, as the real one does.

import { unreachable } from '../../../lib/base/assert.ts'
import type { Random } from '../../../lib/base/random.ts'
import type { ServiceEffect } from '../../../lib/service/effect.ts'
import type { Identity, PidFileSight, ServiceEvent } from '../../../lib/service/event.ts'
import type { Processes } from './processes.ts'
import type { Timeline } from './timeline.ts'

type File = { readonly pid: number; readonly writtenAtMs: number }

export class Instances {
  readonly #processes: Processes
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #files = new Map<string, File>()

  constructor(options: { processes: Processes; timeline: Timeline; random: Random }) {
    this.#processes = options.processes
    this.#timeline = options.timeline
    this.#random = options.random
    this.#processes.onDaemon = (pidFile, pid) => this.#write(pidFile, pid)
    this.#processes.daemonOf = (pidFile) => this.#files.get(pidFile)?.pid ?? null
  }

  carryOut(effect: ServiceEffect, tell: (event: ServiceEvent) => void): void {
    switch (effect.kind) {
      case 'look-at-instance':
        return this.#soon(() => this.#look(effect, tell))
      case 'write-pid-file':
        return this.#soon(() => this.#write(effect.pidFile ?? effect.instance, effect.pid))
      case 'signal-instance':
        return this.#processes.signalPid(effect.identity, effect.signal)
      case 'ask-health': {
        const { instance, lookId } = effect
        return this.#soon(() => tell({ kind: 'health-answered', instance, lookId, fault: null }))
      }
      case 'ask-output':
        return this.#soon(() => tell({ kind: 'output-told', instance: effect.instance, text: '' }))
      case 'guard-instance':
        return this.#processes.guardDaemon(effect.process, effect.pidFile ?? effect.instance, effect.deadline)
      case 'keep-guard':
        return this.#processes.keepDaemon(effect.process)
      case 'end-guard':
        return this.#timeline.after(effect.afterMs, () => this.#processes.forgetDaemon(effect.process))
      default:
        return unreachable(effect)
    }
  }

  #look(
    { instance, lookId, pidFile, known }: ServiceEffect & { readonly kind: 'look-at-instance' },
    tell: (event: ServiceEvent) => void,
  ): void {
    const isKnownAlive = known !== null && this.#isSame(known)
    const isRebooted = known !== null && !known.start.startsWith(`${this.#processes.machineStart}/`)
    const file = this.#sight(pidFile ?? instance)
    tell({ kind: 'instance-sighted', instance, lookId, file, isKnownAlive, isRebooted })
  }

  #sight(place: string): PidFileSight {
    const file = this.#files.get(place)
    if (file === undefined) return { kind: 'missing' }
    const start = this.#processes.startOf(file.pid)
    const process = start === null ? null : { pid: file.pid, start }
    return { kind: 'content', text: `${file.pid}\n`, isYoung: false, process, isYoungerThanFile: false }
  }

  #isSame({ pid, start }: Identity): boolean {
    return this.#processes.startOf(pid) === start
  }

  #write(place: string, pid: number): void {
    this.#files.set(place, { pid, writtenAtMs: this.#timeline.nowMs })
  }

  #soon(action: () => void): void {
    this.#timeline.after(this.#random.between(1, 6), action)
  }
}
