// What of a run that is over is not done again when it goes on: by the word, and by how its actions stood.

import { describe, expect, test } from 'vitest'
import { jobName, nodeId } from '../../../lib/base/ids.ts'
import { keptStates } from '../../../lib/ledger/kept-states.ts'
import type { RecordedAction, RunRecord } from '../../../lib/ledger/run-record.ts'
import type { OrderWord } from '../../../lib/run/run-order.ts'

type States = Readonly<Record<string, RecordedAction['state']>>

function record(states: States): RunRecord {
  const actions = Object.entries(states).map(([name, state]) => ({
    name,
    state,
    startedAtMs: 1,
    endedAtMs: 2,
    why: '',
  }))
  return {
    kind: 'run',
    job: jobName('shop.report'),
    incarnation: 1,
    slotMs: 1,
    label: '',
    run: 7,
    attempt: 1,
    token: 7,
    isLocal: false,
    node: nodeId('a'),
    state: 'failed',
    why: '',
    startedAtMs: 1,
    endedAtMs: 2,
    actions,
    writer: nodeId('a'),
    writtenAtMs: 2,
  }
}

const definition = { actions: [{ name: 'b', requires: ['a'] }] }

function kept(states: States, word: OrderWord, action: string | null) {
  return keptStates(record(states), { word, action, definition })
}

describe('a run goes on', () => {
  const failed: States = { a: 'succeeded', b: 'failed', c: 'blocked', d: 'cancelled' }

  test.each<[States, OrderWord, string | null, Readonly<Record<string, string>>]>([
    [failed, 'retry', 'b', { a: 'succeeded', d: 'cancelled' }],
    [failed, 'retry', null, { a: 'succeeded' }],
    [failed, 'skip', 'b', { a: 'succeeded', b: 'skipped', d: 'cancelled' }],
    [failed, 'succeed', 'b', { a: 'succeeded', b: 'succeeded', d: 'cancelled' }],
    [failed, 'fail', 'a', { a: 'failed', b: 'failed', d: 'cancelled' }],
    [{ a: 'unknown', b: 'failed' }, 'succeed', null, { a: 'succeeded', b: 'succeeded' }],
  ])('%j: %s %s keeps %j', (states, word, action, actions) => {
    expect(kept(states, word, action)).toEqual({ actions })
  })

  test.each<[States, OrderWord, string | null, string]>([
    [failed, 'skip', 'x', 'the run has no action "x"'],
    [failed, 'cancel', null, 'the run is over'],
    [{ a: 'failed', b: 'blocked' }, 'retry', 'b', 'it requires a'],
    [{ a: 'failed', cleanup: 'succeeded' }, 'retry', 'a', 'its cleanup has run'],
    [{ a: 'skipped' }, 'fail', 'a', 'action is skipped'],
    [{}, 'retry', null, 'nobody told how far its actions got'],
  ])('%j: %s %s is refused: %s', (states, word, action, why) => {
    expect(kept(states, word, action)).toMatchObject({ why: expect.stringContaining(why) as unknown })
  })
})
