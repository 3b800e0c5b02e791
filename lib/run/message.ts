// What agents say to each other about runs that one of them holds: an order by hand on its
// way to the holder, and the holder's answer. Orders are sent again until they are answered,
// and taken once.

import type { JobName } from '../base/ids.ts'
import type { Order } from '../claim/register.ts'
import type { OrderAnswer } from './held-run.ts'
import type { RunOrder } from './run-order.ts'

export type OrderAsked = {
  readonly kind: 'order-asked'
  readonly job: JobName
  readonly token: number
  readonly isLocal: boolean
  readonly order: RunOrder
}

/** A run by hand of a job that each node decides for itself: for your own register. */
export type LocalRunAsked = {
  readonly kind: 'local-run-asked'
  readonly job: JobName
  readonly atMs: number
  readonly order: Order
}

export type OrderAnswered = {
  readonly kind: 'order-answered'
  readonly requestId: string
  /** Null: that run is not held here. */
  readonly answer: OrderAnswer | null
}

/** To who holds the run with this token: what became of an action of it on a node of its own is in the register. */
export type ChildChanged = { readonly kind: 'child-changed'; readonly job: JobName; readonly token: number }

export type RunMessage = OrderAsked | OrderAnswered | LocalRunAsked | ChildChanged
