// Instants as people read them: how long ago or until, moving on by itself, with the exact instant on hover. One
// clock ticks for the whole page.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'

/** The present, to the second. */
export const nowMs = signal(Date.now())
setInterval(() => {
  nowMs.value = Date.now()
}, 1000)

/** `3 min ago`, `in 12 s`; nothing for null. */
export function When({
  at,
  none = '–',
}: {
  readonly at: string | null
  readonly none?: string
}): JSX.Element {
  if (at === null) return <span class="none">{none}</span>
  const atMs = Date.parse(at)
  return (
    <time dateTime={at} title={instantWords(atMs)}>
      {relativeWords(atMs - nowMs.value)}
    </time>
  )
}

export function Ago({ atMs }: { readonly atMs: number }): JSX.Element {
  return <time title={instantWords(atMs)}>{relativeWords(Math.min(atMs - nowMs.value, 0))}</time>
}

/** How long something took, or takes so far; nothing when it has not begun. */
export function Duration({
  from,
  to,
}: {
  readonly from: string | null
  readonly to: string | null
}): JSX.Element | null {
  if (from === null) return null
  const endMs = to === null ? nowMs.value : Date.parse(to)
  return <span class="duration">{durationWords(Math.max(0, endMs - Date.parse(from)))}</span>
}

/** `took 12 s, 3 min ago`, at the end of a line. */
export function Took({
  from,
  to,
}: {
  readonly from: string | null
  readonly to: string | null
}): JSX.Element | null {
  if (from === null) return null
  return (
    <span class="aside">
      {to === null ? 'for ' : 'took '}
      <Duration from={from} to={to} />
      {to === null ? null : (
        <>
          , <When at={to} />
        </>
      )}
    </span>
  )
}

/** The instant in the viewer's zone, and in UTC. */
function instantWords(atMs: number): string {
  const here = new Intl.DateTimeFormat(undefined, {
    dateStyle: 'full',
    timeStyle: 'long',
  }).format(atMs)
  return `${here}\n${new Date(atMs).toISOString()}`
}

/** `14:03:20` today, with the day before it on other days; in the viewer's zone or the one given. */
export function clockWords(atMs: number, zone?: string): string {
  const sameDay = Math.abs(atMs - Date.now()) < 12 * 3_600_000
  return new Intl.DateTimeFormat(undefined, {
    ...(sameDay ? {} : { month: 'short', day: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).format(atMs)
}

/** `14:03`, for the ticks of pictures. */
export function minuteWords(atMs: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    atMs,
  )
}

function relativeWords(deltaMs: number): string {
  const words = durationWords(Math.abs(deltaMs))
  if (Math.abs(deltaMs) < 1000) return 'now'
  return deltaMs < 0 ? `${words} ago` : `in ${words}`
}

/** Two units at most: `350 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function durationWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60)
    return seconds % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}
