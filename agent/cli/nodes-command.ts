// `hocket nodes`: who belongs to the cluster, who is there, and who votes. The node that answers is
// marked.

import type { NodeView } from '../../lib/view/question.ts'
import { askForAll } from './ask-agent.ts'
import { listingOptions, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { toneOf } from './paint.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeText } from './time-words.ts'

export const nodesCommand: Command = {
  words: 'nodes',
  summary: 'who belongs to the cluster, who is there, and who votes',
  arguments: '',
  argumentsMax: 0,
  options: listingOptions,
  examples: [
    ['hocket nodes', 'all nodes; * is the one that answers'],
    ['hocket drain alpha', 'start nothing new on one'],
  ],
  run: async (call) => {
    const answer = { nodes: await askForAll<NodeView>(call, 'nodes', 'nodes') }
    const text = call.flags['json'] === true ? jsonText(answer) : nodesTable(answer.nodes, call.terminal)
    call.terminal.out(text)
    return 0
  },
}

function nodesTable(nodes: readonly NodeView[], terminal: Terminal): string {
  const columns = [
    { title: 'NODE', shrinks: true },
    { title: 'STATE' },
    { title: 'VOTES' },
    { title: 'SINCE' },
    { title: 'VERSION' },
    { title: 'LABELS', shrinks: true },
    { title: 'ADDRESS', shrinks: true },
  ]
  return table(
    columns,
    nodes.map((node) => [
      { text: `${node.name}${node.isSelf ? ' *' : ''}` },
      { text: stateOf(node), tone: toneOf(node.duty === 'active' ? node.state : node.duty) },
      { text: node.isWitness ? 'yes' : 'no' },
      { text: timeText(node.startedAt, terminal), tone: 'quiet' as const },
      { text: node.version },
      { text: labelsOf(node) },
      { text: node.addresses.map(readable).join(' '), tone: 'quiet' as const },
    ]),
    terminal,
  )
}

function stateOf(node: NodeView): string {
  const state = node.state === 'live' && !node.isConnected ? 'live (seen by others)' : node.state
  return node.duty === 'active' ? state : `${state}, ${node.duty}`
}

function labelsOf(node: NodeView): string {
  return Object.entries(node.labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ')
}

/** `/ip4/10.0.0.1/tcp/7461` as `10.0.0.1:7461`. */
function readable(address: string): string {
  const [, kind, host, , port] = address.split('/')
  return kind === 'ip6' ? `[${host}]:${port}` : `${host}:${port}`
}
