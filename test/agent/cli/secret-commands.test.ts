// Secrets from the command line: values are read, never written as words, and never shown.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  secretListCommand,
  secretRemoveCommand,
  secretSetCommand,
} from '../../../agent/cli/secret-commands.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

const commands = [secretSetCommand, secretListCommand, secretRemoveCommand]
let agent: FakeAgent

beforeAll(async () => {
  agent = await FakeAgent.open()
})

afterAll(async () => agent.close())

beforeEach(() => {
  agent.api.hosts.isAway = false
  agent.api.hosts.values.clear()
})

const hocket = async (words: readonly string[], input: readonly string[] = []) =>
  typed(commands, [...words, '--data-dir', agent.directory], { input })

test('a value is taken as it is, without the end of its last line', async () => {
  const set = await hocket(['secret', 'set', 'shop-db', '--all-nodes'], ['hun', 'ter 2 \n'])
  expect(set).toEqual({ code: 0, out: 'secret "shop-db" is set on alpha\n', err: '' })
  expect(agent.api.hosts.values.get('shop-db')).toBe('hunter 2 ')
  expect((await hocket(['secret', 'list'])).out).toMatch(/^SECRET +NODE +SET\nshop-db +alpha +1970-01-01\n$/)
  expect((await hocket(['secret', 'remove', 'shop-db'])).out).toBe('secret "shop-db" is removed on alpha\n')
  expect((await hocket(['secret', 'list'])).out).toMatch(/^no secrets/)
  expect(JSON.stringify(agent.api.audit.entries)).not.toContain('hunter')
})

test('what cannot be is refused, with what to do', async () => {
  for (const [words, input, err] of [
    [['secret', 'set', 'shop-db'], ['abc\n'], 'expected 4 or more'],
    [['secret', 'set'], [], 'it has no name'],
    [['secret', 'set', 'shop/db'], ['hunter2'], 'that is no name'],
    [['secret', 'remove', 'shop-db'], [], 'there is none'],
    [['secret', 'set', 'shop-db', '--node', 'omega'], ['hunter2'], 'Cannot find node "omega"'],
  ] as const)
    expect(await hocket(words, input)).toMatchObject({ out: '', err: saying(err) })
  agent.api.hosts.isAway = true
  expect(await hocket(['secret', 'set', 'shop-db'], ['hunter2'])).toMatchObject({
    code: 1,
    err: saying('does not answer'),
  })
})
