// Whether the machine lets the agents run at all. A process that could run and waited for a processor for most of the time
// was, for the others, not there: what it did late or not at all is the machine's fault, and the log says when.
import { readFileSync } from 'node:fs'
import type { FaultLog } from './fault-log.ts'
import type { Host } from './host.ts'

const lookEveryMs = 1000
/** An agent needs some hundredths of a processor: who waits for so much of the time is many times slower than it should be. */
const waitingMost = 0.3

type Look = { readonly pid: number; readonly atMs: number; readonly waitedMs: number }

export class StarvationWatch {
  readonly #timer: NodeJS.Timeout
  readonly #last = new Map<string, Look>()

  constructor(hosts: readonly Host[], faults: FaultLog) {
    this.#timer = setInterval(() => {
      for (const host of hosts) this.#look(host, faults)
    }, lookEveryMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look({ name, isUp, pid }: Host, faults: FaultLog): void {
    const waitedMs = isUp ? waitedMsOf(pid) : null
    const before = this.#last.get(name)
    if (waitedMs === null) return void this.#last.delete(name)
    const now = { pid, atMs: Date.now(), waitedMs }
    this.#last.set(name, now)
    if (before?.pid !== pid) return
    const share = (waitedMs - before.waitedMs) / (now.atMs - before.atMs)
    if (share > waitingMost) faults.happened({ kind: 'starved', host: name }, before.atMs, now.atMs)
  }
}

/** The second figure, in nanoseconds: how long the process was ready to run and did not. */
function waitedMsOf(pid: number): number | null {
  try {
    const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return waited === undefined ? null : Number(waited) / 1e6
  } catch {
    return null
  }
}
