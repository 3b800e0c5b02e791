// A change that this agent wants of a register, and what came of it: said by whoever wants it
// to whoever decides it, by a vote or alone.

import type { NodeId } from '../base/ids.ts'
import type { Answer, Change } from './change.ts'
import type { Register } from './register.ts'

/** A change that somebody in this agent waits for. */
export type Proposal = {
  readonly key: string
  readonly change: Change
  /** For this agent's own register, without a vote. */
  readonly isLocal: boolean
  /** On the steady clock: from then on it is not asked again, and perhaps `unknown`. Null: until definite. */
  readonly giveUpAtMs: number | null
}

export type Settled = {
  readonly proposal: Proposal
  /** `unknown`: nobody can say yet whether it happened. */
  readonly answer: Answer | { readonly kind: 'unknown' }
  /** The register after the vote that settled it; null when unknown. */
  readonly value: Register | null
  /** Whose votes settled it; of a local register nobody's. */
  readonly votes?: readonly NodeId[]
}
