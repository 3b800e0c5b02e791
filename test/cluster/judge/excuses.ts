// Why a slot may not have started, or its run not have ended, proven from the log of injected faults alone. There are two
// excuses. Nobody could: at no time long enough was a host that may run the job connected with a majority of the witnesses.
// Or somebody might have claimed it: a fault of such a host began when the claim could have been made, or its run lasted.
import type { Fault, History, JudgedJob } from './history.ts'

/** A claim travels, a process begins, a kill takes hold: all within so long. */
const inFlightMs = 1500
/** Links that are cut together are noted one after the other. */
const atOnceMs = 10

type Claimed = { readonly slotMs: number; readonly host: string | null; readonly faults: readonly Fault[] }

export class Excuses {
  readonly #history: History

  constructor(history: History) {
    this.#history = history
  }

  /** Null when there is none. `host` is where the agents say that it ran, if they do. */
  of(job: JudgedJob, slotMs: number, host: string | null): string | null {
    const faults = this.#faultsFor(slotMs)
    const ofHolder = this.#ofHolder(job, { slotMs, host, faults })
    return ofHolder ?? (host === null ? this.#ofMajority(job, { slotMs, faults }) : null)
  }

  /** After the last fault that was made only what the machine did is an excuse. */
  #faultsFor(slotMs: number): readonly Fault[] {
    const { faults, quietFromMs } = this.#history
    return slotMs >= quietFromMs ? faults.filter(({ kind }) => kind === 'starved') : faults
  }

  /** Of the hosts that may run it, one had just got, or was just running, what a fault then hit. */
  #ofHolder(job: JudgedJob, { slotMs, host, faults }: Claimed): string | null {
    const { claimAheadMs, sessionTtlMs, settleMs } = this.#history
    const hosts = host === null ? job.hosts : [host]
    // Where runs may not overlap, one that vanished holds up the slots behind it until it is declared lost.
    const heldUpMs = job.overlap === 'allow' ? 0 : sessionTtlMs + settleMs
    // Who is known to have got it may have got it late.
    const lateMs = host === null ? 0 : job.startDeadlineMs
    for (const fault of faults) {
      const firstMs = fault.fromMs - job.durationMs - inFlightMs - lateMs
      // Who gets no processor is hit again and again.
      const hitAtMs = fault.kind === 'starved' && host !== null ? fault.toMs : fault.fromMs
      const lastMs = hitAtMs + claimAheadMs + inFlightMs + heldUpMs
      if (slotMs < firstMs || slotMs > lastMs) continue
      const hit = hosts.find((one) => this.#harms(fault, one, faults))
      if (hit !== undefined) return `${describe(fault)} began ${fault.fromMs - slotMs} ms after the slot`
    }
    return null
  }

  /** One link less is no harm to a host that reaches a majority without it. */
  #harms(fault: Fault, host: string, faults: readonly Fault[]): boolean {
    if (fault.kind !== 'lost-link') return touches(fault, host)
    return touches(fault, host) && !this.#isConnected({ hosts: [host] }, fault.fromMs + atOnceMs, faults)
  }

  #ofMajority(job: JudgedJob, { slotMs, faults }: Omit<Claimed, 'host'>): string | null {
    const { claimAheadMs, settleMs, sessionTtlMs } = this.#history
    const fromMs = slotMs - claimAheadMs
    const toMs = slotMs + job.startDeadlineMs
    const held = job.overlap === 'allow' ? 0 : sessionTtlMs
    const edges = faults.flatMap((fault) => [fault.fromMs, fault.toMs])
    const within = edges.filter((atMs) => atMs > fromMs && atMs < toMs)
    let connectedSinceMs = this.#connectedSinceMs(job, fromMs, faults)
    for (const atMs of [...within.toSorted((left, right) => left - right), toMs]) {
      if (connectedSinceMs !== null && atMs - connectedSinceMs > settleMs + held) return null
      if (atMs < toMs && !this.#isConnected(job, atMs, faults)) connectedSinceMs = null
      else connectedSinceMs ??= atMs
    }
    return 'no host that may run it was connected with a majority for long enough'
  }

  /** Since when a majority was in reach without a break at this instant; null when it was not. */
  #connectedSinceMs(job: JudgedJob, atMs: number, faults: readonly Fault[]): number | null {
    if (!this.#isConnected(job, atMs, faults)) return null
    const edges = faults.flatMap((fault) => [fault.fromMs, fault.toMs])
    const before = edges.filter((edgeMs) => edgeMs <= atMs).toSorted((left, right) => right - left)
    let sinceMs = atMs
    for (const edgeMs of before) {
      sinceMs = edgeMs
      if (!this.#isConnected(job, edgeMs - 1, faults)) return sinceMs
    }
    return -Infinity
  }

  #isConnected(job: Pick<JudgedJob, 'hosts'>, atMs: number, faults: readonly Fault[]): boolean {
    const { witnesses } = this.#history
    const now = faults.filter((fault) => fault.fromMs <= atMs && atMs < fault.toMs)
    const isUp = (host: string) => !now.some((fault) => fault.kind !== 'lost-link' && touches(fault, host))
    const isLinked = (a: string, b: string) =>
      !now.some((fault) => fault.kind === 'lost-link' && touches(fault, a) && touches(fault, b))
    const majority = Math.floor(witnesses.length / 2) + 1
    return job.hosts.some((host) => {
      if (!isUp(host)) return false
      const reached = witnesses.filter(
        (witness) => isUp(witness) && (witness === host || isLinked(host, witness)),
      )
      return reached.length >= majority
    })
  }
}

function touches(fault: Fault, host: string): boolean {
  return fault.kind === 'lost-link' ? fault.from === host || fault.to === host : fault.host === host
}

function describe(fault: Fault): string {
  return fault.kind === 'lost-link'
    ? `a cut from ${fault.from} to ${fault.to}`
    : `${fault.host} ${fault.kind}`
}
