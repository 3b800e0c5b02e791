// What can be done with a run, an action, a service or a node, as buttons: each sends one request, says what came of
// it, and rests while it is on its way.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { send } from '../live/client.ts'
import { tellReply } from './notices.tsx'

export type Order = {
  /** The last word of the path. */
  readonly verb: string
  readonly words: string
  readonly title: string
  readonly isLoud?: boolean
  readonly body?: Readonly<Record<string, string>>
}

export type OrdersProps = {
  readonly path: string
  readonly orders: readonly Order[]
  /** Of what, for those who cannot see beside what a button stands. */
  readonly of?: string
  readonly onDone: () => void
}

export function Orders({ path, orders, of, onDone }: OrdersProps): JSX.Element {
  const [isBusy, setIsBusy] = useState(false)
  const give = async ({ verb, words, body = {} }: Order) => {
    setIsBusy(true)
    const reply = await send<{ readonly done?: string }>(`${path}/${verb}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    setIsBusy(false)
    const told = reply.kind === 'answered' ? reply.body.done : undefined
    if (tellReply(reply, told ?? `${words}: done`)) onDone()
  }
  return (
    <div class="row orders">
      {orders.map((order) => (
        <button
          key={order.verb}
          type="button"
          class={order.isLoud === true ? 'loud' : ''}
          title={order.title}
          aria-label={of === undefined ? undefined : `${order.words} ${of}`}
          disabled={isBusy}
          onClick={() => void give(order)}
        >
          {order.words}
        </button>
      ))}
    </div>
  )
}
