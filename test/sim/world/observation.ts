// What an all-seeing observer sees of a simulated cluster: the material of the checkers and of the event log.
// Nothing of it is known to the core.

import type { StoreEffect } from '../../../lib/base/effect.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import type { GossipMessage, Message } from '../../../lib/message.ts'
import type { Spawn } from '../../../lib/run/effect.ts'
import type { Answer, Command } from '../../../lib/view/question.ts'
import type { DiskImage } from './disk.ts'
import type { Evidence } from './processes.ts'

export type Observation =
  /** The agent found this on its disk; diskNo is another after the disk was replaced or rolled back. */
  | {
      readonly kind: 'agent-started'
      readonly node: NodeId
      readonly bootSeed: string
      readonly diskNo: number
      readonly image: DiskImage
    }
  | { readonly kind: 'agent-ended'; readonly node: NodeId; readonly how: AgentEnd }
  | { readonly kind: 'sent'; readonly from: NodeId; readonly to: NodeId; readonly message: Message }
  | { readonly kind: 'received'; readonly from: NodeId; readonly to: NodeId; readonly message: Message }
  | { readonly kind: 'gossiped'; readonly from: NodeId; readonly message: GossipMessage }
  | {
      readonly kind: 'gossip-received'
      readonly from: NodeId
      readonly to: NodeId
      readonly message: GossipMessage
    }
  | { readonly kind: 'connected'; readonly node: NodeId; readonly peer: NodeId }
  | { readonly kind: 'disconnected'; readonly node: NodeId; readonly peer: NodeId }
  /** These changes of logs are durable now. */
  | { readonly kind: 'synced'; readonly node: NodeId; readonly effects: readonly StoreEffect[] }
  | { readonly kind: 'spawn-asked'; readonly node: NodeId; readonly spawn: Spawn }
  | { readonly kind: 'process-started'; readonly evidence: Evidence }
  | { readonly kind: 'process-ended'; readonly evidence: Evidence }
  /** The process of an instance of a service: a program in the foreground, or a daemon. */
  | { readonly kind: 'instance-started'; readonly evidence: Evidence }
  | { readonly kind: 'instance-ended'; readonly evidence: Evidence }
  | {
      readonly kind: 'reported'
      readonly node: NodeId
      readonly level: string
      readonly text: string
      readonly facts: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'answered'; readonly node: NodeId; readonly answer: Answer }
  /** A request by hand, by its place in the plan. */
  | { readonly kind: 'hand-asked'; readonly no: number; readonly node: NodeId; readonly command: Command }
  | {
      readonly kind: 'hand-answered'
      readonly no: number
      readonly node: NodeId
      readonly command: Command
      readonly answer: Answer
    }
  | {
      readonly kind: 'dropped'
      readonly node: NodeId
      readonly fileName: string
      readonly text: string | null
    }
  | { readonly kind: 'fault'; readonly text: string }
  /** The core threw: an assertion that failed, or worse. */
  | { readonly kind: 'core-failed'; readonly node: NodeId; readonly text: string }

export type AgentEnd = 'killed' | 'power-lost' | 'stopped' | 'disk-failed' | 'core-failed'

export type ObservationOf<Kind extends Observation['kind']> = Extract<Observation, { readonly kind: Kind }>

type Handler = (observation: Observation) => void

export class Observers {
  readonly #handlers = new Map<Observation['kind'], Handler[]>()

  on<Kind extends Observation['kind']>(
    kind: Kind,
    handler: (observation: ObservationOf<Kind>) => void,
  ): void {
    const handlers = this.#handlers.get(kind) ?? []
    handlers.push(handler as Handler)
    this.#handlers.set(kind, handlers)
  }

  saw(observation: Observation): void {
    const handlers = this.#handlers.get(observation.kind)
    if (handlers !== undefined) for (const handler of handlers) handler(observation)
  }
}
