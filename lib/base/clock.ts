// What the core knows of time: one reading, taken by the shell when an event happens. The
// core asks for no other, so a run of it can be replayed.

export type Reading = {
  /**
   * Milliseconds on a clock that never steps and counts suspend: timers run on it and leases are judged on it.
   * Its zero means nothing; two machines' readings cannot be compared.
   */
  readonly steadyMs: number
  /** The wall clock in UTC milliseconds; may be wrong, may jump. */
  readonly wallMs: number
}
