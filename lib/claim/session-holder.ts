// An agent's own half of sessions: renew in time, know until when it may act, and what
// the cluster's time is.
//
// S1  A renewal answered by a majority of one epoch makes the session valid until
//     time of sending + TTL × (1 − 2ρ − 0.01): no witness, whose clock may run faster by ρ
//     while ours runs slower by ρ, declares it dead before. TTL is the shortest of those
//     that the witnesses of that majority wait for, and of our own setting. Validity is extended only
//     while it lasts; a gap ends the session, and the next one has a new number.
// Cluster time comes with the answers (cluster-clock.ts).

import { sessionId, type NodeId, type SessionId, type StorageId } from '../base/ids.ts'
import { voteLimits, type ClaimSettings } from '../base/limits.ts'
import { ClusterClock, type ClockAhead } from './cluster-clock.ts'
import { majorityOf, type Configuration } from './configuration.ts'
import type { Renewed } from './message.ts'

type Round = Map<StorageId, { readonly given: Renewed; readonly atMs: number }>

export class SessionHolder {
  readonly #settings: ClaimSettings
  readonly #self: { readonly nodeId: NodeId; readonly bootNo: number }
  #k = 1
  #validUntilMs: number | null = null
  /** Rounds that may still be answered, by the instant at which they were sent: an answer may take longer than a round. */
  readonly #rounds = new Map<number, Round>()
  readonly #clusterClock: ClusterClock
  #lastMajorityMs: number | null = null
  #ttlMs: number
  #sinceMs: number | null = null

  constructor(self: { nodeId: NodeId; bootNo: number }, settings: ClaimSettings) {
    this.#self = self
    this.#settings = settings
    this.#ttlMs = settings.sessionTtlMs
    this.#clusterClock = new ClusterClock(settings.driftMax)
  }

  get session(): SessionId {
    return sessionId({ ...this.#self, k: this.#k })
  }

  /** Whether the session is renewed by a majority and lasts for at least so much longer. */
  isValid(nowMs: number, spareMs = 0): boolean {
    return this.#validUntilMs !== null && nowMs + spareMs < this.#validUntilMs
  }

  get validUntilMs(): number | null {
    return this.#validUntilMs
  }

  /** Since when the session lasts, on the steady clock; null when none does. */
  get sinceMs(): number | null {
    return this.#sinceMs
  }

  /** How long a session lives without a renewal, as far as the witnesses have told. */
  get ttlMs(): number {
    return this.#ttlMs
  }

  /** The instant of the last renewal round that a majority answered, on the steady clock. */
  get lastMajorityMs(): number | null {
    return this.#lastMajorityMs
  }

  /** Cluster time now in whole milliseconds, as it stands in records; null while no majority has told it. */
  clusterMs(nowMs: number): number | null {
    return this.#clusterClock.at(nowMs)
  }

  /** How far a witness's wall clock is ahead of cluster time; null for one that has not answered. */
  clockOffsetOf(node: NodeId): number | null {
    return this.#clusterClock.offsetOf(node)
  }

  /** Witnesses of whose clocks no majority agrees, while cluster time is not known for that reason. */
  get differingClocks(): readonly ClockAhead[] {
    return this.#clusterClock.differing
  }

  /** Begins a round of renewals. True when the session before had ended, and a new one begins. */
  beginRenewal(nowMs: number): boolean {
    const isGap = this.#validUntilMs !== null && nowMs >= this.#validUntilMs
    if (isGap) this.end()
    for (const sentAtMs of this.#rounds.keys())
      if (sentAtMs + this.#settings.sessionTtlMs <= nowMs || this.#rounds.size >= voteLimits.renewalsInFlight)
        this.#rounds.delete(sentAtMs)
    this.#rounds.set(nowMs, new Map())
    return isGap
  }

  /** Counts one witness's answer, and says what it did to the session. */
  onRenewed(
    answer: Renewed,
    at: { readonly nowMs: number; readonly configuration: Configuration },
  ): 'valid' | 'extended' | 'ended' | 'ignored' {
    const { nowMs, configuration } = at
    const round = this.#rounds.get(answer.sentAtMs)
    if (round === undefined || answer.session !== this.session || answer.epoch !== configuration.epoch)
      return 'ignored'
    if (!configuration.members.some((member) => member.storageId === answer.storageId)) return 'ignored'
    if (!round.has(answer.storageId)) round.set(answer.storageId, { given: answer, atMs: nowMs })
    const answers = [...round.values()].filter(({ given }) => given.epoch === configuration.epoch)
    const majority = majorityOf(configuration)
    if (answers.filter(({ given }) => !given.isAlive).length > configuration.members.length - majority) {
      this.end()
      return 'ended'
    }
    const alive = answers.filter(({ given }) => given.isAlive)
    if (alive.length < majority) return 'ignored'
    const wasValid = this.isValid(nowMs)
    if (this.#validUntilMs !== null && !wasValid) return 'ignored'
    const nodeOf = (storage: StorageId) =>
      configuration.members.find(({ storageId }) => storageId === storage)!.nodeId
    this.#clusterClock.learn(
      alive.map(({ given, atMs }) => ({
        node: nodeOf(given.storageId),
        wallMs: given.wallMs,
        askedAtMs: answer.sentAtMs,
        atMs,
      })),
      { nowMs, majority },
    )
    this.#lastMajorityMs = nowMs
    this.#ttlMs = Math.min(this.#settings.sessionTtlMs, ...alive.map(({ given }) => given.ttlMs))
    this.#sinceMs ??= nowMs
    this.#validUntilMs = Math.max(this.#validUntilMs ?? 0, answer.sentAtMs + this.#lastsMs)
    return wasValid ? 'extended' : this.isValid(nowMs) ? 'valid' : 'ignored'
  }

  /** How long a renewal lasts from when it was sent. */
  get #lastsMs(): number {
    return this.#ttlMs * (1 - 2 * this.#settings.driftMax - 0.01)
  }

  /** The next renewal is of another session: nothing holds what was held in this one. */
  end(): void {
    this.#k++
    this.#validUntilMs = null
    this.#sinceMs = null
    this.#rounds.clear()
  }
}
