// An instance's states over time as a band, from its oldest known event to now: how long it was up, and when it was
// not. Its place and state stand before it in words.

import type { JSX } from 'preact'
import type { InstanceView } from '../../lib/view/service-view.ts'
import { toneOf } from './state.tsx'
import { clockWords, durationWords, nowMs } from './when.tsx'

const width = 1000
const height = 14
/** A state that was over at once is still to be seen. */
const partWidthMin = 3

export function InstanceBand({ instance }: { readonly instance: InstanceView }): JSX.Element {
  const parts = partsOf(instance)
  const first = parts[0]
  const { name, node, state: now } = instance
  // Of a node that is away its last word is not what its instances are now.
  const isKnown = parts.at(-1)?.state === now
  // Of a service that is on every node an instance is called by its node.
  const isOfNode = node !== null && name.endsWith(`.${node}`)
  return (
    <div class="band">
      <span class="band-name">
        {isOfNode ? node : `${instance.number} `}
        {isOfNode ? null : <span class="aside">{node ?? 'no node'}</span>}
      </span>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${instance.name} is ${instance.state}`}
      >
        {first === undefined ? (
          <rect width={width} height={height} class={`tone-${toneOf(instance.state)} faint`} />
        ) : null}
        {parts.map(({ state, text, fromMs, toMs, x, wide }) => (
          <rect
            key={fromMs}
            x={x}
            width={wide}
            height={height}
            class={`tone-${toneOf(state)}${isKnown ? '' : ' faint'}`}
          >
            <title>{`${state} for ${durationWords(toMs - fromMs)}, from ${clockWords(fromMs)}\n${text}`}</title>
          </rect>
        ))}
      </svg>
    </div>
  )
}

type Part = {
  readonly state: InstanceView['state']
  readonly text: string
  readonly fromMs: number
  readonly toMs: number
  readonly x: number
  readonly wide: number
}

function partsOf({ events }: InstanceView): readonly Part[] {
  const told = events.toReversed().map((event) => ({ ...event, fromMs: Date.parse(event.at) }))
  const changes = told.filter((event, index) => event.state !== told[index - 1]?.state)
  const startMs = changes[0]?.fromMs ?? 0
  const endMs = Math.max(nowMs.value, startMs + 1)
  const scale = width / (endMs - startMs)
  return changes.map(({ state: then, text, fromMs }, index) => {
    const toMs = Math.max(fromMs, changes[index + 1]?.fromMs ?? endMs)
    const x = Math.min((fromMs - startMs) * scale, width - partWidthMin)
    return { state: then, text, fromMs, toMs, x, wide: Math.max(partWidthMin, (toMs - fromMs) * scale) }
  })
}
