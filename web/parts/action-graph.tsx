// A job's actions as a graph from left to right: each stands right of all that it requires. Coloured by the states of
// one run, where there is one.

import type { JSX } from 'preact'
import { toneOf } from './state.tsx'
import { visible } from './visible.ts'

export type GraphAction = {
  readonly name: string
  readonly command: string
  readonly requires: readonly string[]
}
export type ActionState = { readonly name: string; readonly state: string; readonly why: string }

const boxWidth = 168
const boxHeight = 40
const gapX = 56
const gapY = 14

type Spot = { readonly x: number; readonly y: number }

export type ActionGraphProps = {
  readonly actions: readonly GraphAction[]
  readonly states: readonly ActionState[]
  /** Told when somebody points at one; the list beside the graph does the same by keyboard. */
  readonly onChoose?: (action: string) => void
}

export function ActionGraph({ actions, states, onChoose }: ActionGraphProps): JSX.Element {
  const spots = layOut(actions)
  const width = Math.max(...[...spots.values()].map((spot) => spot.x)) + boxWidth
  const height = Math.max(...[...spots.values()].map((spot) => spot.y)) + boxHeight
  return (
    <div class="wide" tabIndex={0}>
      <svg
        class="graph"
        width={width + 4}
        height={height + 4}
        viewBox={`-2 -2 ${width + 4} ${height + 4}`}
        role="img"
        aria-label={spoken(actions, states)}
      >
        {actions.flatMap((action) =>
          action.requires.map((other) => (
            <Edge key={`${other} ${action.name}`} from={spots.get(other)} to={spots.get(action.name)} />
          )),
        )}
        {actions.map((action) => {
          const spot = spots.get(action.name)
          const state = states.find((one) => one.name === action.name)
          return spot === undefined ? null : <Box key={action.name} {...{ action, spot, state, onChoose }} />
        })}
      </svg>
    </div>
  )
}

function Box({
  action,
  spot,
  state,
  onChoose,
}: {
  readonly action: GraphAction
  readonly spot: Spot
  readonly state: ActionState | undefined
  readonly onChoose: ActionGraphProps['onChoose']
}): JSX.Element {
  return (
    <g
      transform={`translate(${spot.x} ${spot.y})`}
      class={`tone-${toneOf(state?.state ?? '')}${onChoose === undefined ? '' : ' can-open'}`}
      onClick={() => onChoose?.(action.name)}
    >
      <rect width={boxWidth} height={boxHeight} rx={6} class="box" />
      <rect width={5} height={boxHeight} rx={2} class="mark" />
      <text x={14} y={17} class="name">
        {shorten(action.name, 20)}
      </text>
      <text x={14} y={32} class="what">
        {shorten(state === undefined ? action.command : state.state, 22)}
      </text>
      <title>{[action.name, action.command, state?.state, state?.why].filter(Boolean).join('\n')}</title>
    </g>
  )
}

function Edge({
  from,
  to,
}: {
  readonly from: Spot | undefined
  readonly to: Spot | undefined
}): JSX.Element | null {
  if (from === undefined || to === undefined) return null
  const [x1, y1] = [from.x + boxWidth, from.y + boxHeight / 2]
  const [x2, y2] = [to.x, to.y + boxHeight / 2]
  const middle = (x1 + x2) / 2
  return <path class="edge" d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />
}

/** Columns by the longest way from an action that requires nothing; definitions have no circles. */
function layOut(actions: readonly GraphAction[]): Map<string, Spot> {
  const byName = new Map(actions.map((action) => [action.name, action]))
  const depths = new Map<string, number>()
  const depthOf = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    depths.set(name, 0)
    const requires = byName.get(name)?.requires ?? []
    const depth = requires.length === 0 ? 0 : 1 + Math.max(...requires.map(depthOf))
    depths.set(name, depth)
    return depth
  }
  const inColumn = new Map<number, number>()
  return new Map(
    actions.map(({ name }) => {
      const column = depthOf(name)
      const row = inColumn.get(column) ?? 0
      inColumn.set(column, row + 1)
      return [name, { x: column * (boxWidth + gapX), y: row * (boxHeight + gapY) }]
    }),
  )
}

function shorten(text: string, most: number): string {
  const shown = visible(text)
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown
}

function spoken(actions: readonly GraphAction[], states: readonly ActionState[]): string {
  return actions
    .map(({ name, requires }) => {
      const state = states.find((one) => one.name === name)?.state
      const after = requires.length === 0 ? '' : ` after ${requires.join(' and ')}`
      return `${name}${after}${state === undefined ? '' : `: ${state}`}`
    })
    .join('; ')
}
