// What people may ask of a run that is held, by hand: from the run and the order to the run as
// it is then, or to why not. What must be told to a process follows from the state; nothing is
// done here. An order is taken once: its answer stays with the run.

import { runLimits } from '../base/limits.ts'
import { isSameRequest } from '../base/request-id.ts'
import type { EndedAttempt } from '../claim/ended-attempt.ts'
import { isComplete, movedTo, processOf, stateName, type ActionState, type SetState } from './action-state.ts'
import { withAction, type ActionPlan, type HeldRun, type OrderAnswer } from './held-run.ts'
import { actionRunMachine, moveRefusal, nextState, type ActionRunMove } from './machine.ts'
import { withEarlier } from './retry.ts'
import { ended } from './run-endings.ts'

export type OrderWord = 'cancel' | 'stop' | 'kill' | 'skip' | 'succeed' | 'fail' | 'retry' | 'recover'

export type RunOrder = {
  readonly requestId: string
  readonly word: OrderWord
  /** One action, or null for the run as a whole. */
  readonly action: string | null
  readonly user: string
  /** For a retry: what the definition says now, not what the run was claimed with. */
  readonly useLatest: boolean
}

export type Ordered = { readonly run: HeldRun; readonly answer: OrderAnswer }

type At = {
  readonly atMs: number
  /** The action as the newest definition has it. */
  readonly latest: ActionPlan | null
}

export function applyOrder(run: HeldRun, order: RunOrder, at: At): Ordered {
  const before = Object.entries(run.orders ?? {}).find(([id]) => isSameRequest(id, order.requestId))
  if (before !== undefined) return { run, answer: before[1] }
  const asked = decide(run, order, at)
  if (asked.answer.kind === 'refused') return asked
  const orders = Object.entries({ ...asked.run.orders, [order.requestId]: asked.answer })
  return { ...asked, run: { ...asked.run, orders: Object.fromEntries(orders.slice(-runLimits.ordersKept)) } }
}

function decide(run: HeldRun, order: RunOrder, at: At): Ordered {
  if (run.phase === 'ended' || run.phase === 'releasing') return refused(run, 'the run is over', '')
  const { action, word } = order
  if (action === null) return ofRun(run, order, at)
  if (run.actions[action] === undefined) {
    const names = run.plan.map(({ name }) => name).join(', ')
    return refused(run, `the run has no action "${action}"`, `it has ${names}`)
  }
  switch (word) {
    case 'stop':
    case 'kill':
      return endProcess(run, action, order)
    case 'cancel':
      return processOf(run.actions[action]) === null
        ? set(run, action, order, at)
        : endProcess(run, action, order)
    case 'skip':
    case 'succeed':
    case 'fail':
      return set(run, action, order, at)
    case 'retry':
      return retry(run, action, order, at)
    case 'recover':
      return refused(
        run,
        `action is ${stateName(run.actions[action])}, and nobody can find out more while its run goes on`,
        'hocket succeed or hocket fail says how it ended',
      )
  }
}

function ofRun(run: HeldRun, order: RunOrder, at: At): Ordered {
  const { word, user } = order
  if (word === 'cancel') {
    if (run.stop !== undefined) return refused(run, 'it is being ended already', '')
    const stopped: HeldRun = { ...run, stop: { why: 'cancelled', atMs: at.atMs, by: user } }
    return done(stopped, 'the run is cancelled: what runs is told to end, and nothing more starts')
  }
  let next = run
  const told: string[] = []
  for (const { name } of run.plan) {
    const one = decide(next, { ...order, action: name }, at)
    if (one.answer.kind === 'refused') continue
    next = one.run
    told.push(one.answer.what)
  }
  if (told.length === 0) return refused(run, `none of its actions can be asked to ${word} now`, '')
  return { run: next, answer: { kind: 'done', what: told.join('; ') } }
}

function endProcess(run: HeldRun, action: string, { word }: RunOrder): Ordered {
  const state = run.actions[action]!
  const started = processOf(state)
  if (started === null)
    return refused(run, `action "${action}" is ${stateName(state)}: it has no process`, '')
  const isKill = word === 'kill'
  if (started.ending !== undefined && (!isKill || started.ending.signal === 'SIGKILL'))
    return refused(
      run,
      `action "${action}" is being ended already`,
      isKill ? '' : 'hocket kill does not wait',
    )
  const why = word === 'stop' ? 'stopped' : isKill ? 'killed' : 'cancelled'
  const told = ended(state, started, why, isKill ? 'SIGKILL' : 'SIGTERM')
  const how = isKill ? 'is killed' : 'is told to end, and killed when it does not'
  return done(withAction(run, action, told), `action "${action}" ${how}`)
}

const targets = { cancel: 'cancelled', skip: 'skipped', succeed: 'succeeded', fail: 'failed' } as const

function set(run: HeldRun, action: string, { word, user }: RunOrder, { atMs }: At): Ordered {
  const move = word as keyof typeof targets
  const state = run.actions[action]!
  if (nextState(actionRunMachine, stateName(state), move) === null) return refusedMove(run, action, move)
  const left = processOf(state)
  const attempt = attemptOf(state)
  const to: SetState = {
    kind: 'set',
    to: targets[move],
    atMs,
    by: user,
    ...(left !== null && { left }),
    ...(attempt !== null && { attempt }),
  }
  const changed = withAction(run, action, movedTo(state, move, to))
  const what = `action "${action}" is ${to.to}${left === null ? '' : ', and its process runs on: how it ends says nothing any more'}`
  return done(unblocked(changed), what)
}

function retry(run: HeldRun, action: string, order: RunOrder, { latest }: At): Ordered {
  const state = run.actions[action]!
  const plan = run.plan.find(({ name }) => name === action)!
  if (processOf(state) !== null)
    return refused(run, `action "${action}" is running`, `hocket kill it first, then retry`)
  if (run.stop !== undefined) return refused(run, 'the run is being ended', 'hocket rerun begins a new one')
  if (run.plan.some(({ isCleanup }) => isCleanup))
    return refused(run, 'its cleanup has begun', 'hocket rerun begins a new run')
  if (nextState(actionRunMachine, stateName(state), 'retry') === null)
    return refusedMove(run, action, 'retry')
  const missing = plan.requires.filter((name) => !isComplete(run.actions[name]))
  if (missing.length > 0)
    return refused(run, `it requires ${missing.join(', ')}`, '--wait-for-deps TIME waits for them')
  const attempt = attemptOf(state)
  let next = attempt === null ? run : withEarlier(run, action, attempt)
  next = withAction(next, action, movedTo(state, 'retry', { kind: 'waiting' }))
  if (order.useLatest && latest !== null)
    next = { ...next, plan: next.plan.map((other) => (other.name === action ? latest : other)) }
  return done(unblocked(next), `action "${action}" is tried again`)
}

/** The attempt that is over, where the state is of one: its process's name must not be given again. */
function attemptOf(state: ActionState): EndedAttempt | null {
  if (state.kind === 'set') return state.attempt ?? null
  return state.kind === 'exited' || state.kind === 'failed-to-start' || state.kind === 'unknown'
    ? state
    : null
}

/** What was blocked by an action that is complete, or may become so, waits again. */
function unblocked(run: HeldRun): HeldRun {
  let next = run
  for (const { name } of run.plan) {
    const state = next.actions[name]!
    if (state.kind !== 'blocked') continue
    const by = next.actions[state.by]!
    const mayComplete =
      isComplete(by) || by.kind === 'waiting' || by.kind === 'delayed' || by.kind === 'started'
    if (mayComplete) next = unblocked(withAction(next, name, movedTo(state, 'retry', { kind: 'waiting' })))
  }
  return next
}

function done(run: HeldRun, what: string): Ordered {
  return { run, answer: { kind: 'done', what } }
}

function refused(run: HeldRun, why: string, hint: string): Ordered {
  return { run, answer: { kind: 'refused', why, hint } }
}

function refusedMove(run: HeldRun, action: string, move: ActionRunMove): Ordered {
  const why = moveRefusal(actionRunMachine, stateName(run.actions[action]!), move)
  return refused(run, why.replace('action is', `action "${action}" is`), '')
}
