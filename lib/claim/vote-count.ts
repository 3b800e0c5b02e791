// What the answers to one prepare amount to: whether a majority has promised, and what the
// witnesses' judgements (W5, W6) mean for each change that was asked with it.

import { assert } from '../base/assert.ts'
import type { StorageId } from '../base/ids.ts'
import type { Refusal } from './change.ts'
import { majorityOf, type Configuration } from './configuration.ts'
import type { VotesGiven } from './message.ts'

export type Votes = {
  readonly configuration: Configuration
  readonly promises: ReadonlyMap<StorageId, VotesGiven['prepares'][number]>
  /** Witnesses that have promised somebody a higher ballot. */
  readonly conflicts: ReadonlySet<StorageId>
}

export function isPromised(votes: Votes): boolean {
  return votes.promises.size >= majorityOf(votes.configuration)
}

/** A majority without objection lets a change go on; it is refused when no such majority can come. */
export function judgement(votes: Votes, index: number): 'content' | 'refused' | 'open' {
  const { members } = votes.configuration
  const majority = majorityOf(votes.configuration)
  const given = [...votes.promises.values()]
  const content = given.filter(({ judged }) => !judged[index]).length
  if (content >= majority) return 'content'
  const objecting = given.length - content
  return members.length - votes.conflicts.size - objecting < majority ? 'refused' : 'open'
}

/** Why a change that has no majority is refused. */
export function refusalOf(votes: Votes, index: number): Refusal {
  const refusal = [...votes.promises.values()].find(({ judged }) => judged[index])?.judged[index]
  assert(refusal, 'a change without a content majority has an objection')
  return refusal
}
