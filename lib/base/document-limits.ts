// The bounds of replicated documents, and of the catalog and the ledger that are made of them,
// each with its reason: how large one may grow, how long it is kept, how much is loaded at once.

export const documentLimits = {
  /** A document beyond this is told of: a category of 20,000 jobs takes less. */
  largeBytes: 8_000_000,
  /** Documents that are behind for so long are told of: repairs come round in seconds. */
  behindWarnMs: 60_000,
  /** A change above it travels and is kept as a compressed bundle; below, compression saves less than it costs. */
  bundleMinBytes: 4_096,
  /** One gossip message; a change above it is only announced, and fetched from who made it. */
  gossipBytes: 96_000,
  /** Characters of one direct message; longer ones travel in parts, so that votes never wait long behind one. */
  messageLength: 128_000,
  /** Parts of one message: 64 million characters, four times the largest document that we can think of. */
  messageParts: 512,
  /** Documents that one agent knows: a year of hours at ten parts each, and ten thousand categories. */
  documents: 100_000,
  /** Generations of one document; more are a peer's nonsense. */
  generation: 1_000_000,
  /** Logs that are being read at once. */
  loadsAtOnce: 16,
  /** A log is written anew when its appended part is longer than this and twice the rest: 0.1 ms for each change. */
  logSlackBytes: 128_000,
  logFactor: 2,
  /** A document is re-based when its history takes so many times what its content alone would, and this more. */
  rebaseFactor: 2,
  rebaseSlackBytes: 16_000,
  /** Files that lie in the watched directory when an agent starts wait so long for what the cluster has by now. */
  catchUpPatienceMs: 3_000,
  /** How often one random peer is asked whether it has the same documents. */
  compareEveryMs: 3_000,
  /** What a peer has and we have not may be on its way by gossip: so long we wait before we ask for it. */
  gossipGraceMs: 1_500,
  /** What others are known to have is asked of one more peer after so long: a large one takes its time on a thin line. */
  fetchAgainMs: 2_000,
  /** A conversation about a document without an answer for so long is begun again. */
  syncTimeoutMs: 5_000,
  /** Documents that one peer is asked for at once; the next ones wait. */
  syncsAtOnce: 8,
  /** A conversation that brought nothing new in so many messages is broken off; a usual one has four. */
  syncIdleMessages: 8,
  /** Conversations with one peer that are remembered. */
  talksPerPeer: 64,
  /** Suspects looked at when one was repaired; a tick looks at all. */
  suspectsLookedAt: 200,
  /** So many conversations that did not bring what was expected, and the peer is no longer asked for it. */
  syncTries: 5,
  /** What was given up and is told of again within so long was lacking all the time: several comparisons. */
  givenUpMs: 30_000,
  /** What a peer sends wrongly is told so often, of so many peers. */
  complainEveryMs: 10_000,
  complainedOf: 1_000,
  /** Messages about documents that are being read back. */
  deferredMessages: 1_000,
  /** Heads in one message, and groups of documents compared in one round. */
  headsPerMessage: 400,
  groupsPerRound: 32,
  /** Documents that we know to be different and have not repaired yet. */
  suspects: 20_000,
} as const

export const catalogLimits = {
  /** Revisions kept of a category, for people to look at and to go back to. */
  revisions: 20,
  /** Kept however long they are. */
  revisionsLeast: 3,
  /** Characters of all texts kept of one category: a dozen of 20,000 jobs. */
  textsLength: 32_000_000,
  /** Parsed files kept: the current ones of a usual cluster and a few that were just dropped. */
  parsesKept: 64,
  /** Edits that wait for the time, and how long: whoever asked waits for the answer. */
  editsWaiting: 100,
  editWaitsMs: 5_000,
  /** Texts that a category has moved on from, remembered by their hash to tell a stale file from a new one. */
  pastTexts: 300,
} as const

export const ledgerLimits = {
  /** A change of a document costs as much as the document is long: 0.4 ms at this size. */
  recordsPerPart: 600,
  /** Records of one job that lists can show without reading older documents, where its run_limit says no other. */
  recordsPerJob: 1_000,
  /** The highest run_limit. */
  recordsPerJobMost: 10_000,
  /** Tries of one action that a record tells singly: a record stays a few hundred bytes. */
  attemptsShown: 20,
  /** Records of one job that are looked through for its last success. */
  lookedThrough: 100,
  /** Kept of each job however many others come: a yearly job shows its last runs. */
  recordsPerJobLeast: 3,
  /** Records of all jobs in memory: about 50 MB. */
  recordsIndexed: 100_000,
  /** Events that are remembered, published or discarded: a day of a thousand jobs that publish each hour, twice. */
  events: 50_000,
  /** Records of all jobs that one list can show. */
  recordsListed: 5_000,
  /** At a start documents are read until so many records are known, the newest first: about a second of work. */
  recordsReadAtStart: 20_000,
  /** Closed documents read at one tick: loading one takes 20 ms. */
  readAtOnce: 8,
  /** A bucket is closed when its hour is so long over: runs are seldom longer. */
  closeAfterMs: 2 * 3_600_000,
  /** Runs are kept so long where keep_runs_for says no other; a bucket is dropped whole when no job wants it. */
  keepMs: 30 * 24 * 3_600_000,
  /** What is too old is looked for so often. */
  sweepEveryMs: 60_000,
  /** After a start nothing is dropped for so long: a job that keeps its runs for years may not be known here yet. */
  sweepFirstMs: 600_000,
} as const
