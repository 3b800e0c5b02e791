// Every bound of the program and its reason, those of documents beside it. A full queue is a
// refusal that says so, never an array that grows.

/** Settings of the claim protocol; an agent may set them smaller or larger, all agents of a cluster alike. */
export type ClaimSettings = {
  /** A session that no witness heard of for so long may be declared dead. */
  readonly sessionTtlMs: number
  /** Claims are made at most this long before their slot, so that the start waits for the clock alone. */
  readonly claimAheadMs: number
  /** How long a node of the next rank waits before it asks too, at least: claim-pace.ts makes it more where votes are slow. */
  readonly rankDelayMs: number
  /** The assumed greatest error of a clock's rate, as a fraction. */
  readonly driftMax: number
  /** An agent that stayed connected for so long may be made a witness. */
  readonly witnessJoinAfterMs: number
  /** A witness that cannot be reached for so long is replaced. */
  readonly witnessReplaceAfterMs: number
}

export const defaultClaimSettings: ClaimSettings = {
  sessionTtlMs: 20_000,
  claimAheadMs: 2_000,
  rankDelayMs: 1_500,
  driftMax: 0.02,
  witnessJoinAfterMs: 30_000,
  witnessReplaceAfterMs: 600_000,
}

export const registerLimits = {
  /** Due slots that a claim looks at one by one; older ones are one range. A minute of a per-second job. */
  dueSlots: 64,
  /** Decisions kept in a register until the ledger has them; where so many are, further changes wait for that. */
  untold: 64,
  /** Runs of one job at once, and work of it that waits: a register travels whole with each vote, 300 bytes an entry. */
  live: 500,
  pending: 500,
  /** A register travels in one frame: requests by hand, which bring variables, are taken up to half of that. */
  bytesMost: 2 * 1024 * 1024,
  /** Slots of one job that wait for further nodes, where its pool has fewer than they are to run on. */
  partlyTaken: 16,
  /** Requests by hand whose repetition is recognised. */
  requestsRemembered: 64,
  /** Runs that were made to go on, whose number of attempts is remembered. */
  resumesRemembered: 16,
  /** Ends of actions elsewhere whose run was lost: its node may come back and ask how they ended. */
  orphansRemembered: 16,
  /** A run by hand waits at most so long for the one before it: by then whoever asked has forgotten it. */
  manualWaitMs: 24 * 3_600_000,
} as const

export const sessionLimits = {
  /** How far another witness's votes go is noted on disk so often: an image is younger only for moments. */
  reachedSavedEveryMs: 5_000,
} as const

export const voteLimits = {
  /** A phase of a vote without a majority's answers for so long is unknown, and tried again. */
  phaseTimeoutMs: 1_000,
  /** Where answers come later than that, up to twice as long as they take: below most deadlines of a start. */
  phaseTimeoutMostMs: 8_000,
  /** A late answer says how long to wait for so long; where all are late there is always a newer one. */
  lateRememberedMs: 15_000,
  /** Attempts on a register whose late answers are still known: with the rests between them, ten seconds or more. */
  overdueKept: 8,
  /** Who asks while another's vote is under way waits twice as long as votes take of late, and so long at least. */
  turnLeastMs: 200,
  /** Random back-off after a conflict, doubling: long enough for the other to finish its two round trips. */
  backoffLowMs: 20,
  backoffHighMs: 400,
  /** Of what frees the register: all others wait for it. */
  backoffFreeingMs: 100,
  backoffMaxMs: 1_000,
  /** Who loses again and again asks with a ballot ahead by two to the number of losses, to this power at most. */
  ballotJumpMax: 10,
  /** A vote's usual length is told by so many of this agent's last ones, of so short a time, looked at so often. */
  paceVotes: 200,
  paceRememberedMs: 60_000,
  paceAgainMs: 250,
  /** No cursor moves further than claimAheadMs and this beyond a witness's clock. */
  clockAheadSlackMs: 5_000,
  /** Nothing is declared late that a witness's clock sees this much before its deadline. */
  clockBehindSlackMs: 1_000,
  /** Registers in one message of a vote: 500 values of a usual size are below 300 kB. */
  registersPerMessage: 500,
  /** Of large ones fewer: a message stays below this where it can, a quarter of what the wire takes in one frame. */
  messageBytesUsual: 1024 * 1024,
  /** Of a hand-over so many such messages leave at once: half of what may wait to be sent to one peer. */
  pagesAtOnce: 8,
  /** Rounds of renewals whose answers may still come: enough for a round trip of ten seconds without a session. */
  renewalsInFlight: 25,
  /** News in one digest: half of what gossip takes in one message; the rest follows a second later. */
  newsCharactersPerDigest: 256 * 1024,
  /** A digest each second, and at most so often where somebody waits for it. */
  digestGapMs: 100,
  /** Work that waits is announced again after so long, for whoever was away or did not hear of it. */
  pendingAgainMs: 5_000,
  /** Who decided something writes it down at once; a witness that misses it in the ledger after so long looks itself. */
  lookAfterMs: 10_000,
  /** Registers looked at in one second: a witness that is new may know little of the ledger yet. */
  looksPerScan: 50,
  /** What was decided longer ago was looked for before, and its records may be put away. */
  lookBackMs: 3_600_000,
  /** A run stands as running that no register has: its holder tells how it ended within seconds, if it ever does. */
  vanishedAfterMs: 30_000,
  /** Who did not look for so long may have slept, or had no majority. */
  vanishedGapMs: 5_000,
  /** Changes composed into one attempt on one register; the rest wait for the next attempt. */
  changesPerAttempt: 64,
  /** A node that holds as many runs as it may looks so often whether it has room for what waits. */
  fullAgainMs: 250,
  /** While it waits, the witnesses are told again why; what they were told counts for so long, beyond the last one's turn. */
  fullToldAgainMs: 5_000,
  fullKnownMs: 20_000,
  /** What was told beyond that is forgotten, the oldest first: a slot is then written down as missed only. */
  fullKnownMax: 20_000,
  /** Who is to become a witness must have answered within so long. */
  probeTimeoutMs: 2_000,
  /** A recovery waits so long for all the witnesses that are left. */
  recoveryGatherMs: 3_000,
  /** Without any answer from a majority for so long, the cluster counts as partitioned. */
  partitionedAfterMs: 5_000,
} as const

export const partitionLimits = {
  /** Slots of one job that are looked at in one second: as many as a schedule can have in two, and some. */
  slotsPerLook: 10,
  /** Slots of one job that ran without a vote and are told later: eight minutes of a job of each second. */
  slotsOwed: 500,
} as const

export const timeLimits = {
  /** The core is woken at least so often: a jump of a clock or a suspend is noticed within it. */
  tickMs: 1_000,
  /** A plan is looked at again after so long, so that outdated timers of slots far away do not pile up. */
  planAgainMs: 600_000,
  /** A job that is read so soon after an agent's start belongs to that start (@reboot). */
  bootReadingMs: 10_000,
  /** A constant job whose runs end at once begins so often. */
  constantGapMs: 1_000,
  /** A wall clock further off cluster time than this is reported everywhere. */
  clockOffsetWarnMs: 2_000,
  /** So long after its start an agent waits for cluster time before it believes its host's clock: some round trips. */
  clockPatienceMs: 5_000,
  /** Whose core was not woken for so long stood still, and was not just busy. */
  stoodStillMs: 5_000,
  /** What happened meanwhile on its host is heard within so long: each end is on disk before it is told. */
  listenMs: 3_000,
  /** And what happened elsewhere, after a start too: peers are there again, and hand over what it missed. */
  catchUpMs: 10_000,
  /** Who knows no time yet waits so long for an answer with no more error than this: by a slower one runs start early. */
  clockErrorFirstMs: 1_000,
  /** An answer that tells a clock with at most this error is believed without comparing: a round trip of 0.2 s. */
  clockErrorUsualMs: 100,
} as const

export const journalLimits = {
  /** A journal below this is never rewritten: a few megabytes are read in milliseconds at start. */
  rewriteMinBytes: 4_000_000,
  /** Rewritten when it has grown to this many times its size after the last rewrite. */
  rewriteFactor: 3,
} as const

export const membershipLimits = {
  /** A witness's digest older than this says nothing any more: three of its beats. */
  digestFreshMs: 3_500,
} as const

export const definitionLimits = {
  /** Characters of one config file: 20,000 jobs of a usual size are 4 million. */
  textLength: 8_000_000,
  /** Values in one file once its aliases are written out: an alias bomb ends here. */
  values: 1_000_000,
  /** Jobs of one file: reading, checking and building one takes 50 microseconds. */
  jobs: 50_000,
  /** Characters beyond which YAML is first tried by the quick reader: the library takes a second for a million. */
  quickLength: 50_000,
  /** Characters that the library may get: the worst text of this length takes it ten seconds, a usual one a second. */
  libraryLength: 1_000_000,
  /** Nesting; a definition needs eight levels. */
  depth: 32,
  /** Problems shown for one text: nobody reads more before mending the first. */
  problemsShown: 100,
} as const

export const runLimits = {
  /** Of a job that is gone, the output of so many runs stays. */
  outputsPerJob: 50,
  /** Output that is too old is looked for so often. */
  outputSweepEveryMs: 60_000,
  /** A run starts only while its session lasts at least this much longer. */
  sessionSpareMs: 1_000,
  /** A check that failed for now (no session, no majority to adopt it) is made again after this. */
  checkAgainMs: 250,
  /** A host's own clock that is behind the slot by at most this is waited for: above any error of cluster time. */
  ownClockWaitMs: 500,
  /** An agent that is told to stop waits at most this long for the witnesses to take back what it had claimed ahead. */
  stopPatienceMs: 3_000,
  /** Nodes in the order of their turns that a run's record names: the others are counted. */
  rankingTold: 5,
  /** Characters of all variables of a run by hand, which its record keeps: far above what people type. */
  variablesLength: 10_000,
  /** Orders by hand whose repetition is recognised, for each run. */
  ordersKept: 16,
  /** An order for a run on another node is answered within so long, or nobody knows what became of it. */
  orderWaitMs: 5_000,
  /** Orders of one agent whose answers have not come. */
  ordersWaiting: 1_000,
  /** What became of an action on a node of its own is asked so often; its node hints sooner. */
  childAgainMs: 5_000,
  /** What was told to end has so long before it is killed. */
  graceMs: 10_000,
  /** What a kill did not end (it hangs in the kernel) is killed again. */
  killAgainMs: 1_000,
  /** A delay between tries that grows, grows to this: an hour is what people still wait for. */
  retryDelayMostMs: 3_600_000,
} as const

export const serviceLimits = {
  /** A start command that is done leaves its pid file within moments: so often it is looked for. */
  startLookMs: 100,
  /** A start command that failed may have started its daemon all the same: so long it is looked for. */
  failedStartLookMs: 1_000,
  /** What keeps an instance from starting (its session, an agent that stops) is looked at again after this. */
  startAgainMs: 1_000,
  /** A leased instance starts only while its session lasts at least this much longer. */
  sessionSpareMs: 1_000,
  /** A hold that was refused because of an older definition is asked for again after this. */
  holdAgainMs: 500,
  /** Where instances are never checked, a start is waited for so long. */
  startWindowMs: 10_000,
  /** A start command that neither ends nor leaves a live process behind is given up after so long. */
  startPatienceMs: 300_000,
  /** What is being stopped is looked at so often. */
  stopLookMs: 100,
  /** What lives on so long after SIGKILL hangs in the kernel, or is not ours to kill. */
  killPatienceMs: 10_000,
  /** A look that takes longer than this, or most of the interval, is given up. */
  lookPatienceMs: 10_000,
  /** Starts in a row that never came up before each further one waits longer. */
  failedStartsFree: 3,
  /** Deaths of what was up, within this time, before each further start waits longer. */
  deathsFree: 30,
  deathsWindowMs: 600_000,
  /** The first wait beyond restart_delay, and the longest: what crashes for ever is tried twelve times an hour. */
  backoffFirstMs: 1_000,
  backoffMostMs: 300_000,
  /** What another node has by now is looked for so long: a daemon that was just forked shows itself late. */
  forfeitWatchMs: 10_000,
  /** Events kept of an instance: a day of a calm one, the last crashes of another. */
  eventsKept: 20,
  /** Characters of the last words of a failed start. */
  outputShown: 2_000,
  /** Starts of an instance whose output is kept. */
  outputsKept: 3,
} as const

export const leaseLimits = {
  /**
   * A leased process is killed so long before its session ends: a guard is late (20 ms by half, 250 ms at worst, were
   * measured with nine busy processes for each core), and its clock has steps of 10 ms.
   */
  killSpareMs: 250,
  /** It is told to end this part of a time to live before: of 20 s, when three renewals in a row have failed. */
  graceFraction: 0.15,
  graceMostMs: 10_000,
  /** What a kill did not end (it hangs in the kernel) is killed again. */
  killAgainMs: 1_000,
} as const

export const meshLimits = {
  /** One frame on a stream: the largest change that the definitions are known to make is 2.7 MB. */
  frameBytesMax: 4 * 1024 * 1024,
  /** What may wait for one peer that reads slowly: a few of the largest frames. */
  sendQueueBytesMax: 16 * 1024 * 1024,
  /** One gossiped message reaches every node several times; what is larger belongs on a direct stream. */
  gossipBytesMax: 512 * 1024,
  /** What gossip may hold for one peer that reads slowly; beyond it the connection is made anew. */
  gossipQueueBytesMax: 8 * 1024 * 1024,
  /** Peers remembered; meshes of 3 to 50 nodes are what this is built for. */
  peersMax: 256,
  /** Addresses remembered of one peer: a host with a few interfaces, in both families. */
  addressesPerPeerMax: 12,
  /** One address as text: the longest domain name and a port. */
  addressCharactersMax: 300,
  /** Connections at once: two for each pair at most, after a simultaneous start. */
  connectionsMax: 1000,
  /** Connections in the making at once, as all nodes of a cluster may start together on one host. */
  connectionsPendingMax: 256,
  /** New connections a second from one host, for the same reason. */
  connectionsPerSecondMax: 1000,
  /** Dials in the making at once. */
  dialsMax: 24,
  /** Places at which refusals are remembered, so that each is told once a minute. */
  refusalsRememberedMax: 1000,
} as const

export const scheduleLimits = {
  /** Characters of one schedule: ten times the longest sensible one; bounds the time of every reading. */
  textCharactersMax: 1_000,
  /** A shorter interval is a busy loop, not a schedule. */
  intervalMinMs: 1_000,
  /** Any length of time that a person writes: beyond ten thousand days it is a slip of the pen. */
  durationMaxMs: 10_000 * 24 * 3_600_000,
  /** Occurrences that an ISO 8601 repetition may count: one a second for thirty years. */
  repetitionsMax: 1_000_000_000,
  /** Zones kept in memory: tzdata has about 600 names; more can only be spellings in other letter case. */
  zonesMax: 1_000,
  /** Tables of thirteen months kept for a zone: the years 1970 to 2100. Beyond, they are read again. */
  blocksPerZoneMax: 128,
  /** Up to so many slots of a list of schedules, instants that its members share are counted once. */
  listCountExactMax: 10_000,
} as const

export const newsLimits = {
  /** Runs that change in one step and are told one by one: a busy second of a cluster. */
  runsAtOnce: 200,
  categoriesAtOnce: 50,
  servicesAtOnce: 100,
  /** Jobs named with a category that changed. */
  jobsOfCategory: 100,
} as const

export const viewLimits = {
  /** Jobs of one edit that are shown with what changes: the rest is counted. */
  jobChanges: 500,
  /** Coming slots shown of a job before and after an edit. */
  nextSlots: 3,
  /** Runs shown beside one job. */
  runsOfJob: 50,
  /** Coming slots shown of one job. */
  upcomingSlots: 10,
  /** Slots between two instants that one asks for, to run them again: a thousand are some milliseconds. */
  slotsOfJob: 1000,
  /** The newest runs of a job that a list shows as a sparkline. */
  sparkRuns: 16,
  /** The newest runs of a job that are looked at for how it is. */
  runsChecked: 20,
  /** Slots of the coming day that are looked at one by one, in all and of one job: 20,000 take about 50 ms. */
  daySlots: 20_000,
  daySlotsOfJob: 100,
  /** Jobs of the coming day that are shown one by one, and slots of one that are. */
  dayRows: 60,
  dayRowSlots: 48,
} as const
