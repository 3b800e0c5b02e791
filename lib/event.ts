// All that can happen to the core, in the past tense. Each comes with one reading of the
// clocks.

import type { ClusterId, NodeId } from './base/ids.ts'
import type { ClaimSettings } from './base/limits.ts'
import type { Hello } from './membership/hello.ts'
import type { GossipMessage, Message } from './message.ts'
import type { ProcessEvent } from './run/event.ts'
import type { ServiceEvent } from './service/event.ts'
import type { Command, Question } from './view/question.ts'

export type Started = {
  readonly kind: 'started'
  /** Random, new at each start. */
  readonly seed: string
  readonly nodeId: NodeId
  readonly clusterId: ClusterId
  readonly name: string
  readonly hostname: string
  readonly labels: Readonly<Record<string, string>>
  readonly version: string
  /** Of the host. */
  readonly timeZone: string
  /** The version of the engine's time zone data. */
  readonly zoneData: string
  readonly canWitness: boolean
  /** How many runs it holds at a time; null for no bound. */
  readonly maxRunning: number | null
  /** How many witnesses to found the cluster with; null for an agent that joins. */
  readonly foundWitnesses: number | null
  readonly settings: ClaimSettings
  /** The content of the log `journal`, latin1. */
  readonly journal: string
  /** The names of all logs `document/…`. */
  readonly documentLogs: readonly string[]
}

export type Event =
  | Started
  | { readonly kind: 'woke' }
  | { readonly kind: 'peer-connected'; readonly peer: NodeId; readonly hello: Hello }
  | { readonly kind: 'peer-disconnected'; readonly peer: NodeId }
  | { readonly kind: 'message-received'; readonly from: NodeId; readonly message: Message }
  | { readonly kind: 'gossip-received'; readonly from: NodeId; readonly message: GossipMessage }
  | { readonly kind: 'log-read'; readonly log: string; readonly content: string }
  | ProcessEvent
  | ServiceEvent
  /** A file in the watched directory; isStartup when it lay there when the agent started. */
  | {
      readonly kind: 'file-dropped'
      readonly fileName: string
      /** Where it lies, for a person to find it. */
      readonly path?: string
      readonly text: string
      readonly isStartup: boolean
    }
  | { readonly kind: 'file-removed'; readonly fileName: string }
  | { readonly kind: 'addresses-changed'; readonly addresses: readonly string[] }
  /** Somebody asks through the API or the command line. */
  | { readonly kind: 'asked'; readonly askId: number; readonly question: Question }
  /** Somebody who may asks for something to be done; answered like a question. */
  | { readonly kind: 'commanded'; readonly askId: number; readonly command: Command; readonly user: string }
  /** SIGTERM: stop claiming; with drain, wait for what runs. */
  | { readonly kind: 'stop-asked'; readonly drain: boolean }
