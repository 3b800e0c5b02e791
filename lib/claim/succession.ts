// How one set of witnesses hands over to the next: any change, in one step, out of service
// for about a second, never unsafe. Every step may be repeated by anyone, so whoever
// finds a hand-over unfinished carries it on.
//
// C1  The successor's register of epoch e decides who votes in e+1: the first one stays.
// C2  A majority of e is sealed: it refuses everything of e from then on, and gives its
//     registers and kill marks. Whatever a majority of e ever accepted, some sealed member
//     holds; nothing can be accepted any more that the sealed majority does not know.
// C3  Per register the value with the highest accepted ballot goes on; promises are
//     dropped, since every ballot of e+1 is higher; kill marks are united, as carried.
// C4  The members of e+1 are installed, each once. When a majority is, e+1 votes.
//     Two installers that merged different majorities may install different values that no
//     majority had accepted: just as if those members had accepted them, and the highest
//     ballot wins at the next vote, as ever.

import type { NodeId, StorageId } from '../base/ids.ts'
import { voteLimits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import { isHigher } from './ballot.ts'
import { isRecovered, majorityOf, type Configuration } from './configuration.ts'
import type { AcceptedRegister, ClaimMessage, Installed, KilledSession, Sealed } from './message.ts'
import { recoveredRegister } from './register-moves.ts'
import { pagesAtOnce, pagesOf } from './message-size.ts'

export type SuccessionTimer = { readonly kind: 'succession'; readonly epoch: number }

export type SuccessionHost = {
  readonly random: Random
  send(to: NodeId, message: ClaimMessage): void
  setTimer(atMs: number, timer: SuccessionTimer): void
  /** A majority of the next witnesses is installed: they vote from now on. */
  succeeded(next: Configuration): void
}

type HandOver = {
  readonly next: Configuration
  /** Pages of its last answer, by sealed witness. */
  readonly sealed: Map<StorageId, Sealed[]>
  readonly installed: Set<StorageId>
  /** Made once, when a majority is sealed: all pages of one transfer are of one merge. */
  merged: Merged | null
  /** The page that is sent next. */
  nextPage: number
  readonly transfer: string
  readonly begunAtMs: number
}

type Merged = {
  readonly pages: readonly (readonly AcceptedRegister[])[]
  readonly killed: readonly KilledSession[]
  readonly promisedMs: number
}

export class Succession {
  readonly #host: SuccessionHost
  #handOver: HandOver | null = null

  constructor(host: SuccessionHost) {
    this.#host = host
  }

  /** Whether a hand-over to a later epoch than this is under way. */
  isUnderWayAfter(epoch: number): boolean {
    return this.#handOver !== null && this.#handOver.next.epoch > epoch
  }

  /** Carries the hand-over to these witnesses on, from wherever it stands. */
  carryOn(next: Configuration, nowMs: number): void {
    if (this.#handOver !== null && this.#handOver.next.epoch >= next.epoch) return
    this.#handOver = {
      next,
      sealed: new Map(),
      installed: new Set(),
      merged: null,
      nextPage: 0,
      transfer: this.#host.random.hex16(),
      begunAtMs: nowMs,
    }
    this.#push(nowMs)
  }

  /** A later epoch than the one we hand over to votes: there is nothing left to do. */
  configured(epoch: number): void {
    if (this.#handOver !== null && this.#handOver.next.epoch < epoch) this.#handOver = null
  }

  onSealed(answer: Sealed): void {
    const handOver = this.#handOver
    if (handOver === null) return
    const isOfEpoch = isRecovered(handOver.next)
      ? answer.epoch < handOver.next.epoch
      : answer.epoch === handOver.next.epoch - 1
    if (!isOfEpoch || !handOver.next.previous.some((member) => member.storageId === answer.storageId)) return
    const known = handOver.sealed.get(answer.storageId) ?? []
    const pages = known.filter((page) => page.transfer === answer.transfer && page.page !== answer.page)
    pages.push(answer)
    handOver.sealed.set(answer.storageId, pages)
    // The rest of what it holds is asked for as soon as a part is there, once for each part.
    const isNew = pages.length > known.length || known[0]?.transfer !== answer.transfer
    if (isNew && !isWhole(pages) && pages.length % voteLimits.pagesAtOnce === 0)
      this.#askFor(answer.storageId, handOver)
    // A recovery has no majority to wait for: it waits a while for all that is left.
    if (handOver.merged !== null || isRecovered(handOver.next) || !isSealed(handOver)) return
    handOver.merged = merge(handOver)
    this.#install(handOver, handOver.merged)
  }

  onInstalled(answer: Installed): void {
    const handOver = this.#handOver
    if (handOver === null || answer.epoch !== handOver.next.epoch) return
    if (!handOver.next.members.some((member) => member.storageId === answer.storageId)) return
    handOver.installed.add(answer.storageId)
    if (handOver.installed.size >= majorityOf(handOver.next)) this.#host.succeeded(handOver.next)
    if (handOver.installed.size === handOver.next.members.length) this.#handOver = null
  }

  onTimer(timer: SuccessionTimer, nowMs: number): void {
    if (this.#handOver?.next.epoch === timer.epoch) this.#push(nowMs)
  }

  /** Asks again whoever has not answered; all of it may be asked twice. */
  #push(nowMs: number): void {
    const handOver = this.#handOver!
    const { next, sealed } = handOver
    for (const { storageId } of next.previous)
      if (!isWhole(sealed.get(storageId))) this.#askFor(storageId, handOver)
    // Who has begun to tell what it holds is waited for longer.
    const isAnswering = [...sealed.values()].some((pages) => !isWhole(pages))
    const gatherMs = voteLimits.recoveryGatherMs * (isAnswering ? 10 : 1)
    const isGathered = isRecovered(next) && nowMs - handOver.begunAtMs >= gatherMs
    if (handOver.merged === null && isGathered) handOver.merged = merge(handOver)
    if (handOver.merged !== null) this.#install(handOver, handOver.merged)
    const againMs = this.#host.random.between(voteLimits.phaseTimeoutMs / 2, voteLimits.phaseTimeoutMs)
    this.#host.setTimer(nowMs + againMs, { kind: 'succession', epoch: next.epoch })
  }

  #askFor(storage: StorageId, { next }: HandOver): void {
    for (const { nodeId, storageId } of next.previous)
      if (storageId === storage) this.#host.send(nodeId, { kind: 'seal', storageId, next })
  }

  #install(handOver: HandOver, { pages, killed, promisedMs }: Merged): void {
    const { next, installed, transfer } = handOver
    const sent = pagesAtOnce(pages.length, handOver.nextPage)
    handOver.nextPage += sent.length
    for (const { nodeId, storageId } of next.members) {
      if (installed.has(storageId)) continue
      for (const page of sent)
        this.#host.send(nodeId, {
          kind: 'install-state',
          storageId,
          configuration: next,
          transfer,
          page,
          pages: pages.length,
          registers: pages[page]!,
          killed: page === 0 ? killed : [],
          promisedMs,
        })
    }
  }
}

function isWhole(pages: readonly Sealed[] | undefined): boolean {
  return pages !== undefined && pages.length === pages[0]?.pages
}

function isSealed({ next, sealed }: HandOver): boolean {
  const whole = [...sealed.values()].filter((pages) => isWhole(pages))
  return whole.length >= majorityOf({ members: next.previous })
}

/** C3 */
function merge({ next, sealed }: HandOver): Merged {
  const highest = new Map<string, AcceptedRegister>()
  const killed: KilledSession[] = []
  let promisedMs = 0
  for (const page of [...sealed.values()].filter((pages) => isWhole(pages)).flat()) {
    for (const register of page.registers)
      if (isHigher(register.accepted, highest.get(register.key)?.accepted ?? null))
        highest.set(register.key, register)
    killed.push(...page.killed)
    promisedMs = Math.max(promisedMs, page.promisedMs)
  }
  const registers = [...highest.values()]
  const recovery = isRecovered(next) ? next.recovery : null
  if (recovery === null) return { pages: pagesOf(registers), killed, promisedMs }
  const recovered = registers.map((register) => ({
    ...register,
    value: recoveredRegister(register.value, recovery),
  }))
  return { pages: pagesOf(recovered), killed, promisedMs }
}
