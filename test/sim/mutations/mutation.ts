// Faults that are planted in a copy of the core: the checkers must catch each. A fault is one change of one text in
// one file of lib/, and that text must stand there exactly once, so that none of them decays unnoticed.

import { protocolMutations } from './protocol-mutations.ts'

export type Mutation = {
  readonly name: string
  /** Below lib/. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** The directed test that catches it, below test/lib/. */
  readonly caughtBy?: string
}

export const mutations: readonly Mutation[] = [
  {
    name: 'quorum-of-one',
    file: 'claim/configuration.ts',
    from: 'return Math.floor(configuration.members.length / 2) + 1',
    to: 'return 1',
  },
  ...protocolMutations,
]
