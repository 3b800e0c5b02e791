// The history of every register as the witnesses' disks tell it: which value was accepted under which ballot, and
// from when on a majority had accepted it, which makes it chosen. It counts for itself: what the core believes
// about majorities plays no part.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { AcceptorState } from '../../../lib/claim/acceptor.ts'
import { compareBallots, type Ballot } from '../../../lib/claim/ballot.ts'
import type { Configuration } from '../../../lib/claim/configuration.ts'
import { isEpochKey, type Register } from '../../../lib/claim/register.ts'
import type { DurableJournals, JournalPut } from './durable-journals.ts'

export type Accepted = {
  readonly key: string
  readonly ballot: Ballot
  readonly text: string
  readonly value: Register
}

export type Chosen = Accepted & { readonly atMs: number }

type Candidate = Accepted & { readonly storages: Set<string>; isChosen: boolean }

export const ballotText = ({ epoch, counter, proposer }: Ballot): string => `${epoch}.${counter}.${proposer}`

export class RegisterHistory {
  readonly #journals: DurableJournals
  readonly #nowMs: () => number
  readonly #configurations = new Map<number, Configuration>()
  /** By register, then by ballot. */
  readonly #candidates = new Map<string, Map<string, Candidate>>()
  readonly #chosen = new Map<string, Chosen[]>()
  readonly #texts = new WeakMap<Register, string>()
  readonly #onAccepted: ((accepted: Accepted, other: Accepted | null, node: NodeId) => void)[] = []
  readonly #onChosen: ((chosen: Chosen, before: Chosen | null, after: Chosen | null) => void)[] = []

  constructor(journals: DurableJournals, nowMs: () => number) {
    this.#journals = journals
    this.#nowMs = nowMs
    // Who is sealed knows the next witnesses before they vote.
    for (const key of ['configuration', 'sealed'])
      journals.onPut(key, ({ value }) => {
        if (value !== undefined)
          this.#configurations.set((value as Configuration).epoch, value as Configuration)
      })
    journals.onPut('register/', (put) => this.#accepted(put))
  }

  get newestEpoch(): number {
    return Math.max(0, ...this.#configurations.keys())
  }

  configuration(epoch: number): Configuration | undefined {
    return this.#configurations.get(epoch)
  }

  /** How many of these storages would be a majority of the epoch; Infinity while nobody knows the epoch. */
  majority(epoch: number): number {
    const members = this.#configurations.get(epoch)?.members.length
    return members === undefined ? Infinity : Math.floor(members / 2) + 1
  }

  isMember(epoch: number, storageId: string): boolean {
    return this.#configurations.get(epoch)?.members.some((member) => member.storageId === storageId) ?? false
  }

  /** Of the jobs' registers. */
  keys(): string[] {
    return [...this.#chosen.keys()].filter((key) => !isEpochKey(key)).toSorted()
  }

  /** In the order of their ballots. */
  chosen(key: string): readonly Chosen[] {
    return this.#chosen.get(key) ?? []
  }

  isChosen(key: string, ballot: Ballot): boolean {
    return this.#candidates.get(key)?.get(ballotText(ballot))?.isChosen ?? false
  }

  /** Each durable accept; `other` is what somebody accepted under the same ballot before, if the value differs. */
  onAccepted(handle: (accepted: Accepted, other: Accepted | null, node: NodeId) => void): void {
    this.#onAccepted.push(handle)
  }

  /** Each value that becomes chosen, with its neighbours of lower and higher ballot so far. */
  onChosen(handle: (chosen: Chosen, before: Chosen | null, after: Chosen | null) => void): void {
    this.#onChosen.push(handle)
  }

  #accepted({ node, key, value, before, isInstall }: JournalPut): void {
    const state = value as AcceptorState | undefined
    if (!state?.accepted || !state.value) return
    const last = before as AcceptorState | undefined
    if (
      last?.accepted &&
      compareBallots(last.accepted, state.accepted) === 0 &&
      (last.value === state.value || this.#textOf(last.value) === this.#textOf(state.value))
    )
      return
    let candidates = this.#candidates.get(key)
    if (candidates === undefined) this.#candidates.set(key, (candidates = new Map<string, Candidate>()))
    const ballot = state.accepted
    const text = this.#textOf(state.value)
    let candidate = candidates.get(ballotText(ballot))
    const other = candidate !== undefined && candidate.text !== text ? candidate : null
    if (candidate === undefined) {
      candidate = { key, ballot, text, value: state.value, storages: new Set(), isChosen: false }
      candidates.set(ballotText(ballot), candidate)
    }
    for (const handle of this.#onAccepted) handle({ key, ballot, text, value: state.value }, other, node)
    const storage = this.#journals.get(node, 'storage') as string | undefined
    if (storage === undefined || !this.isMember(ballot.epoch, storage)) return
    // What the next epoch begins with nobody voted for: two that hand over may install different values.
    const sealed = this.#journals.get(node, 'sealed') as Configuration | undefined
    if (isInstall || (sealed !== undefined && sealed.epoch > ballot.epoch)) return
    candidate.storages.add(storage)
    if (!candidate.isChosen && candidate.storages.size >= this.majority(ballot.epoch)) this.#choose(candidate)
  }

  #textOf(value: Register | null): string {
    if (value === null) return 'null'
    const text = this.#texts.get(value) ?? JSON.stringify(value)
    this.#texts.set(value, text)
    return text
  }

  #choose(candidate: Candidate): void {
    candidate.isChosen = true
    const { key, ballot, text, value } = candidate
    const chosen: Chosen = { key, ballot, text, value, atMs: this.#nowMs() }
    const list = this.#chosen.get(key) ?? []
    this.#chosen.set(key, list)
    // A lower ballot may reach its last disk later than a higher one.
    let at = list.length
    while (at > 0 && compareBallots(list[at - 1]!.ballot, ballot) > 0) at--
    list.splice(at, 0, chosen)
    for (const handle of this.#onChosen) handle(chosen, list[at - 1] ?? null, list[at + 1] ?? null)
  }
}
