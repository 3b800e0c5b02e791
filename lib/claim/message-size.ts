// How much fits into one message between agents: so many registers, and so many bytes of them
// as can be told without writing them down. A message beyond the frame of the wire would be
// refused again and again, and what it asks for never decided.

import { voteLimits } from '../base/limits.ts'
import type { Change } from './change.ts'
import type { EndedAttempt } from './ended-attempt.ts'
import type { AcceptedRegister, VotesGiven } from './message.ts'
import type { LiveEntry, Register, Work } from './register.ts'

/** An entry, a decision or a change with all that it always has; a name or a reason is as long as these let it be. */
const partBytes = 600
const registerBytes = 800
const nodeBytes = 80

/** The items in their order, cut into as many messages as they need; none for none. */
export function inMessages<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
): (readonly Item[])[] {
  const messages: Item[][] = []
  let bytes = Infinity
  for (const item of items) {
    const itemBytes = bytesOf(item)
    const last = messages.at(-1)
    const isFull = last?.length === voteLimits.registersPerMessage
    if (last === undefined || isFull || bytes + itemBytes > voteLimits.messageBytesUsual) {
      messages.push([item])
      bytes = itemBytes
    } else {
      last.push(item)
      bytes += itemBytes
    }
  }
  return messages
}

/** What a hand-over tells, at least one page, even when there is nothing to be said. */
export function pagesOf(registers: readonly AcceptedRegister[]): (readonly AcceptedRegister[])[] {
  const pages = inMessages(registers, ({ value }) => bytesOfRegister(value))
  return pages.length > 0 ? pages : [[]]
}

/**
 * The pages that are sent together, from the one whose turn it is: what goes beyond the queue to a peer would be
 * refused, and the same ones again at the next time.
 */
export function pagesAtOnce(count: number, first: number): number[] {
  const length = Math.min(count, voteLimits.pagesAtOnce)
  return Array.from({ length }, (_, index) => (first + index) % count)
}

/** A witness's answers as they fit; small questions may have large answers. */
export function inParts(given: VotesGiven): VotesGiven[] {
  const prepares = inMessages(given.prepares, ({ answer }) =>
    bytesOfRegister(answer.kind === 'promised' ? answer.value : null),
  )
  const accepts = inMessages(given.accepts, () => registerBytes)
  const parts = Math.max(1, prepares.length, accepts.length)
  return Array.from({ length: parts }, (_, part) => ({
    ...given,
    prepares: prepares[part] ?? [],
    accepts: accepts[part] ?? [],
  }))
}

/** About, and rather more. */
export function bytesOfRegister(value: Register | null): number {
  if (value === null) return registerBytes
  const works: readonly Work[] = [...value.live, ...value.pending, ...(value.queued ? [value.queued] : [])]
  const ended = value.untold.flatMap((one) => (one.kind === 'ended' ? one.entry : []))
  const parts = works.length + value.untold.length + ended.length + (value.orphans?.length ?? 0)
  return (
    registerBytes + parts * partBytes + [...works, ...ended].reduce((sum, work) => sum + bytesOfWork(work), 0)
  )
}

export function bytesOfChanges(changes: readonly Change[]): number {
  const bytesOf = (change: Change) =>
    change.kind === 'request'
      ? bytesOfOrder(change)
      : change.kind === 'finish'
        ? bytesOfEnd(change.attempt)
        : 0
  return registerBytes + changes.reduce((sum, change) => sum + partBytes + bytesOf(change), 0)
}

/** What only some entries have: orders, other nodes, and actions elsewhere with the last words of those that failed. */
function bytesOfWork(work: Work & Pick<LiveEntry, 'children'>): number {
  const { takenBy = [], child, children = {} } = work
  const ends = Object.values(children).reduce((sum, { attempt }) => sum + partBytes + bytesOfEnd(attempt), 0)
  return bytesOfOrder(work) + takenBy.length * nodeBytes + (child ? partBytes : 0) + ends
}

function bytesOfEnd(attempt: EndedAttempt | undefined): number {
  return attempt?.kind === 'exited' ? 6 * (attempt.lastLines?.length ?? 0) : 0
}

function bytesOfOrder({ order }: Pick<Work, 'order'>): number {
  if (order === undefined) return 0
  const texts = [...Object.entries(order.variables), ...Object.entries(order.resume?.actions ?? {})].flat()
  // A character outside ASCII is up to three bytes, or six as an escape.
  return texts.reduce((sum, text) => sum + 6 * text.length + 6, 0)
}
