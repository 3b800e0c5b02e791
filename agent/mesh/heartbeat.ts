// Tells a hung peer from a busy one. Each peer is pinged every second, and whatever it sends counts as life;
// one that was silent for 5 s is down. When our own tick comes late, our own loop stood still, and what the
// peers sent meanwhile lies unread: they are given that time again.

import type { Session, Sessions } from './sessions.ts'

export const tickMs = 500
const pingEveryMs = 900
const silentMaxMs = 5000
/** A tick may be this late before anyone is forgiven for it. */
const lateMs = 200

export class Heartbeat {
  #lastTickMs: number

  constructor(nowMs: number) {
    this.#lastTickMs = nowMs
  }

  /** How long our own loop stood still since the last tick. */
  beat(nowMs: number): number {
    const stoodStillMs = nowMs - this.#lastTickMs - tickMs
    this.#lastTickMs = nowMs
    return stoodStillMs > lateMs ? stoodStillMs : 0
  }

  /** Peers to be pinged now; they count as pinged. */
  duePings(sessions: Sessions, nowMs: number): Session[] {
    const due = sessions.list().filter((session) => nowMs - session.pingedAtMs >= pingEveryMs)
    for (const session of due) session.pingedAtMs = nowMs
    return due
  }

  hung(sessions: Sessions, nowMs: number): Session[] {
    return sessions.list().filter((session) => nowMs - session.heardAtMs > silentMaxMs)
  }
}
