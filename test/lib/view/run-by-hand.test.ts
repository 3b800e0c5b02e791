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
