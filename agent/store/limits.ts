// The bounds of the store, each with its reason: what one process may hold open at a time,
// and how long it waits for another.

export const storeLimits = {
  /** Log files kept open: far below the usual 1,024 descriptors, far above the logs written at one time. */
  openFiles: 128,
  /** Files written and synced beside one another: bounds the descriptors of one commit; the system does four at once. */
  filesAtOnce: 64,
  /** How long a second agent waits for the first, which has just taken the lock, to write down its pid. */
  holderKnownMs: 1_000,
} as const
