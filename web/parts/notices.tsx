// What an action led to, said once above the page:
// done, or refused with why and what to do.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Failure, Reply } from '../live/client.ts'

type Notice = { readonly id: number } & (
  { readonly kind: 'done'; readonly text: string } | { readonly kind: 'failed'; readonly failure: Failure }
)

const shownMax = 4
const shownMs = 6000
const notices = signal<readonly Notice[]>([])
let lastId = 0

/** Says it for a few seconds; a failure stays until it is closed. */
function tellDone(text: string): void {
  const id = add({ kind: 'done', text })
  setTimeout(() => close(id), shownMs)
}

function tellFailure(failure: Failure): void {
  add({ kind: 'failed', failure })
}

/** True when it was answered; says what happened either way. */
export function tellReply(reply: Reply<unknown>, text: string): boolean {
  if (reply.kind === 'failed') tellFailure(reply.failure)
  else tellDone(text)
  return reply.kind === 'answered'
}

function add(
  notice:
    { readonly kind: 'done'; readonly text: string } | { readonly kind: 'failed'; readonly failure: Failure },
): number {
  lastId++
  notices.value = [...notices.peek(), { id: lastId, ...notice }].slice(-shownMax)
  return lastId
}

function close(id: number): void {
  notices.value = notices.peek().filter((notice) => notice.id !== id)
}

export function Notices(): JSX.Element {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.id} class={`notice is-${notice.kind}`}>
          {notice.kind === 'done' ? (
            <span>{notice.text}</span>
          ) : (
            <span>
              <strong>{notice.failure.title}.</strong> {notice.failure.detail} {notice.failure.remedy}
            </span>
          )}
          <button type="button" class="quiet" aria-label="Close" onClick={() => close(notice.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  )
}
