// What a cluster of a test is like, if not as usual: how many hosts, who votes, how fast it goes, what its links and disks are.
import type { HostOptions } from './host.ts'

export type WorldOptions = {
  readonly hosts?: readonly string[]
  /** How many of the hosts vote at first. */
  readonly witnesses?: 1 | 3 | 5
  /** Whether the others may vote in their place, or beside them. */
  readonly canOthersVote?: boolean
  /** After how long a witness that is away is replaced by itself. */
  readonly replaceAfterMs?: number
  readonly sessionTtlMs?: number
  readonly claimAheadMs?: number
  readonly rankDelayMs?: number
  /** Whether all that agents tell each other passes the test itself, which can delay it and keep it. */
  readonly areLinksLed?: boolean
  /** Whose disk is so small that it can be filled. */
  readonly smallDisk?: string | null
  readonly onNews?: (text: string) => void
}

export const defaultWorld = {
  hosts: ['alpha', 'beta', 'gamma', 'delta', 'epsilon'],
  witnesses: 5,
  canOthersVote: false,
  replaceAfterMs: 600_000,
  sessionTtlMs: 4000,
  claimAheadMs: 1000,
  rankDelayMs: 1000,
  areLinksLed: false,
  smallDisk: null,
  onNews: () => undefined,
} as const satisfies Required<WorldOptions>

/** How long an agent must have been there before it may vote. */
const joinAfterMs = 3000

/** What the agent of one host is always told. */
export function agentOptions(
  options: Required<WorldOptions>,
  hostIndex: number,
): Pick<HostOptions, 'words' | 'orders'> {
  const { sessionTtlMs, claimAheadMs, rankDelayMs, witnesses, canOthersVote, replaceAfterMs } = options
  const mayVote = canOthersVote || hostIndex < witnesses
  return {
    words: [
      `--session-ttl=${sessionTtlMs}ms`,
      `--claim-ahead=${claimAheadMs}ms`,
      `--rank-delay=${rankDelayMs}ms`,
      ...(mayVote ? [] : ['--witness=never']),
    ],
    orders: { patience: { witnessJoinAfterMs: joinAfterMs, witnessReplaceAfterMs: replaceAfterMs } },
  }
}
