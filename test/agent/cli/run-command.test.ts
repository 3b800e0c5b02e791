// From the words of a command line to a command, and to helpful refusals.
import { describe, expect, test } from 'vitest'
import type { Command } from '../../../agent/cli/command.ts'
import { typed } from './fake-terminal.ts'

const command = (words: string): Command => ({
  words,
  summary: `does ${words}`,
  arguments: '[NAME]',
  argumentsMax: 1,
  options: { count: { type: 'string', short: 'n', takes: 'N', help: 'how many' } },
  examples: [[`hocket ${words} x`, 'an example']],
  run: async ({ positionals, flags, terminal }) => {
    terminal.out(JSON.stringify({ words, positionals, ...flags }))
    return 0
  },
})

const commands = ['nodes', 'nodes remove', 'config get', 'config status'].map(command)
const run = async (...words: string[]) => typed(commands, words)

describe('a command', () => {
  test('is the longest that the words begin with', async () => {
    expect(JSON.parse((await run('nodes', 'alpha')).out)).toEqual({ words: 'nodes', positionals: ['alpha'] })
    expect(JSON.parse((await run('nodes', 'remove', 'alpha')).out)).toEqual({
      words: 'nodes remove',
      positionals: ['alpha'],
    })
  })

  test('takes short options', async () => {
    expect(JSON.parse((await run('nodes', '-n', '3')).out)).toMatchObject({ count: '3' })
    expect((await run('nodes', '--help')).out).toContain('-n, --count N  how many')
  })

  test.each([
    [
      ['config', 'stauts'],
      'Cannot run command "config stauts": there is no such command, expected perhaps "hocket config status"',
    ],
    [['confg', 'status'], 'expected perhaps "hocket config"'],
    [['node'], 'expected perhaps "hocket nodes"'],
    [['zzzzzz'], 'expected one of those that hocket --help lists'],
    [['config', 'zzzzzzzz'], 'expected one of those that hocket config --help lists'],
    [['nodes', '--cout', '3'], 'expected perhaps --count'],
    [['nodes', '-n'], 'a value is missing'],
    [['--count', '3', 'nodes'], 'it stands before the command, expected it behind'],
    [['nodes', 'a', 'b'], 'Cannot use "b": it is one word too many'],
  ])('%j is refused with what may have been meant', async (words, why) => {
    const { code, err } = await run(...words)
    expect(code).toBe(2)
    expect(err).toContain(why)
  })
})

describe('what goes wrong', () => {
  const failing = async (error: Error) =>
    typed(
      [
        {
          ...command('fail'),
          run: async () => {
            throw error
          },
        },
      ],
      ['fail'],
    )

  test('by a person is a line, whichever file it names', async () => {
    for (const words of ['Cannot a: b', 'c.yaml:1:2: Cannot a: b', 'c d.yaml: Cannot a: b'])
      expect(await failing(new Error(words))).toEqual({ code: 1, out: '', err: `hocket: ${words}\n` })
  })

  test('by a fault of the program says where, also when it sounds like ours', async () => {
    const { code, err } = await failing(new TypeError('Cannot read properties of undefined'))
    expect([code, err]).toEqual([1, expect.stringMatching(/fault of hocket itself: TypeError: .*\n +at /)])
  })
})

describe('the help of a program with many commands', () => {
  const many = [
    { ...command('alpha'), section: 'See' },
    { ...command('beta long'), section: 'See' },
    {
      ...command('gamma'),
      section: 'Do',
      summary: 'it has a summary that is far too long for one line of a terminal',
    },
  ]

  test('lists them by what they are for, in lines that fit', async () => {
    const { out } = await typed(many, ['--help'], { columns: 60 })
    expect(out).toContain(
      'See:\n  alpha      does alpha\n  beta long  does beta long\n\nDo:\n  gamma      it has a',
    )
    for (const line of out.slice(0, out.indexOf('Start:')).split('\n').slice(1))
      expect(line.length).toBeLessThan(61)
    expect(out).toMatch(/\n {13}\S/)
  })
})

describe('the first word of several commands', () => {
  test.each([['config'], ['config', '--help'], ['help', 'config'], ['--help', 'config']])(
    'lists them: %s %s',
    async (...words) => {
      const { code, out } = await run(...words)
      expect(code).toBe(words.length === 1 ? 2 : 0)
      expect(out).toContain('config get     does config get\n  config status  does config status\n')
      expect(out).not.toContain('does nodes')
    },
  )
})
