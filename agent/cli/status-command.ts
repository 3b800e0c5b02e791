// `hocket status`: how the agent and its cluster are, on one screen, with what is wrong and what to
// do at the end.

import type { StatusView } from '../../lib/view/question.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, type Command } from './command.ts'
import { fieldLines, type Field } from './fields.ts'
import { jsonText } from './json-text.ts'
import { paint, toneOf } from './paint.ts'
import { plainText } from './plain-text.ts'
import type { Terminal } from './terminal.ts'
import { timeLength } from './time-words.ts'
import { wrapped } from './wrapped.ts'

export const statusCommand: Command = {
  words: 'status',
  summary: 'how this agent and its cluster are',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [
    ['hocket status', 'the agent of this directory'],
    ['hocket status --json | jq .state', 'one word for a script'],
  ],
  run: async (call) => {
    const status = await askAgent<StatusView>(call, 'status')
    call.terminal.out(call.flags['json'] === true ? jsonText(status) : statusText(status, call.terminal))
    return 0
  },
}

function statusText(status: StatusView, { isColoured, columns }: Terminal): string {
  const { witnesses, nodes, session, clockOffsetMs } = status
  const reachable = witnesses.members.filter((member) => member.isReachable).length
  const votes = witnesses.members
    .map(({ node, isReachable }) => (isReachable ? node : `${node} (away)`))
    .join(', ')
  const fields: Field[] = [
    ['node', status.node, 'strong'],
    ['state', status.state, toneOf(status.state)],
    ['agent', `hocket ${status.version}, ${status.nodeId}`],
    ['cluster', `${status.clusterId}, ${count(nodes.known, 'node')}, ${nodes.live} live`],
    [
      'witnesses',
      witnesses.members.length === 0
        ? `none yet, ${witnesses.wanted} wanted`
        : `${votes}: ${reachable} of ${witnesses.members.length} reachable`,
    ],
    [
      'session',
      session.isValid ? `valid for ${timeLength(session.validForMs ?? 0)}` : 'not valid: nothing is claimed',
    ],
    ['clock', clockText(clockOffsetMs)],
    ['jobs', `${status.jobs}, ${status.running} running here`],
  ]
  const complaints = status.complaints.map(
    (text) => `${wrapped(`! ${plainText(text)}`, columns).replace('!', paint('warning', '!', isColoured))}\n`,
  )
  return fieldLines(fields, isColoured) + complaints.join('')
}

function clockText(offsetMs: number | null): string {
  if (offsetMs === null) return 'no cluster time yet'
  return `${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead of'} cluster time`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
