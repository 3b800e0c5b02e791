// `hocket logs` against an API that gives the output part by part, as a node does: nothing is lost, doubled or changed,
// however it comes.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { logsCommand } from '../../../agent/cli/logs-command.ts'
import { serviceLogsCommand } from '../../../agent/cli/services-command.ts'
import { outputOf, places, written } from '../api/fake-output.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent

beforeEach(async () => {
  agent = await FakeAgent.open()
})
afterEach(async () => {
  await agent.close()
})

const logs = async (...words: string[]) =>
  typed([logsCommand], ['logs', ...words, '--data-dir', agent.directory])

test('what a run wrote comes through byte for byte', async () => {
  const bytes = Buffer.concat([
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    Buffer.alloc(700_000, 'x\n'),
  ])
  agent.api.output = outputOf(written(bytes))
  expect(await logs('shop.a.7')).toEqual({ code: 0, out: bytes.toString('latin1'), err: '' })
})

test('standard output goes to ours, and standard error to ours, unless that alone is wanted', async () => {
  agent.api.output = async (node, query) =>
    outputOf(written(Buffer.from(`${query.stream}\n`), query.stream))(node, query)
  expect(await logs('shop.a.7')).toEqual({ code: 0, out: 'stdout\n', err: 'stderr\n' })
  expect(await logs('shop.a.7', '-f')).toEqual({ code: 0, out: 'stdout\n', err: 'stderr\n' })
  expect(await logs('shop.a.7', '--stderr')).toEqual({ code: 0, out: 'stderr\n', err: '' })
  const lines = ['stdout', 'stderr'].map(
    (stream) => `{"run":"shop.a.7","action":"run","stream":"${stream}","line":"${stream}"}\n`,
  )
  expect(await logs('shop.a.7', '--json')).toEqual({ code: 0, out: lines.join(''), err: '' })
})

test('of a run that wrote nothing is said how it is, beside the output', async () => {
  const said = {
    code: 0,
    out: '',
    err: 'hocket: nothing was written: run shop.a.7 failed on alpha (exit 1)\n',
  }
  agent.api.output = outputOf(written(Buffer.alloc(0)))
  expect(await logs('shop.a.7')).toEqual(said)
  expect(await logs('shop.a.7', '--stderr')).toEqual(said)
  expect(await logs('shop.a.7', '--json')).toEqual({ code: 0, out: '', err: '' })
})

test('what is not kept is counted in its place', async () => {
  agent.api.output = outputOf({ ...written(Buffer.from('headtail')), gap: { fromByte: 4, missing: 1_000 } })
  expect((await logs('shop.a.7/run')).out).toBe('head\n[1000 bytes are not kept]\ntail')
})

test('it asks for the stream, the lines and the try that were named', async () => {
  agent.api.output = outputOf(written(Buffer.from('')))
  await logs('shop.a.7/run', '--stderr', '--tail', '5', '--try', '2')
  expect(agent.api.asked.at(-1)).toEqual({ kind: 'output-place', run: 'shop.a.7', action: 'run', tried: 2 })
  expect(agent.api.outputsAsked).toMatchObject([{ stream: 'stderr', from: { lastLines: 5 } }])
})

test('what an instance of a service wrote comes through, and the part of it that was asked for', async () => {
  agent.api.output = outputOf(written(Buffer.from('listening\n'), 'stderr'))
  const words = ['service', 'logs', 'shop.web.1', '--stderr', '--tail', '5', '--data-dir', agent.directory]
  expect(await typed([serviceLogsCommand], words)).toEqual({ code: 0, out: 'listening\n', err: '' })
  expect(agent.api.asked.at(-1)).toEqual({ kind: 'instance-output-place', instance: 'shop.web.1' })
  expect(agent.api.outputsAsked).toMatchObject([{ stream: 'stderr', from: { lastLines: 5 } }])
})

test('it follows until the action has ended, and on to the next try', async () => {
  const first = written(Buffer.from('one\n'), 'stderr')
  const second = written(Buffer.from('two\n'), 'stderr')
  agent.api.output = outputOf(first, second)
  agent.api.answer = places(agent.api.answer, [
    { process: 'first', isOver: false },
    { process: 'first', isOver: false },
    { process: 'second', isOver: true },
  ])
  // Both streams would be told these places in any order.
  expect((await logs('shop.a.7/run', '-f', '--stderr')).out).toBe('one\ntwo\n')
})

test('a node that is away is named, with the last lines that the ledger has', async () => {
  agent.api.output = async () => ({ kind: 'away', why: 'it cannot be reached' })
  expect(await logs('shop.a.7')).toEqual({
    code: 1,
    out: '',
    err: saying('it is on node "alpha", and it cannot be reached') as string,
  })
  expect((await logs('shop.a.7')).err).toContain('no such file')
})

test('a node that goes away in the middle is told, and what came before is shown', async () => {
  const known = outputOf(written(Buffer.alloc(600_000, 'y')))
  let count = 0
  agent.api.output = async (node, query) =>
    ++count > 2 ? { kind: 'away', why: 'it cannot be reached any more' } : known(node, query)
  const { code, out, err } = await logs('shop.a.7')
  expect(code).toBe(1)
  expect(out).toBe('y'.repeat(out.length))
  expect(err).toContain(`Cannot read on after ${out.length} bytes`)
})

test.each([
  [['shop.a.7', '--tail', 'x'], 'Cannot use "x" as --tail: it is no whole number, expected'],
  [['shop.a.7', '--try', '1.5'], 'Cannot use "1.5" as --try: it is no whole number, expected'],
  [[], 'Cannot read output: no run is named, expected'],
])('%j is asked wrongly', async (words, text) => {
  expect(await logs(...words)).toMatchObject({ code: 2, err: saying(text) })
})
