// The commands that change something: what they ask of the agent, and what they say of its answer.
import os from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  configApplyCommand,
  configDeleteCommand,
  configResolveCommand,
  configRollbackCommand,
} from '../../../agent/cli/config-apply-command.ts'
import { activateCommand, leaveCommand, removeNodeCommand } from '../../../agent/cli/node-commands.ts'
import { drainCommand } from '../../../agent/cli/drain-command.ts'
import { disableCommand, enableCommand } from '../../../agent/cli/switch-command.ts'
import { witnessesRecoverCommand, witnessesReplaceCommand } from '../../../agent/cli/witnesses-command.ts'
import type { ConfigChangeView } from '../../../lib/view/config-change-view.ts'
import type { NodeView } from '../../../lib/view/question.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed, type Given } from './fake-terminal.ts'

const commands = [
  configApplyCommand,
  configDeleteCommand,
  configResolveCommand,
  configRollbackCommand,
  activateCommand,
  drainCommand,
  leaveCommand,
  removeNodeCommand,
  disableCommand,
  enableCommand,
  witnessesRecoverCommand,
  witnessesReplaceCommand,
]

const change: ConfigChangeView = {
  category: 'shop',
  revision: '7:one:abc',
  isNews: true,
  created: 1,
  changed: 1,
  removed: 1,
  unchanged: 4,
  jobs: [
    { job: 'shop.c', change: 'removed', keys: [], nextBefore: ['2026-11-22T04:00:00Z'], nextAfter: [] },
    {
      job: 'shop.b',
      change: 'changed',
      keys: [
        { key: 'schedule', before: 'every 2h', after: 'every 3h' },
        { key: 'owner', before: 'ann', after: '' },
      ],
      nextBefore: ['2026-11-21T14:00:00Z', '2026-11-21T16:00:00Z'],
      nextAfter: ['2026-11-21T15:00:00Z', '2026-11-22T00:00:00Z'],
    },
    { job: 'shop.d', change: 'created', keys: [], nextBefore: [], nextAfter: [] },
  ],
  services: [{ service: 'shop.web', change: 'changed', keys: [{ key: 'count', before: '2', after: '3' }] }],
  notes: [{ file: 'shop.yaml', line: 2, column: 1, path: '', message: 'A note.', hint: '' }],
}

const node = (name: string, isSelf: boolean): NodeView => ({
  name,
  nodeId: `id-of-${name}`,
  hostname: name,
  labels: {},
  state: 'live',
  duty: 'active',
  isSelf,
  isWitness: true,
  isConnected: true,
  version: '0.1.0',
  zoneData: '2026a',
  addresses: [],
  startedAt: '2026-11-21T00:00:00Z',
})

let agent: FakeAgent
const run = async (words: readonly string[], given: Given = {}) =>
  typed(commands, [...words, '--data-dir', agent.directory], {
    workingDirectory: agent.directory,
    ...given,
  })

beforeEach(async () => {
  agent = await FakeAgent.open()
  agent.api.outcome = async () => ({ kind: 'config-changed', change })
})

afterEach(async () => agent.close())

describe('config apply', () => {
  test('sends the file whole, in the name of the user, and shows what changed', async () => {
    agent.write('jobs/shop.yaml', 'jobs: {}\n')
    const said = await run(['config', 'apply', 'jobs/shop.yaml'])
    expect(agent.api.commanded).toEqual([
      {
        command: {
          kind: 'apply-category',
          category: 'shop',
          fileName: 'shop.yaml',
          text: 'jobs: {}\n',
          knows: null,
          isDryRun: false,
        },
        user: os.userInfo().username,
      },
    ])
    expect(said).toEqual({
      code: 0,
      err: '',
      out: [
        'shop: 1 created, 1 changed, 1 removed, 4 unchanged; services: 1 changed (revision 7)',
        '- shop.c',
        '    next 2026-11-22 04:00:00 UTC',
        '~ shop.b',
        '    schedule: every 2h → every 3h',
        '    owner: ann → (none)',
        '    next 2026-11-21 15:00:00, 2026-11-22 00:00:00 UTC',
        '    was  2026-11-21 14:00:00, 16:00:00 UTC',
        '+ shop.d',
        '    next never',
        '~ shop.web',
        '    count: 2 → 3',
        'note shop.yaml:2:1: A note.',
        '',
      ].join('\n'),
    })
  })

  test('tries it with --dry-run, and against a revision with --if-revision', async () => {
    agent.write('shop.json', '{}')
    agent.api.outcome = async () => ({ kind: 'config-changed', change: { ...change, revision: null } })
    const { out } = await run(['config', 'apply', '--dry-run', '--if-revision', '3:one:abc', 'shop.json'])
    expect(agent.commands()).toMatchObject([{ isDryRun: true, knows: '3:one:abc', fileName: 'shop.json' }])
    expect(out).toMatch(/^shop: .* \(only tried, nothing is done\)\n/)
  })

  test('of what is in force says so', async () => {
    agent.write('shop.crontab', '@daily true\n')
    agent.api.outcome = async () => ({
      kind: 'config-changed',
      change: {
        ...change,
        isNews: false,
        created: 0,
        changed: 0,
        removed: 0,
        unchanged: 0,
        jobs: [],
        services: [],
        notes: [],
      },
    })
    expect((await run(['config', 'apply', 'shop.crontab'])).out).toBe('shop: in force already (revision 7)\n')
  })

  test('takes a directory, MASTER first, and prints one JSON document', async () => {
    for (const name of ['a.yaml', 'MASTER.yaml', 'z.yml', 'readme.txt'])
      agent.write(`jobs/${name}`, 'jobs: {}')
    const { out } = await run(['config', 'apply', '--json', 'jobs'])
    expect(agent.commands()).toMatchObject([{ category: 'MASTER' }, { category: 'a' }, { category: 'z' }])
    expect((JSON.parse(out) as { changes: unknown[] }).changes).toHaveLength(3)
  })

  test('says where the file lies when it has mistakes', async () => {
    agent.write('jobs/shop.yaml', 'jobs: []\n')
    const problem = {
      file: 'shop.yaml',
      line: 3,
      column: 5,
      path: '',
      message: 'Cannot use key "x"',
      hint: 'none',
    }
    agent.api.outcome = async () => ({ kind: 'config-refused', category: 'shop', problems: [problem] })
    expect(await run(['config', 'apply', 'jobs/shop.yaml'])).toEqual({
      code: 1,
      out: '',
      err:
        'hocket: jobs/shop.yaml:3:5: Cannot use key "x" (none)\n' +
        'hocket: Cannot apply "jobs/shop.yaml": nothing of it is in force, expected it without problems\n',
    })
  })

  test.each([
    [[], 2, 'Cannot apply: no file is named'],
    [['nope.yaml'], 1, 'Cannot read file "nope.yaml": there is no such file'],
    [['notes.txt'], 1, 'its name does not end in .yaml, .yml, .json or .crontab'],
    [['shop.yaml', '--if-revision', '3'], 2, 'Cannot use --if-revision "3": it is no whole revision'],
    [['shop.yaml', '--dryrun'], 2, 'expected perhaps --dry-run'],
  ])('of %j is refused with code %i, and the agent is not asked', async (words, code, why) => {
    agent.write('notes.txt', '')
    agent.write('shop.yaml', '')
    const said = await run(['config', 'apply', ...words])
    expect(said).toMatchObject({ code, out: '' })
    expect(said.err).toContain(why)
    expect(agent.api.commanded).toEqual([])
  })

  test('without the token of the agent says whose it is', async () => {
    agent.write('shop.yaml', 'jobs: {}')
    agent.remove('token')
    expect((await run(['config', 'apply', 'shop.yaml'])).err).toMatch(
      /Cannot read the token of data directory .*: there is none/,
    )
    agent.write('token', 'another')
    const { err, code } = await run(['config', 'apply', 'shop.yaml'])
    expect(code).toBe(1)
    expect(err).toContain('Cannot do that without a token: it is wrong')
    expect(err).not.toContain('another')
  })

  test('names the user who became another by sudo', async () => {
    agent.write('shop.yaml', 'jobs: {}')
    await run(['config', 'apply', 'shop.yaml'], { environment: { SUDO_USER: 'änn' } })
    expect(agent.api.commanded).toMatchObject([{ user: 'änn' }])
  })
})

describe('a command', () => {
  test.each([
    [['config', 'rollback', 'shop'], { kind: 'roll-back-category', category: 'shop', to: null }],
    [['config', 'rollback', 'shop', '3', '--dry-run'], { to: '3', isDryRun: true }],
    [['config', 'delete', 'a b'], { kind: 'delete-category', category: 'a b' }],
    [['config', 'resolve', 'shop'], { kind: 'resolve-category', keep: 'current' }],
    [['config', 'resolve', 'shop', '--keep', '3:b:c'], { kind: 'resolve-category', keep: '3:b:c' }],
  ])('%j is %j', async (words, command) => {
    expect((await run(words)).code).toBe(0)
    expect(agent.commands()).toMatchObject([command])
  })

  test.each([
    [['drain', 'n 1'], { kind: 'drain-node', node: 'n 1' }],
    [['activate', 'alpha'], { kind: 'activate-node', node: 'alpha' }],
    [['nodes', 'remove', 'alpha'], { kind: 'remove-node', node: 'alpha' }],
    [['leave'], { kind: 'leave' }],
    [['witnesses', 'replace', 'alpha'], { kind: 'replace-witness', node: 'alpha' }],
    [['witnesses', 'recover'], { kind: 'recover-witnesses', isConfirmed: false }],
    [['witnesses', 'recover', '--yes'], { kind: 'recover-witnesses', isConfirmed: true }],
  ])('%j is %j, and its outcome is the agent’s own sentence', async (words, command) => {
    agent.api.outcome = async () => ({ kind: 'done', what: 'it is being done\u001B[2J' })
    expect(await run(words)).toEqual({ code: 0, out: 'it is being done�[2J\n', err: '' })
    expect(agent.commands()).toEqual([command])
  })

  test.each(['drain', 'activate'])('%s without a name means the agent that is asked', async (word) => {
    agent.api.answer = async () => ({ kind: 'nodes', nodes: [node('beta', false), node('alpha', true)] })
    agent.api.outcome = async () => ({ kind: 'done', what: 'done' })
    await run([word])
    expect(agent.commands()).toMatchObject([{ node: 'id-of-alpha' }])
  })

  test('that is refused says why and what to do', async () => {
    agent.api.outcome = async () => ({
      kind: 'refused',
      why: 'it is a witness',
      hint: 'start another agent first',
    })
    expect(await run(['leave'])).toEqual({
      code: 1,
      out: '',
      err: 'hocket: Cannot do that now: it is a witness (start another agent first)\n',
    })
    agent.api.outcome = async () => ({ kind: 'not-found', what: 'node "alpa"', nearest: 'alpha' })
    expect((await run(['drain', 'alpa'])).err).toContain('(Did you mean "alpha"?)')
    agent.api.outcome = async () => ({ kind: 'not-found', what: 'node "x"', nearest: null })
    expect((await run(['drain', 'x'])).err).toContain('(hocket nodes lists them)')
  })

  test.each([
    ['config rollback'],
    ['config delete'],
    ['config resolve'],
    ['nodes remove'],
    ['witnesses replace'],
    ['enable'],
  ])('%s without a name is asked wrongly', async (words) => {
    const said = await run(words.split(' '))
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.err).toMatch(/^hocket: Cannot .* is named, expected one of those that hocket /)
  })
})

describe('enable and disable', () => {
  test('switch each job, and say when it was so already', async () => {
    agent.api.outcome = async (command) =>
      command.kind === 'switch-job'
        ? {
            kind: 'job-switched',
            job: `shop.${command.job}`,
            isEnabled: command.isEnabled,
            isNews: command.job === 'a',
          }
        : { kind: 'done', what: '' }
    expect((await run(['disable', 'a', 'b'])).out).toBe(
      'job "shop.a" is disabled\njob "shop.b" is already disabled\n',
    )
    expect(JSON.parse((await run(['enable', '--json', 'a'])).out)).toEqual({
      jobs: [{ job: 'shop.a', isEnabled: true, isNews: true }],
    })
    expect(agent.commands()).toMatchObject([{ isEnabled: false }, { isEnabled: false }, { isEnabled: true }])
  })
})
