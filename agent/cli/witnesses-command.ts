// `hocket witnesses show|replace|recover`: which agents vote, and what to do about one that is gone, or about most of
// them.

import type { WitnessesView } from '../../lib/view/question.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { order } from './node-commands.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const witnessesShowCommand: Command = {
  words: 'witnesses show',
  summary: 'which agents vote, and how many of them must answer',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [['hocket witnesses show', 'each witness, and whether this agent reaches it']],
  run: async (call) => {
    const answer = await askAgent<WitnessesView>(call, 'witnesses')
    call.terminal.out(call.flags['json'] === true ? jsonText(answer) : showText(answer, call.terminal))
    return 0
  },
}

export const witnessesReplaceCommand: Command = {
  words: 'witnesses replace',
  summary: 'let another agent vote in the place of one',
  arguments: 'NODE',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket witnesses replace alpha', 'at once, instead of after ten minutes without it'],
    ['hocket witnesses show', 'who votes now'],
  ],
  run: async (call) => {
    const [node] = call.positionals
    if (node === undefined)
      throw new UsageError(
        'Cannot replace a witness: none is named, expected one of those that hocket witnesses show lists',
      )
    return order(call, `witnesses/${encodeURIComponent(node)}/replace`)
  },
}

export const witnessesRecoverCommand: Command = {
  words: 'witnesses recover',
  summary: 'go on from the survivors when the disks of most witnesses are lost for good',
  arguments: '',
  argumentsMax: 0,
  options: { ...askingOptions, yes: { type: 'boolean', help: 'do it, knowing what it costs' } },
  examples: [
    ['hocket witnesses recover', 'says what it would cost, and does nothing'],
    ['hocket witnesses recover --yes', 'does it'],
  ],
  run: async (call) => order(call, 'witnesses/recover', call.flags['yes'] === true ? { confirm: 'yes' } : {}),
}

function showText({ epoch, majority, members }: WitnessesView, terminal: Terminal): string {
  if (epoch === null) return 'no witnesses yet: the cluster is being founded or joined\n'
  const columns = [{ title: 'WITNESS', shrinks: true }, { title: 'STATE' }, { title: 'ID', shrinks: true }]
  const rows = members.map(({ node, nodeId, isReachable }) => [
    { text: node },
    isReachable ? { text: 'reachable', tone: 'good' as const } : { text: 'away', tone: 'warning' as const },
    { text: nodeId, tone: 'quiet' as const },
  ])
  const reachable = members.filter(({ isReachable }) => isReachable).length
  return `${table(columns, rows, terminal)}\n${majority} of ${members.length} must answer, ${reachable} can be reached (epoch ${epoch})\n`
}
