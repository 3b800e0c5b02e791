// Until when a process may live that must not outlive its node's session (S5, S7): those of
// jobs that are exclusive or run again when lost. From the session's end to the instants at
// which its guard ends it.

import { leaseLimits } from '../base/limits.ts'
import type { JobDefinition } from '../definition/job-definition.ts'

// Why no other node starts the next one before this one is gone:
//
//     sent ────────────────── term ── kill ─ validUntil ─┬── certificate ── next start
//     ├──── TTL × (1 − 2ρ − 0.01), holder's clock ───────┤
//          ├──── TTL, clock of each witness, from when it heard ────┤
//
// The holder's clock may be slow by ρ, a witness's fast by ρ. So validUntil comes, in true
// time, at most TTL × (1 − 2ρ − 0.01) / (1 − ρ) after the renewal was sent, and "expired" at
// least TTL / (1 + ρ) after it was heard, which is later. Since (1 − ρ) / (1 + ρ) ≥ 1 − 2ρ,
// what lies between is never less than TTL × 0.01: 200 ms of 20 s, 20 ms of 2 s. A certificate
// needs a witness of the majority that heard the last renewal, so it comes after that.
// That is enough for the session, which ends by itself; a process must be killed, by a
// guard whose clock has steps of 10 ms and that may be late. So it is killed killSpareMs
// before validUntil, and told to end graceMs before that.
//
// A pause of the whole machine longer than all this ends in a process that runs on until its
// guard runs again, a tenth of a second at most. Nothing on that machine can prevent it;
// the fencing token is there for what must not happen twice.

/** Instants on the steady clock: SIGTERM at the first, SIGKILL at the second. */
export type Deadline = { readonly termAtMs: number; readonly killAtMs: number }

/** What a process is started under. */
export type Lease = { readonly deadline: Deadline }

export function needsLease({ exclusive, ifLost }: JobDefinition): boolean {
  return exclusive || ifLost === 'rerun'
}

/** When what runs in a session that is valid until this instant is ended. */
export function deadlineOf(validUntilMs: number, { ttlMs }: { readonly ttlMs: number }): Deadline {
  const killAtMs = validUntilMs - leaseLimits.killSpareMs
  const graceMs = Math.min(ttlMs * leaseLimits.graceFraction, leaseLimits.graceMostMs)
  return { termAtMs: killAtMs - graceMs, killAtMs }
}
