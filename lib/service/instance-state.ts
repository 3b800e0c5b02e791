// The states of an instance, and what leads from one to another. Source: Tron 0.6 (serviceinstance.py), without its
// `monitoring`: an instance that is being checked stays what it was at its last check.

export type InstanceState = 'down' | 'starting' | 'up' | 'unknown' | 'failed' | 'stopping'

export type InstanceChange =
  /** Its start command is given. */
  | 'start'
  /** A check found its process alive and ours, and well. */
  | 'up'
  /** A check found it dead. */
  | 'down'
  /** A check could not be made, hung, or could not tell. */
  | 'check-failed'
  /** Too many checks in a row failed, or too many of its health. */
  | 'give-up'
  /** It is to stop. */
  | 'stop'
  /** It is proved to be dead. */
  | 'stopped'
  /** It lives on, or nobody can say. */
  | 'stop-failed'
  /** Its machine was started anew, and nothing of it is left. */
  | 'rebooted'

type Transitions = {
  readonly [state in InstanceState]: { readonly [change in InstanceChange]?: InstanceState }
}

const instanceTransitions: Transitions = {
  down: { start: 'starting', up: 'up', 'check-failed': 'unknown', 'give-up': 'failed' },
  starting: {
    up: 'up',
    down: 'failed',
    'check-failed': 'unknown',
    'give-up': 'failed',
    stop: 'stopping',
    stopped: 'down',
    rebooted: 'down',
  },
  up: {
    up: 'up',
    down: 'failed',
    'check-failed': 'unknown',
    'give-up': 'failed',
    stop: 'stopping',
    rebooted: 'down',
  },
  unknown: {
    start: 'starting',
    up: 'up',
    down: 'failed',
    'check-failed': 'unknown',
    'give-up': 'failed',
    stop: 'stopping',
    rebooted: 'down',
  },
  failed: { start: 'starting', up: 'up', 'give-up': 'failed', stop: 'stopping', rebooted: 'down' },
  stopping: { stopped: 'down', 'stop-failed': 'failed' },
}

/** Null: in this state that cannot happen, and changes nothing. */
export function nextState(state: InstanceState, change: InstanceChange): InstanceState | null {
  return instanceTransitions[state][change] ?? null
}
