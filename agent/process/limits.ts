// The bounds of starting and watching processes, each with its reason. A full queue is a
// refusal that the caller sees, never a map that grows.

export const processLimits = {
  /** Runs that wait for the launcher; more than this at one instant is refused, not piled up. */
  queuedRuns: 20_000,
  /** One word of a command line, and so a command or one `NAME=value`, as Linux bounds it (MAX_ARG_STRLEN). */
  wordBytes: 131_071,
  /** All of a run's environment: well below the 2 MiB that Linux grants arguments and environment together. */
  environmentBytes: 1_048_576,
  /** A run whose launcher died before the start is given to the next one; after so many the fault is not the launcher's. */
  startsTried: 3,
  /** Workers that wait for their next run; those above are let go. One takes about 0.2 MB. */
  idleWorkers: 32,
  /** A start takes a few milliseconds; a launcher that needs so long hangs, and is replaced. */
  startStuckMs: 30_000,
  /** Exit records synced beside one another: the votes' syncs need the other threads of the pool. */
  exitSyncs: 2,
  /** A signal that found no process group yet is sent again so soon: the group is made within a millisecond or two. */
  signalAgainMs: 2,
  /** The first and longest wait before it is looked again whether anything is left of what was told to end. */
  goneFirstLookMs: 10,
  goneLookMs: 500,
  /** What nothing ends (it hangs in the kernel, or is another user's) keeps its run from ending for so long. */
  leftOverMostMs: 120_000,
  /** Requests of `http` actions made at once; each is a connection and some memory of the agent itself. */
  callsAtOnce: 256,
  /** A host that is there takes a connection sooner. */
  connectMs: 10_000,
  /** Of a body so much is matched with `expect_body`, and for no longer: the agent stands still meanwhile. */
  matchedBodyBytes: 1_048_576,
  matchMs: 200,
  /** Kept of each stream of an attempt: how it began, and how it ended; one line of 10 MB is whole. */
  outputHeadBytes: 4_194_304,
  outputTailBytes: 12_582_912,
  /** It is cut when it is so much longer. */
  outputSlackBytes: 1_048_576,
  /** Read at once: in base64, and as JSON, a fraction of the longest message between peers. */
  outputPartBytes: 262_144,
  /** How far from the end the last lines are looked for. */
  outputTailLookBytes: 1_048_576,
  /** A peer that has been asked for output and does not answer for so long is away. */
  outputAnswerMs: 5_000,
  /** Questions of peers for output that are answered at once. */
  outputReadsAtOnce: 64,
  /** Of what failed, so much stands in the ledger, which everybody keeps. */
  lastLinesBytes: 1_024,
  lastLines: 10,
  /** How often a run that is not this launcher's own is looked at, beside the notices of the file system. */
  watchEveryMs: 1_000,
  /** Runs looked at in one turn: a look costs some 30 µs of the event loop. */
  watchedAtOnce: 300,
  /** How long to wait before files that the system refused are tried again. */
  insistEveryMs: 1_000,
  /** A record that is begun and not finished for so long will not be: its writer was killed in the middle. */
  recordUnfinishedMs: 5_000,
  /** The first and longest wait before a launcher that died is started again. */
  launcherAgainFirstMs: 50,
  launcherAgainMostMs: 5_000,
  /** A guard looks at its clock so often: after a suspend of the machine it is so late at most. */
  guardLookMs: 100,
  /** Processes that a guard looks up in one turn, because it does not know their numbers yet: 30 µs each. */
  guardLearnsAtOnce: 100,
  /** The first and longest wait before a guard that died is started again; the first time there is none. */
  guardAgainFirstMs: 50,
  guardAgainMostMs: 5_000,
  /** A guard without anything to guard, whose agent is gone, waits so long for another agent. */
  guardIdleMs: 10_000,
  /** A launcher that is not needed any more waits so long for its idle workers to go. */
  launcherLeavesMs: 500,
  /** Pid files looked at beside one another: one on a file system that hangs must leave threads to the votes. */
  looksAtOnce: 2,
  /** The last words of a failed start. */
  outputShownBytes: 2_000,
  /** The clock by which a process's start is told is that coarse. */
  startedBeforeMs: 1_000,
  /** How long runs that wait for their start may take to start when the agent ends. */
  closeWaitMs: 3_000,
} as const
