// What is counted and measured in the core since its start, for who watches the agent: its
// claims, its session, its documents and how far they are behind those of its peers.

import type { Sources } from './answer-question.ts'
import { flaggedRuns } from './job-attention.ts'
import type { RunFlag } from './job-check.ts'

export type FiguresView = {
  readonly claims: {
    readonly won: number
    readonly lost: number
    /** By why. */
    readonly refused: Readonly<Record<string, number>>
    readonly takeovers: number
  }
  /** Runs that go on, and last longer than expected or keep the next one waiting. */
  readonly runsFlagged: Readonly<Record<RunFlag, number>>
  /** How long the session lasts by now; null while there is none. */
  readonly sessionAgeMs: number | null
  readonly peers: number
  readonly documents: {
    /** All that there are; and those in memory, by kind. */
    readonly known: number
    readonly open: readonly { readonly kind: string; readonly count: number; readonly bytes: number }[]
    readonly largest: { readonly id: string; readonly bytes: number } | null
    /** Of which a peer has more than this agent, and for how long at the most. */
    readonly behind: { readonly count: number; readonly forMs: number }
  }
}

export function figuresView(sources: Sources): FiguresView {
  const { claims, session, clock, roster, documents } = sources
  const { won, lost, takeovers } = claims.tally
  const behind = documents.behind()
  const sizes = documents.sizes()
  const byKind = new Map<string, { count: number; bytes: number }>()
  for (const { id, bytes } of sizes) {
    const kind = id.split('/', 1)[0] ?? id
    const sum = byKind.get(kind) ?? { count: 0, bytes: 0 }
    byKind.set(kind, { count: sum.count + 1, bytes: sum.bytes + bytes })
  }
  const isHeld = session.isValid(clock.nowMs) && session.sinceMs !== null
  return {
    claims: { won, lost, takeovers, refused: claims.tally.refused() },
    runsFlagged: flagCounts(sources),
    sessionAgeMs: isHeld ? Math.round(clock.nowMs - session.sinceMs) : null,
    peers: roster.connected().length,
    documents: {
      known: [...documents.ids()].length,
      open: [...byKind].map(([kind, sum]) => ({ kind, ...sum })),
      largest: sizes.toSorted((left, right) => right.bytes - left.bytes)[0] ?? null,
      behind: {
        count: behind.documents,
        forMs: behind.sinceMs === null ? 0 : Math.round(clock.nowMs - behind.sinceMs),
      },
    },
  }
}

function flagCounts(sources: Sources): Record<RunFlag, number> {
  const counts = { 'over-expected': 0, stuck: 0 }
  for (const { flags } of flaggedRuns(sources)) for (const flag of flags) counts[flag]++
  return counts
}
