// Ballots order the attempts of all proposers. Source: CASPaxos (Rystsov 2018,
// arXiv 1802.07000), with the configuration's epoch in front: every ballot of a later
// epoch is higher than any of an earlier one.

export type Ballot = {
  readonly epoch: number
  readonly counter: number
  /** `nodeId:bootNo:bootId`: no two process starts ever share a ballot. */
  readonly proposer: string
}

/** Negative, zero or positive: by epoch, then counter, then proposer. */
export function compareBallots(left: Ballot, right: Ballot): number {
  if (left.epoch !== right.epoch) return left.epoch - right.epoch
  if (left.counter !== right.counter) return left.counter - right.counter
  return left.proposer < right.proposer ? -1 : left.proposer > right.proposer ? 1 : 0
}

export function isHigher(left: Ballot, right: Ballot | null): boolean {
  return right === null || compareBallots(left, right) > 0
}
