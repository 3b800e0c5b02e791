// Backfills that this page carries out: runs by hand for slots that are over, a few at a time. They go on while other
// pages of the viewer are looked at; whoever closes the viewer ends them, and what was started goes on.

import { signal } from '@preact/signals'
import type { RunView } from '../../lib/view/run-view.ts'
import { pathOf } from '../route.ts'
import { get, newId, send } from './client.ts'

export type Filled = {
  readonly slot: string
  readonly state: 'waiting' | 'asked' | 'refused' | RunView['state']
  readonly run: string | null
  /** Why it was refused. */
  readonly why: string
}

export type Backfill = {
  readonly slots: readonly Filled[]
  /** Nothing more is started. */
  readonly isEnded: boolean
}

const atOnce = 3
const triesMax = 5
const lookEveryMs = 700
/** What was asked for and is not seen to run by then is waiting for something. */
const looksMax = 600

/** By the name of the job. */
export const backfills = signal<ReadonlyMap<string, Backfill>>(new Map())

export function startBackfill(job: string, slots: readonly string[]): void {
  const waiting = slots.map((slot): Filled => ({ slot, state: 'waiting', run: null, why: '' }))
  put(job, { slots: waiting, isEnded: false })
  const workers = Array.from({ length: atOnce }, async () => work(job))
  void Promise.all(workers).then(() => endBackfill(job))
}

export function endBackfill(job: string): void {
  const backfill = backfills.peek().get(job)
  if (backfill !== undefined) put(job, { ...backfill, isEnded: true })
}

export function forgetBackfill(job: string): void {
  const rest = new Map(backfills.peek())
  rest.delete(job)
  backfills.value = rest
}

async function work(job: string): Promise<void> {
  for (;;) {
    const backfill = backfills.peek().get(job)
    const next = backfill?.slots.find(({ state }) => state === 'waiting')
    if (backfill === undefined || backfill.isEnded || next === undefined) return
    const { slot } = next
    set(job, slot, { state: 'asked' })
    const requestId = `${Date.now()}-${newId()}`
    const why = await ask(job, { slot, requestId })
    if (why === null) await watch(job, slot, requestId)
    else set(job, slot, { state: 'refused', why })
  }
}

/** Why it is refused. While nobody can say whether it was done, it is asked again: with its id it is one request. */
async function ask(
  job: string,
  asked: { readonly slot: string; readonly requestId: string },
): Promise<string | null> {
  for (let tried = 1; ; tried++) {
    const reply = await send(`/api/v1${pathOf('jobs', job, 'start')}`, {
      method: 'POST',
      body: JSON.stringify({ ...asked, force: true }),
    })
    if (reply.kind === 'answered') return null
    const { status, detail } = reply.failure
    const isOpen = status === 0 || status === 503 || detail.includes('nobody knows yet')
    if (!isOpen || tried >= triesMax) return detail
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** Until the run that answers the request has ended. */
async function watch(job: string, slot: string, requestId: string): Promise<void> {
  for (let look = 0; look < looksMax; look++) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    const asked = new URLSearchParams({ job, limit: '1000', from: slot, to: slot })
    const reply = await get<{ readonly runs: readonly RunView[] }>(`/api/v1/runs?${asked}`)
    const run = reply.kind === 'answered' ? reply.body.runs.find((one) => one.requestId === requestId) : null
    if (run === null || run === undefined) continue
    look = 0
    set(job, slot, { state: run.state, run: run.id, why: run.why })
    if (run.state !== 'running') return
  }
}

function set(job: string, slot: string, change: Partial<Filled>): void {
  const backfill = backfills.peek().get(job)
  if (backfill === undefined) return
  const slots = backfill.slots.map((one) => (one.slot === slot ? { ...one, ...change } : one))
  put(job, { ...backfill, slots })
}

function put(job: string, backfill: Backfill): void {
  backfills.value = new Map(backfills.peek()).set(job, backfill)
}
