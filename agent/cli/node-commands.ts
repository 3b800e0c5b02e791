// `hocket activate`, `nodes remove` and `leave`: which nodes take part; `pause` and `resume` of all. What the agent did,
// or began to do, is its own sentence.

import type { NodeView } from '../../lib/view/question.ts'
import { askForAll, tellAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'

export const activateCommand: Command = {
  words: 'activate',
  summary: 'let a drained node take part again',
  arguments: '[NODE]',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket activate', 'the agent of this host'],
    ['hocket activate alpha', 'another one'],
  ],
  run: async (call) => {
    const node = call.positionals[0] ?? (await ownNode(call)).nodeId
    return order(call, `nodes/${encodeURIComponent(node)}/activate`)
  },
}

export const removeNodeCommand: Command = {
  words: 'nodes remove',
  summary: 'remove a node that will not come back; its key is refused from then on',
  arguments: 'NODE',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket nodes remove alpha', 'a host that is gone for good'],
    ['hocket leave', 'on a host that is to go while it runs'],
  ],
  run: async (call) => {
    const [node] = call.positionals
    if (node === undefined)
      throw new UsageError('Cannot remove: no node is named, expected one of those that hocket nodes shows')
    return order(call, `nodes/${encodeURIComponent(node)}/remove`)
  },
}

export const leaveCommand: Command = {
  words: 'leave',
  summary: 'let the agent of this host leave the cluster for good, and stop',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [
    ['hocket leave', 'it finishes what runs, hands its vote over, and stops'],
    ['hocket drain', 'when it is to come back'],
  ],
  run: async (call) => order(call, 'leave'),
}

export const pauseCommand: Command = {
  words: 'pause',
  summary: 'let no slot of any job start, on any node; what runs goes on',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [
    ['hocket pause', 'such as before work on what all jobs need'],
    ['hocket resume', 'each job catches up what its policy says'],
  ],
  run: async (call) => order(call, 'pause'),
}

export const resumeCommand: Command = {
  words: 'resume',
  summary: 'let slots start again after hocket pause',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [['hocket resume', 'each job catches up what its policy says']],
  run: async (call) => order(call, 'resume'),
}

/** Says what the agent says that it did. */
export async function order(call: CommandCall, path: string, body?: object): Promise<number> {
  const answer = await tellAgent<{ readonly done: string }>(call, {
    method: 'POST',
    path,
    ...(body !== undefined && { body: { type: 'application/json', text: JSON.stringify(body) } }),
  })
  call.terminal.out(call.flags['json'] === true ? jsonText(answer) : `${plainText(answer.done)}\n`)
  return 0
}

export async function ownNode(call: CommandCall): Promise<NodeView> {
  const nodes = await askForAll<NodeView>(call, 'nodes', 'nodes')
  const own = nodes.find(({ isSelf }) => isSelf)
  if (own === undefined)
    throw new Error(
      'Cannot find the node of this agent: it does not know itself yet, expected one that is ready',
    )
  return own
}
