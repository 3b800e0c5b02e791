// The actions of a run one by one: state, why, how long, and of the one that is open what can be done with it, its
// tries and what the chosen try wrote. One is open at a time, since a browser has few connections to follow with.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { RunView } from '../../lib/view/run-view.ts'
import { Orders, type Order } from './orders.tsx'
import { Output } from './output.tsx'
import { State } from './state.tsx'
import { visible } from './visible.ts'
import { Took } from './when.tsx'

type Action = RunView['actions'][number]

export type RunActionsProps = {
  readonly run: RunView
  readonly path: string
  readonly open: string
  readonly onOpen: (action: string | null) => void
  readonly onDone: () => void
}

export function RunActions({ run, path, open, onOpen, onDone }: RunActionsProps): JSX.Element {
  if (run.actions.length === 0) return <p class="empty">Nobody told about its actions.</p>
  return (
    <div class="actions">
      {run.actions.map((action) => {
        const isOpen = action.name === open
        return (
          <details key={action.name} open={isOpen}>
            <summary
              onClick={(event) => {
                event.preventDefault()
                onOpen(isOpen ? '' : action.name)
              }}
            >
              <State state={action.state} /> <strong>{visible(action.name)}</strong>{' '}
              <span class="why">
                {visible(action.why)}
                {action.node === null ? '' : ` on ${visible(action.node)}`}
              </span>
              <Took from={action.startedAt} to={action.endedAt} />
            </summary>
            {isOpen ? <Opened key={run.attempt} {...{ run, action, path, onDone }} /> : null}
          </details>
        )
      })}
    </div>
  )
}

function Opened({
  run,
  action,
  path,
  onDone,
}: {
  readonly run: RunView
  readonly action: Action
  readonly path: string
  readonly onDone: () => void
}): JSX.Element {
  const [tried, setTried] = useState<number | null>(null)
  // Between two tries the newest is among the earlier ones too.
  const earlier = action.state === 'delayed' ? action.earlier.slice(0, -1) : action.earlier
  const first = action.tries - earlier.length
  return (
    <>
      <Orders path={path} orders={ordersOf(action)} of={action.name} onDone={onDone} />
      {earlier.length === 0 ? null : (
        <ol class="rows tries">
          {earlier.map(({ why, node, startedAt, endedAt }, index) => (
            <li key={first + index}>
              <TryButton tried={first + index} chosen={tried} onChoose={setTried}>
                Try {first + index}
              </TryButton>
              <span class="why">
                {visible(why)}
                {node === null ? '' : ` on ${visible(node)}`}
              </span>
              <Took from={startedAt} to={endedAt} />
            </li>
          ))}
          <li>
            <TryButton tried={null} chosen={tried} onChoose={setTried}>
              Try {action.tries}, the newest
            </TryButton>
            <span class="why">{visible(action.why)}</span>
          </li>
        </ol>
      )}
      {action.startedAt === null || run.id === null ? (
        <p class="aside">It has not been started.</p>
      ) : (
        <Output
          key={tried ?? action.startedAt}
          run={run.id}
          action={action.name}
          tried={tried}
          isFailure={tried !== null || action.state === 'failed'}
        />
      )}
    </>
  )
}

function TryButton({
  tried,
  chosen,
  onChoose,
  children,
}: {
  readonly tried: number | null
  readonly chosen: number | null
  readonly onChoose: (tried: number | null) => void
  readonly children: readonly (string | number)[]
}): JSX.Element {
  return (
    <button type="button" class="quiet" aria-pressed={tried === chosen} onClick={() => onChoose(tried)}>
      {children}
    </button>
  )
}

const titles: Readonly<Record<string, readonly [words: string, title: string]>> = {
  stop: ['Stop', 'Ask its process to end; after the grace it is killed'],
  kill: ['Kill', 'Kill its process at once'],
  cancel: ['Cancel', 'It is not to start'],
  retry: ['Retry', 'Try it again; what has succeeded stays'],
  skip: ['Skip', 'Let what requires it start without it'],
  succeed: ['Set succeeded', 'Count it as succeeded'],
  fail: ['Set failed', 'Count it as failed'],
  recover: ['Recover', 'Find out how it ended'],
}

/** By state, as the machine of an action's run has it. */
const verbs: Readonly<Record<Action['state'], readonly string[]>> = {
  waiting: ['skip', 'cancel'],
  running: ['stop', 'kill', 'skip'],
  delayed: ['retry', 'skip', 'cancel'],
  succeeded: ['retry'],
  failed: ['retry', 'skip', 'succeed'],
  unknown: ['recover', 'retry', 'succeed', 'fail', 'skip'],
  blocked: ['skip', 'succeed'],
  cancelled: ['retry', 'skip', 'succeed'],
  skipped: [],
}

function ordersOf({ name, state }: Action): readonly Order[] {
  return verbs[state].map((verb) => {
    const [words, title] = titles[verb] ?? [verb, '']
    return { verb, words, title, body: { action: name } }
  })
}
