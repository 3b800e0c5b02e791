// `hocket stop`, `kill`, `retry` and the like: what is said of one name, and of several of which one is refused.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killCommand } from '../../../agent/cli/order-commands.ts'
import { sampleOutcome } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent

beforeEach(async () => {
  agent = await FakeAgent.open()
  agent.api.outcome = async (command) => {
    if (command.kind !== 'order-run') return sampleOutcome(command)
    const isOver = command.run === 'shop.a.2'
    return isOver
      ? { kind: 'refused', why: 'the run is over', hint: '' }
      : { kind: 'done', what: 'action "x" is killed' }
  }
})
afterEach(async () => agent.close())

const kill = async (...words: string[]) =>
  typed([killCommand], ['kill', ...words, '--data-dir', agent.directory])

test('of one name is said what was done, or why not', async () => {
  expect(await kill('shop.a.1')).toEqual({ code: 0, out: 'action "x" is killed\n', err: '' })
  expect(await kill('shop.a.2')).toEqual({ code: 1, out: '', err: saying('the run is over') })
})

test('of several each is asked, also behind one that is refused', async () => {
  expect(await kill('shop.a.1', 'shop.a.2', 'shop.a.3')).toEqual({
    code: 1,
    out: 'shop.a.1: action "x" is killed\nshop.a.3: action "x" is killed\n',
    err: saying('hocket: shop.a.2: Cannot do that now: the run is over'),
  })
  const { code, out } = await kill('shop.a.2', 'shop.a.3', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    answers: [
      { of: 'shop.a.2', refused: saying('the run is over') },
      { of: 'shop.a.3', done: 'action "x" is killed' },
    ],
  })
})
