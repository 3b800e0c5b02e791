// The state of a run, service or node as a word with a colour: the
// word carries the meaning, the colour only helps.

import type { JSX } from 'preact'

/** From state to tone; the tones are in the style sheet, light and dark. */
const tones: Readonly<Record<string, 'good' | 'bad' | 'busy' | 'odd' | 'idle'>> = {
  succeeded: 'good',
  up: 'good',
  live: 'good',
  ready: 'good',
  applied: 'good',
  running: 'busy',
  starting: 'busy',
  queued: 'busy',
  founding: 'busy',
  joining: 'busy',
  stopping: 'busy',
  failed: 'bad',
  lost: 'bad',
  refused: 'bad',
  'no-majority': 'bad',
  missed: 'odd',
  unknown: 'odd',
  degraded: 'odd',
  stale: 'odd',
  conflict: 'odd',
  drained: 'odd',
  leaving: 'odd',
  removing: 'odd',
  away: 'bad',
}

export function toneOf(state: string): 'good' | 'bad' | 'busy' | 'odd' | 'idle' {
  return tones[state.toLowerCase()] ?? 'idle'
}

export function State({ state, why = '' }: { readonly state: string; readonly why?: string }): JSX.Element {
  return (
    <span class={`state tone-${toneOf(state)}`} title={why}>
      {state.toLowerCase().replaceAll('-', ' ')}
    </span>
  )
}
