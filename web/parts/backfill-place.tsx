// Where a backfill is chosen and watched: from when to when, how many slots that would be, then each of them as a mark
// in the colour of how it stands.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { JobSlots } from '../../lib/view/job-slots.ts'
import { backfills, endBackfill, forgetBackfill, startBackfill, type Backfill } from '../live/backfills.ts'
import { useResource } from '../live/resource.ts'
import { goTo, pathOf } from '../route.ts'
import { toneOf } from './state.tsx'
import { clockWords } from './when.tsx'

const DAY_MS = 86_400_000
/** What is offered at first is not many by mistake. */
const fewSlots = 10

/** `intervalMs` is the time between two of its slots, where it is known. */
export function BackfillPlace({
  job,
  intervalMs,
}: {
  readonly job: string
  readonly intervalMs: number | null
}): JSX.Element {
  const backfill = backfills.value.get(job)
  return backfill === undefined ? (
    <Choice job={job} lengthMs={Math.min(DAY_MS, fewSlots * (intervalMs ?? DAY_MS))} />
  ) : (
    <Progress job={job} backfill={backfill} />
  )
}

function Choice({ job, lengthMs }: { readonly job: string; readonly lengthMs: number }): JSX.Element {
  const [from, setFrom] = useState(() => localText(Date.now() - lengthMs))
  const [to, setTo] = useState(() => localText(Date.now()))
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
  const isRange = fromMs <= toMs
  const asked = isRange
    ? new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })
    : null
  const answer = useResource<JobSlots>(
    asked === null ? null : `/api/v1${pathOf('jobs', job, 'slots')}?${asked}`,
    [],
  )
  const slots = answer.body?.slots ?? []
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        startBackfill(job, slots)
      }}
    >
      <label class="inline">
        From{' '}
        <input
          type="datetime-local"
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
          required
        />
      </label>
      <label class="inline">
        to{' '}
        <input
          type="datetime-local"
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
          required
        />
      </label>
      <button disabled={slots.length === 0}>
        Run {slots.length.toLocaleString()} {slots.length === 1 ? 'slot' : 'slots'}
      </button>
      <span class="aside" role="status">
        {!isRange
          ? 'The end is before the beginning.'
          : answer.body?.isCut === true
            ? 'There are more: choose a shorter time.'
            : 'In your time zone; each once, three at a time.'}
      </span>
    </form>
  )
}

function Progress({ job, backfill }: { readonly job: string; readonly backfill: Backfill }): JSX.Element {
  const { slots, isEnded } = backfill
  const over = slots.filter(({ state }) => !['waiting', 'asked', 'running'].includes(state)).length
  const bad = slots.filter(({ state }) => ['failed', 'lost', 'unknown', 'refused'].includes(state))
  return (
    <>
      <div class="row">
        <progress max={slots.length} value={over} aria-label="Slots that are over" />
        <span role="status">
          {over} of {slots.length} over
          {bad.length === 0 ? '' : `, ${bad.length} did not succeed`}
        </span>
        {isEnded ? (
          <button type="button" onClick={() => forgetBackfill(job)}>
            Close
          </button>
        ) : (
          <button type="button" title="Start nothing more" onClick={() => endBackfill(job)}>
            Stop
          </button>
        )}
      </div>
      <div class="fills">
        {slots.map(({ slot, state, run, why }) => (
          <button
            key={slot}
            type="button"
            class={`fill tone-${state === 'waiting' ? 'none' : state === 'asked' ? 'busy' : toneOf(state)}`}
            title={`${clockWords(Date.parse(slot))}: ${state}${why === '' ? '' : `, ${why}`}`}
            aria-label={`${slot}: ${state}`}
            disabled={run === null}
            onClick={() => run !== null && goTo(pathOf('runs', run))}
          />
        ))}
      </div>
      {bad[0] === undefined || bad[0].why === '' ? null : <p class="why">{bad[0].why}</p>}
    </>
  )
}

/** As an input for local times has it. */
function localText(atMs: number): string {
  const offsetMs = new Date(atMs).getTimezoneOffset() * 60_000
  return new Date(atMs - offsetMs).toISOString().slice(0, 16)
}
