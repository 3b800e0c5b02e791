// The state machines of a job run, of one action in it and of one attempt of that action, as
// tables: what is not in a table is refused with both names. They follow Tron's (see the table
// of differences in config/README.md); `withdraw` and `releasing` are ours, for what
// is provably not started.

export type JobRunState = 'waiting' | 'running' | 'releasing' | 'ended'
export type JobRunMove = 'start' | 'withdraw' | 'release' | 'end'

export type ActionRunState =
  'waiting' | 'running' | 'delayed' | 'succeeded' | 'failed' | 'unknown' | 'blocked' | 'cancelled' | 'skipped'
export type ActionRunMove =
  'start' | 'withdraw' | 'succeed' | 'fail' | 'vanish' | 'delay' | 'block' | 'cancel' | 'skip' | 'retry'

export type AttemptState = 'marked' | 'running' | 'exited' | 'failed-to-start' | 'unknown' | 'withdrawn'
export type AttemptMove = 'spawn' | 'adopt' | 'exit' | 'fail-to-start' | 'vanish' | 'withdraw'

export type Machine<State extends string, Move extends string> = {
  readonly noun: string
  readonly moves: { readonly [from in State]: { readonly [move in Move]?: State } }
}

export const jobRunMachine: Machine<JobRunState, JobRunMove> = {
  noun: 'run',
  moves: {
    waiting: { start: 'running', release: 'releasing', end: 'ended' },
    // Its only process proved not to have started: all checks are made anew.
    running: { withdraw: 'waiting', end: 'ended' },
    releasing: {},
    ended: {},
  },
}

export const actionRunMachine: Machine<ActionRunState, ActionRunMove> = {
  noun: 'action',
  moves: {
    waiting: {
      start: 'running',
      succeed: 'succeeded',
      fail: 'failed',
      block: 'blocked',
      cancel: 'cancelled',
      skip: 'skipped',
    },
    running: {
      withdraw: 'waiting',
      succeed: 'succeeded',
      fail: 'failed',
      vanish: 'unknown',
      delay: 'delayed',
      cancel: 'cancelled',
      skip: 'skipped',
    },
    delayed: {
      start: 'running',
      succeed: 'succeeded',
      fail: 'failed',
      cancel: 'cancelled',
      skip: 'skipped',
      retry: 'waiting',
    },
    succeeded: { fail: 'failed', skip: 'skipped', retry: 'waiting' },
    failed: { succeed: 'succeeded', skip: 'skipped', retry: 'waiting' },
    unknown: { succeed: 'succeeded', fail: 'failed', skip: 'skipped', retry: 'waiting' },
    blocked: {
      succeed: 'succeeded',
      fail: 'failed',
      cancel: 'cancelled',
      skip: 'skipped',
      retry: 'waiting',
    },
    cancelled: { succeed: 'succeeded', fail: 'failed', skip: 'skipped', retry: 'waiting' },
    skipped: {},
  },
}

export const attemptMachine: Machine<AttemptState, AttemptMove> = {
  noun: 'attempt',
  moves: {
    marked: {
      spawn: 'running',
      adopt: 'running',
      exit: 'exited',
      'fail-to-start': 'failed-to-start',
      vanish: 'unknown',
      withdraw: 'withdrawn',
    },
    // What had been reported as started is not taken back: it failed to start.
    running: {
      spawn: 'running',
      adopt: 'running',
      exit: 'exited',
      'fail-to-start': 'failed-to-start',
      vanish: 'unknown',
    },
    exited: {},
    'failed-to-start': {},
    unknown: {},
    withdrawn: {},
  },
}

/** Where a move leads; null when the table does not have it. */
export function nextState<State extends string, Move extends string>(
  machine: Machine<State, Move>,
  from: State,
  move: Move,
): State | null {
  return machine.moves[from][move] ?? null
}

/** Why a move is refused, with both names and what would be expected. */
export function moveRefusal<State extends string, Move extends string>(
  machine: Machine<State, Move>,
  from: State,
  move: Move,
): string {
  const states = Object.keys(machine.moves) as State[]
  const able = states.filter((state) => nextState(machine, state, move) !== null)
  return `${machine.noun} is ${from}, and ${move} needs one that is ${able.join(' or ')}`
}
