// All that the core wants done, in the order of the list: what is to be persisted is on
// disk before any later effect begins.

import type { Gossip, Report, Send, StoreEffect, WakeAt } from './base/effect.ts'
import type { NodeId } from './base/ids.ts'
import type { Hello } from './membership/hello.ts'
import type { GossipMessage, Message } from './message.ts'
import type { ProcessEffect } from './run/effect.ts'
import type { ServiceEffect } from './service/effect.ts'
import type { News } from './view/news.ts'
import type { Answer } from './view/question.ts'

export type Effect =
  | StoreEffect
  | Send<Message>
  | Gossip<GossipMessage>
  | WakeAt
  | ProcessEffect
  | ServiceEffect
  | Report
  /** Hand this log's content back as `log-read`. */
  | { readonly kind: 'read-log'; readonly log: string }
  /** What is said of ourselves on every new connection from now on. */
  | { readonly kind: 'say-hello'; readonly hello: Hello }
  /** These nodes were removed: no connection with them from now on. */
  | { readonly kind: 'refuse-peers'; readonly nodes: readonly NodeId[] }
  /** The answer to `asked` or `commanded`. */
  | { readonly kind: 'answer'; readonly askId: number; readonly answer: Answer }
  /** For whoever listens to what happens. */
  | { readonly kind: 'tell'; readonly news: News }
  /** Nothing is left to wait for: the agent may exit. */
  | { readonly kind: 'stopped' }
