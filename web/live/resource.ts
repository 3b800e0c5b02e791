// What a page shows from the API, kept current: asked for when a page opens, again when the event stream says that
// something of its topics happened (not more often than it rests), and again after a lost connection healed.

import { useEffect, useState } from 'preact/hooks'
import { get, type Failure } from './client.ts'
import { onHappening, type Topic } from './event-stream.ts'
import { token } from './token.ts'

export type Resource<Body> = {
  /** The newest answer; the one before it while a newer is on its way or could not be had. */
  readonly body: Body | null
  readonly failure: Failure | null
  readonly etag: string | null
  readonly reload: () => void
}

type Held = { readonly path: string; readonly body: unknown; readonly etag: string | null }

export type Care = {
  /** Of all runs only those of this job matter. */
  readonly job?: string | undefined
  /** It is asked for again not more often than this; for what costs the agent more than a glance is worth. */
  readonly restMs?: number
}

const restMsUsual = 500
/** Answers of pages that were left, so that going back shows something at once. */
const heldMax = 40
const held = new Map<string, Held>()
// What a token let see is not shown to whoever comes after it.
token.subscribe(() => held.clear())

/** With no path nothing is asked for. Without topics it is asked for once. */
export function useResource<Body>(
  path: string | null,
  topics: readonly Topic[],
  { job, restMs = restMsUsual }: Care = {},
): Resource<Body> {
  const [answer, setAnswer] = useState<Held | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [asked, setAsked] = useState(0)
  const wanted = topics.join(' ')

  useEffect(() => {
    setAnswer(null)
    if (path === null) return undefined
    const reading = new Reading(path, restMs, {
      onBody: (body, etag) => {
        keep({ path, body, etag })
        setAnswer({ path, body, etag })
        setFailure(null)
      },
      onFailure: setFailure,
    })
    reading.now()
    const stopListening = onHappening((happening) => {
      const isOther = job !== undefined && happening.job !== null && !isNamed(happening.job, job)
      if (happening.topic === 'all' || (wanted.split(' ').includes(happening.topic) && !isOther))
        reading.soon()
    })
    return () => {
      stopListening()
      reading.stop()
    }
  }, [path, wanted, job, asked, token.value])

  // A page that moved on to another path must not show the former one's answer under it.
  const present = path === null ? null : answer?.path === path ? answer : (held.get(path) ?? null)
  return {
    body: (present?.body as Body | undefined) ?? null,
    failure,
    etag: present?.etag ?? null,
    reload: () => setAsked(asked + 1),
  }
}

/** Jobs of MASTER are called by their short names too. */
function isNamed(name: string, called: string): boolean {
  return name === called || name.endsWith(`.${called}`)
}

function keep(answer: Held): void {
  held.delete(answer.path)
  held.set(answer.path, answer)
  const oldest = held.keys().next().value
  if (held.size > heldMax && oldest !== undefined) held.delete(oldest)
}

type Told = {
  onBody(body: unknown, etag: string | null): void
  onFailure(failure: Failure): void
}

/** Asks for one path: one request at a time, the next not before it has rested. */
class Reading {
  readonly #path: string
  readonly #restMs: number
  readonly #told: Told
  #state: 'idle' | 'asking' | 'stale' | 'waiting' | 'stopped' = 'idle'
  #askedAtMs = 0

  constructor(path: string, restMs: number, told: Told) {
    this.#path = path
    this.#restMs = restMs
    this.#told = told
  }

  now(): void {
    this.#state = 'asking'
    this.#askedAtMs = performance.now()
    void this.#ask()
  }

  soon(): void {
    if (this.#state === 'asking') this.#state = 'stale'
    if (this.#state !== 'idle') return
    this.#state = 'waiting'
    const restMs = Math.max(0, this.#askedAtMs + this.#restMs - performance.now())
    setTimeout(() => this.#state === 'waiting' && this.now(), restMs)
  }

  stop(): void {
    this.#state = 'stopped'
  }

  async #ask(): Promise<void> {
    const reply = await get<unknown>(this.#path)
    if (this.#isStopped()) return
    const isStale = this.#state === 'stale'
    this.#state = 'idle'
    if (reply.kind === 'answered') this.#told.onBody(reply.body, reply.etag)
    else this.#told.onFailure(reply.failure)
    if (isStale) this.soon()
  }

  #isStopped(): boolean {
    return this.#state === 'stopped'
  }
}
