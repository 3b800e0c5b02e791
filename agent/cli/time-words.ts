// Instants and lengths of time in words that need no arithmetic: `in 3 s`, `2 min ago`,
// `1.4 s`.

import type { Terminal } from './terminal.ts'

type Clock = Pick<Terminal, 'nowMs' | 'showsInstants'>

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const

/** `now`, `in 3 s`, `2 min ago`; after a month the date says more. */
export function relativeTime(instant: string, nowMs: number): string {
  const awayMs = Date.parse(instant) - nowMs
  if (Number.isNaN(awayMs)) return ''
  const sizeMs = Math.abs(awayMs)
  if (sizeMs > 30 * 86_400_000) return instant.slice(0, 10)
  if (sizeMs < 1000) return 'now'
  return awayMs > 0 ? `in ${roughTime(sizeMs)}` : `${roughTime(sizeMs)} ago`
}

/** In words, or as the instant where that was asked for. */
export function timeText(instant: string, { nowMs, showsInstants }: Clock): string {
  return showsInstants === true ? localInstant(instant) : relativeTime(instant, nowMs())
}

/** In the largest unit of which there is at least one: `3 s`, `90 min` is `1 h`. */
function roughTime(ms: number): string {
  const unit = units.find((one) => ms >= one.ms) ?? { name: 's', ms: 1000 }
  return `${Math.floor(ms / unit.ms)} ${unit.name}`
}

/** `35 ms`, `1.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function timeLength(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const wholeMs = Math.round(ms / 1000) * 1000
  const first = units.findIndex((one) => wholeMs >= one.ms)
  const unit = units[first] ?? { name: 's', ms: 1000 }
  const next = units[first + 1]
  const rest = next === undefined ? 0 : Math.floor((wholeMs % unit.ms) / next.ms)
  const head = `${Math.floor(wholeMs / unit.ms)} ${unit.name}`
  return next === undefined || rest === 0 ? head : `${head} ${rest} ${next.name}`
}

/** The instant on this host's clock, `2026-11-21 22:05:09`, for those who want to look it up. */
export function localInstant(instant: string): string {
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) return ''
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
