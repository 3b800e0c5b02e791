// All that agents say to each other: the union of what the stages declare, each in a
// message.ts of its own.

import type { DocumentGossip, DocumentMessage } from './catalog/document-message.ts'
import type { ClaimGossip, ClaimMessage } from './claim/message.ts'
import type { RunMessage } from './run/message.ts'

/** Over the authenticated connection to one peer. */
export type Message = ClaimMessage | DocumentMessage | RunMessage
/** To everyone. */
export type GossipMessage = ClaimGossip | DocumentGossip
