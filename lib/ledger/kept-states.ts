// What of a run that is over stays as it is when it is to go on, from its record and what was
// asked: what has succeeded or was skipped is not done again, and what is not named starts.

import type { KeptState } from '../claim/register.ts'
import type { ActionDefinition } from '../definition/job-definition.ts'
import { actionRunMachine, moveRefusal, nextState } from '../run/machine.ts'
import type { OrderWord } from '../run/run-order.ts'
import type { RecordedAction, RunRecord } from './run-record.ts'
import { stateWords } from './state-words.ts'

type Kept = Readonly<Record<string, KeptState>>
type Refused = { readonly why: string; readonly hint: string }

const targets: Partial<Record<OrderWord, KeptState>> = {
  skip: 'skipped',
  succeed: 'succeeded',
  fail: 'failed',
}

export function keptStates(
  record: RunRecord,
  asked: {
    readonly word: OrderWord
    readonly action: string | null
    readonly definition: { readonly actions: readonly Pick<ActionDefinition, 'name' | 'requires'>[] }
  },
): { readonly actions: Kept } | Refused {
  const { word, action, definition } = asked
  const isRetry = word === 'retry'
  const to = targets[word]
  if (!isRetry && to === undefined)
    return {
      why: `the run is over: it ${stateWords[record.state]}`,
      hint: 'hocket retry and hocket rerun do it again',
    }
  if (record.actions.length === 0)
    return { why: 'nobody told how far its actions got', hint: 'hocket rerun begins a new run' }
  if (isRetry && record.actions.some(({ name }) => name === 'cleanup'))
    return { why: 'its cleanup has run', hint: 'hocket rerun begins a new run' }
  if (isRetry && action === null && record.actions.every(isComplete))
    return { why: 'nothing of the run is left to be tried again', hint: 'hocket rerun begins a new run' }
  const named = record.actions.find(({ name }) => name === action)
  if (action !== null && named === undefined)
    return {
      why: `the run has no action "${action}"`,
      hint: `it has ${record.actions.map(({ name }) => name).join(', ')}`,
    }
  const move = word as 'retry' | 'skip' | 'succeed' | 'fail'
  if (named !== undefined && nextState(actionRunMachine, named.state, move) === null)
    return { why: moveRefusal(actionRunMachine, named.state, move), hint: '' }
  const kept: Record<string, KeptState> = {}
  for (const one of record.actions) {
    const state = keptState(one, isRetry && action === null)
    const isNamed = action === null ? !isRetry && !isComplete(one) : one.name === action
    if (isNamed && to !== undefined) kept[one.name] = to
    else if (!isNamed && state !== null) kept[one.name] = state
  }
  const { requires = [] } = definition.actions.find(({ name }) => name === action) ?? {}
  const missing = requires.filter((name) => kept[name] !== 'succeeded' && kept[name] !== 'skipped')
  if (isRetry && missing.length > 0)
    return { why: `it requires ${missing.join(', ')}`, hint: 'retry those first, or the whole run' }
  return { actions: kept }
}

const isComplete = ({ state }: RecordedAction): boolean => state === 'succeeded' || state === 'skipped'

/** Null: it starts anew. */
function keptState({ state }: RecordedAction, isWholeRun: boolean): KeptState | null {
  if (state === 'succeeded' || state === 'skipped') return state
  if (isWholeRun) return null
  if (state === 'failed' || state === 'unknown') return 'failed'
  return state === 'cancelled' ? 'cancelled' : null
}
