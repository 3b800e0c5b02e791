// What people see of a run that waits or goes on by hand, on the whole core: it is there as soon as it has begun, and
// its output is that of the attempt that wrote it.
import { expect, test } from 'vitest'
import { PlayedAgent } from '../played-agent.ts'

test('a run that waits for an event is told as soon as it waits, with what it waits for', () => {
  const event = 'shop.up.a.n.2026-11-21'
  const text = `jobs: [{name: down, actions: {b: {command: x, triggered_by: ["shop.up.a.n.{shortdate}"]}}}]`
  const agent = new PlayedAgent(text).pass(1_000)
  agent.startByHand('shop.down')
  expect(agent.pass(1_000).runs('shop.down')).toMatchObject([
    { state: 'running', startedAt: null, actions: [{ state: 'waiting', why: `waits for ${event}` }] },
  ])
  agent.order({ kind: 'publish-event', requestId: '2', event })
  expect(agent.pass(1_000).runs('shop.down')).toMatchObject([{ state: 'succeeded' }])
})

test('a run that is done again, or goes on, has the variables that it was started with', () => {
  const text = `
command_context: {level: usual, place: any}
jobs: [{name: one, actions: {a: {command: "x {level} {place}"}}}]`
  const agent = new PlayedAgent(text, () => ({ ms: 100, code: 1 })).pass(1_000)
  const start = { kind: 'start-job', job: 'shop.one', forSlotMs: null, isForced: false } as const
  agent.order({ ...start, requestId: '1', variables: { level: 'full' } })
  agent.pass(1_000)
  agent.order({ kind: 'rerun', requestId: '2', run: 'shop.one.-1', isForced: false })
  agent.pass(1_000)
  agent.order({ kind: 'order-run', requestId: '3', run: 'shop.one.-1', word: 'retry', useLatest: false })
  agent.pass(1_000)
  agent.order({ ...start, requestId: '4', variables: {} })
  agent.pass(1_000)
  expect(agent.starts.map(({ command }) => command)).toEqual([
    'x full any',
    'x full any',
    'x full any',
    'x usual any',
  ])
  expect(agent.runs('shop.one').map(({ id, variables = {} }) => [id, variables])).toEqual([
    ['shop.one.4', {}],
    ['shop.one.2', { level: 'full' }],
    ['shop.one.2', { level: 'full' }],
    ['shop.one.1', { level: 'full' }],
  ])
})

/** What is said of a start by hand of a job that knows one variable. */
function startedWith(variables: Readonly<Record<string, string>>): string {
  const text = 'command_context: {level: usual}\njobs: [{name: one, actions: {a: {command: x}}}]'
  const agent = new PlayedAgent(text).pass(1_000)
  const start = { kind: 'start-job', job: 'shop.one', forSlotMs: null, isForced: false } as const
  return agent.order({ ...start, requestId: '1', variables })
}

test('a variable that no template could name is refused, for it would be passed over in silence', () => {
  expect(startedWith({ lvel: 'full' })).toBe('refused: the job has no variable "lvel" in its command_context')
  expect(startedWith({ level: 'full' })).toContain('asked for one run')
})

test('variables that are too long to be kept are refused, with how long they may be', () => {
  const ask = (length: number) => startedWith({ level: 'x'.repeat(length - 'level'.length) })
  expect(ask(10_001)).toBe('refused: its variables have 10001 characters, of at most 10000')
  expect(ask(10_000)).toContain('asked for one run')
})

test('what an attempt has kept of the one before is read where it was written', () => {
  const text = 'jobs: [{name: one, actions: {a: {command: good}, b: {command: bad, requires: [a]}}}]'
  const agent = new PlayedAgent(text, (command) => ({ ms: 100, code: command === 'bad' ? 1 : 0 })).pass(1_000)
  agent.startByHand('shop.one')
  agent.pass(1_000)
  const order = { kind: 'order-run', run: 'shop.one.-1', useLatest: false } as const
  agent.order({ ...order, requestId: '2', word: 'retry' })
  agent.pass(1_000)
  const processOf = (action: string) => {
    const answer = agent.ask({ kind: 'output-place', run: 'shop.one.1', action, tried: null })
    return answer.kind === 'output-place' ? answer.place.process : answer.kind
  }
  expect([processOf('a'), processOf('b')]).toEqual(['shop.one.1.a.1', 'shop.one.1.b.2'])
  agent.order({ ...order, requestId: '3', word: 'skip', run: 'shop.one.-1/b' })
  agent.pass(1_000)
  expect([processOf('a'), processOf('b')]).toEqual(['shop.one.1.a.1', 'shop.one.1.b.2'])
  expect(agent.order({ ...order, requestId: '4', word: 'retry' })).toBe(
    'refused: nothing of the run is left to be tried again',
  )
})
