// The bounds of the store, each with its reason: what one process may hold open at a time,
// and how long it waits for another.

export const storeLimits = {
  /** Log files kept open: far below the usual 1,024 descriptors, far above the logs written at one time. */
  openFiles: 128,
  /** Files written and synced beside one another: bounds the descriptors of one commit; the system does four at once. */
  filesAtOnce: 64,
  /** How long a second agent waits for the first, which has just taken the lock, to write down its pid. */
  holderKnownMs: 1_000,
  /** An answer of another host takes so long at the most: it may have to look through a long file. */
  hostAnswerMs: 10_000,
  /** Questions of other hosts that are answered at one time. */
  hostAnswersAtOnce: 32,
  /** What was wrong with what other hosts said: beyond it it is said again. */
  faultsRemembered: 1_000,
  /** Secrets of one node, each read whole at its start; and values that one had before, for a few changes. */
  secrets: 1_000,
  formerSecrets: 3,
  /** Of what an audit record says: the keys of a few dozen changed jobs. */
  auditReasonCharacters: 8_000,
  /** How far another agent's audit log went, remembered so often: beyond it the older ones grow fewer. */
  auditHeadsKept: 256,
  /** Who changed something waits so long at the most for a peer that knows how far the log went. */
  auditHeadKeptMs: 250,
  /** Records of one question: as many as a page of the API has. */
  auditRecordsRead: 1_000,
  /** As many as the API takes of one value. */
  secretCharacters: 8_192,
  auditHeadsSaveMs: 2_000,
} as const
