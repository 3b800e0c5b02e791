// `hocket why`: what a person may name, a job and perhaps a slot, or a run, and what is asked of the agent then.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { whyCommand } from '../../../agent/cli/why-command.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent

beforeEach(async () => {
  agent = await FakeAgent.open()
})
afterEach(async () => agent.close())

const why = async (...words: string[]) =>
  typed([whyCommand], ['why', ...words, '--data-dir', agent.directory])

test.each([
  [['shop.a'], { kind: 'why', job: 'shop.a', slotMs: null }, 'a.b, slot'],
  [
    ['shop.a', '2026-11-21T03:00Z'],
    { kind: 'why', job: 'shop.a', slotMs: Date.UTC(2026, 10, 21, 3) },
    'a.b, slot',
  ],
  [['shop.a.7'], { kind: 'why-run', run: 'shop.a.7' }, 'a.b.7, slot'],
  [['shop.a.-1'], { kind: 'why-run', run: 'shop.a.-1' }, 'a.b.7, slot'],
  [['shop.a.alpha:3'], { kind: 'why-run', run: 'shop.a.alpha:3' }, 'a.b.7, slot'],
  [['shop.a.7/dump'], { kind: 'why-run', run: 'shop.a.7.dump' }, 'a.b.7, slot'],
])('hocket why %j asks for %j', async (words, question, head) => {
  const said = await why(...words)
  expect(said).toEqual({ code: 0, out: saying(head), err: '' })
  expect(said.out).toContain('\n  it ran\n')
  expect(agent.api.asked).toEqual([question])
})

test.each([
  [[], 'no job or run is named'],
  [['shop.a', 'noon'], 'Cannot use SLOT: "noon" is not a date'],
])('%j is asked wrongly', async (words, text) => {
  expect(await why(...words)).toMatchObject({ code: 2, err: saying(text) })
})
