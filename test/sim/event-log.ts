// What an observer sees, as lines of text: for people who look at one seed, and for the hash by which two runs of
// one seed are compared. `full` writes messages and log lines whole, which is what the hash is made of.

import { hash53 } from '../../lib/base/hash.ts'
import type { Ballot } from '../../lib/claim/ballot.ts'
import type { Register } from '../../lib/claim/register.ts'
import type { GossipMessage, Message } from '../../lib/message.ts'
import { unreachable } from '../../lib/base/assert.ts'
import type { Observation, Observers } from './world/observation.ts'

const kinds = [
  'agent-started',
  'agent-ended',
  'sent',
  'received',
  'gossiped',
  'gossip-received',
  'connected',
  'disconnected',
  'synced',
  'spawn-asked',
  'process-started',
  'process-ended',
  'reported',
  'answered',
  'hand-asked',
  'hand-answered',
  'dropped',
  'fault',
  'core-failed',
] as const satisfies readonly Observation['kind'][]

/** Hands a line to the writer for everything that is seen. */
export function logEvents(
  observers: Observers,
  options: {
    readonly elapsedMs: () => number
    readonly isFull: boolean
    readonly write: (line: string) => void
  },
): void {
  for (const kind of kinds)
    observers.on(kind, (observation: Observation) => {
      const text = options.isFull ? fullText(observation) : shortText(observation)
      if (text !== null) options.write(`${(options.elapsedMs() / 1000).toFixed(4).padStart(9)} ${text}`)
    })
}

/** One number for a whole log. */
export class LogHash {
  #value = 0

  add(line: string): void {
    this.#value = hash53(line, this.#value % 4294967296)
  }

  get value(): string {
    return this.#value.toString(16)
  }
}

function fullText(observation: Observation): string {
  return JSON.stringify(observation, (_, value: unknown) => (value instanceof Map ? [...value] : value))
}

/** Null for what nobody wants to read: arrivals are told from departures by their absence. */
function shortText(observation: Observation): string | null {
  switch (observation.kind) {
    case 'agent-started':
      return `${observation.node} starts`
    case 'agent-ended':
      return `${observation.node} ends: ${observation.how}`
    case 'sent':
      return `${observation.from} > ${observation.to} ${messageText(observation.message)}`
    case 'received':
      return `${observation.to} < ${observation.from} ${observation.message.kind}`
    case 'gossiped':
      return `${observation.from} > all ${messageText(observation.message)}`
    case 'gossip-received':
      return null
    case 'connected':
      return `${observation.node} connected to ${observation.peer}`
    case 'disconnected':
      return `${observation.node} lost ${observation.peer}`
    case 'synced':
      return `${observation.node} synced ${observation.effects.map((effect) => storeText(effect.log, 'lines' in effect ? effect.lines : effect.kind)).join('; ')}`
    case 'spawn-asked':
      return `${observation.node} spawns ${observation.spawn.process}`
    case 'process-started':
      return `${observation.evidence.host} PROCESS ${observation.evidence.process} begins, slot ${observation.evidence.environment['HOCKET_SLOT']}`
    case 'process-ended':
      return `${observation.evidence.host} PROCESS ${observation.evidence.process} ends ${JSON.stringify(observation.evidence.exit)}`
    case 'instance-started':
      return `${observation.evidence.host} INSTANCE ${observation.evidence.process} begins`
    case 'instance-ended':
      return `${observation.evidence.host} INSTANCE ${observation.evidence.process} ends ${JSON.stringify(observation.evidence.exit)}`
    case 'reported':
      return `${observation.node} says ${observation.level}: ${observation.text} ${JSON.stringify(observation.facts)}`
    case 'answered':
      return `${observation.node} answers ${observation.answer.kind}`
    case 'hand-asked':
      return `${observation.node} IS ASKED ${JSON.stringify(observation.command)}`
    case 'hand-answered':
      return `${observation.node} says of request ${observation.no}: ${JSON.stringify(observation.answer)}`
    case 'dropped':
      return `${observation.node} file ${observation.fileName} ${observation.text === null ? 'removed' : 'dropped'}`
    case 'fault':
      return `FAULT ${observation.text}`
    case 'core-failed':
      return `${observation.node} CORE FAILED ${observation.text}`
    default:
      return unreachable(observation)
  }
}

const ballotText = (ballot: Ballot): string =>
  `${ballot.epoch}.${ballot.counter}.${ballot.proposer.split(':', 2).join(':')}`

function registerText(value: Register): string {
  const live = value.live.map(
    (entry) => `${entry.unit}#${entry.token}@${entry.node}/${entry.session.split(':').slice(1).join(':')}`,
  )
  const pending = value.pending.map((entry) => entry.unit)
  const untold = value.untold.map((one) =>
    one.kind === 'ended'
      ? `${one.outcome.kind}#${one.entry.token}`
      : `${one.why}:${one.fromMs}..${one.toMs}(${one.count})`,
  )
  return `v${value.version} cursor ${value.cursor.slotMs} token ${value.token} live [${live.join(' ')}] pending [${pending.join(' ')}] queued ${value.queued?.unit ?? '-'} untold [${untold.join(' ')}]`
}

function messageText(message: Message | GossipMessage): string {
  switch (message.kind) {
    case 'votes-asked':
      return [
        ...message.prepares.map(
          ({ key, ballot, changes }) => `prepare ${key} ${ballotText(ballot)} ${JSON.stringify(changes)}`,
        ),
        ...message.accepts.map(
          ({ key, ballot, value }) => `accept ${key} ${ballotText(ballot)} ${registerText(value)}`,
        ),
      ].join(' | ')
    case 'votes-given':
      return [
        ...message.prepares.map(({ key, ballot, answer, judged }) => {
          const seen = answer.kind === 'conflict' ? answer.seen : answer.accepted
          return `${answer.kind} ${key} ${ballotText(ballot)} ${seen ? ballotText(seen) : '-'} ${JSON.stringify(judged)}`
        }),
        ...message.accepts.map(({ key, ballot, answer }) => `${answer.kind} ${key} ${ballotText(ballot)}`),
      ].join(' | ')
    case 'document-changes':
      return `changes of ${message.documents.map(({ document }) => document).join(' ')}`
    case 'document-sync':
      return `${message.kind} ${message.document}`
    default: {
      const text = JSON.stringify(message)
      return text.length > 400 ? `${text.slice(0, 400)}…` : text
    }
  }
}

function storeText(log: string, lines: string): string {
  if (log !== 'journal') return `${log} ${lines.length}`
  const keys = lines.split('\n').map((line) => /"k":"([^"]*)"/.exec(line)?.[1] ?? '')
  return `journal ${keys.join(' ').trim()}`
}
