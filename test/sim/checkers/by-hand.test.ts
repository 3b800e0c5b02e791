// The statements of requests by hand and of triggers: each fires on a history that breaks it, and none on a good one.
import { describe, expect, test } from 'vitest'
import type { Order, PendingEntry } from '../../../lib/claim/register.ts'
import { formatInstant } from '../../../lib/schedule/calendar.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { linked } from '../plan/hand-workload.ts'
import { a, b, ballot, c, HandMadeHistory, live, register, runView, startMs } from './hand-made-history.ts'

const order: Order = {
  requestId: 'r1',
  user: 'ann',
  forSlotMs: null,
  isForced: false,
  variables: {},
  resume: null,
}
const pending = (unit: string): PendingEntry => {
  const { unit: _unit, incarnation, slotMs, label, attempt, startByMs } = live(1)
  const work = { unit, incarnation, slotMs, label, attempt, startByMs, order }
  return { ...work, run: null, sinceMs: 0, releasedBy: null }
}
const command = { kind: 'rerun', requestId: 'r1', run: 'x.job.-1', isForced: false } as const
const everyone = (runs: readonly RunView[]) => new Map([a, b, c].map((node) => [node, runs]))

/** A run of one of the jobs that hang together, by a node that decides for itself, with its process. */
function ran(history: HandMadeHistory, name: string, atMs: number): RunView {
  const entry = live(1, { slotMs: startMs + 61_000 })
  const slot = formatInstant(entry.slotMs)
  history.process(entry, {
    process: `${name}.a:1.step1.1`,
    environment: { HOCKET_JOB: name, HOCKET_SLOT: slot, HOCKET_RUN: 'a:1', HOCKET_ACTION: 'step1' },
    startMs: startMs + atMs,
    endMs: startMs + atMs + 100,
  })
  return runView(entry, { id: `${name}.a:1`, job: name, slot })
}

const histories: readonly (readonly [
  statement: string | null,
  what: string,
  make: (history: HandMadeHistory) => void,
])[] = [
  [
    'R1',
    'a request that is two runs',
    (history) => {
      history.accepts([a, b], ballot(1), register({ pending: [pending('m1')] }))
      const both = [pending('m1'), pending('m2')]
      history.accepts([a, b], ballot(2), register({ version: 2, pending: both }))
    },
  ],
  [
    'R2',
    'an agent that lives and never answers',
    (history) => {
      history.saw({ kind: 'hand-asked', no: 0, node: a, command })
      history.until(50_000)
      history.ends(everyone([]))
    },
  ],
  [
    null,
    'an agent that died before it answered',
    (history) => {
      history.saw({ kind: 'hand-asked', no: 0, node: a, command })
      history.saw({ kind: 'agent-ended', node: a, how: 'killed' })
      history.until(50_000)
      history.ends(everyone([]))
    },
  ],
  [
    'R3',
    'a request that was accepted and came to nothing',
    (history) => {
      const answer = { kind: 'done', what: 'asked for one run of "x.job"' } as const
      history.saw({ kind: 'hand-answered', no: 0, node: a, command, answer })
      history.ends(everyone([]))
    },
  ],
  [
    'R4',
    'a triggered run that starts without its event',
    (history) => void ran(history, linked.down, 61_500),
  ],
  [
    'R4',
    'a triggered run that never starts',
    (history) => {
      const up = ran(history, linked.up, 61_500)
      const down = { ...up, id: `${linked.down}.1`, job: linked.down, state: 'unknown' as const }
      history.ends(everyone([up, down]))
    },
  ],
  [
    null,
    'a triggered run that starts in its turn',
    (history) => {
      const up = ran(history, linked.up, 61_500)
      const down = ran(history, linked.down, 61_700)
      history.ends(everyone([up, down]))
    },
  ],
]

describe('a checker', () => {
  test.each(histories)('fires at %s: %s', (statement, _, make) => {
    const history = new HandMadeHistory()
    make(history)
    expect(history.broken).toBe(statement)
  })
})
