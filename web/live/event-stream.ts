// The agent's stream of what happens in the cluster (server-sent events), read with fetch because a token travels in
// a header. A lost connection is shown and tried again by itself; after it healed every page asks anew.

import { signal } from '@preact/signals'
import { authorization } from './client.ts'
import { refuseToken } from './token.ts'

/** What an event is about; `all` when a stream begins or too much happened to be told one by one. */
export type Topic = 'runs' | 'config' | 'nodes' | 'services' | 'all'

/** `lost` carries since when, for the line that says so. */
export const connection = signal<
  { readonly kind: 'connecting' | 'live' } | { readonly kind: 'lost'; readonly sinceMs: number }
>({ kind: 'connecting' })

/** `job`: the one that it is of, where it is of one. */
export type Happening = { readonly topic: Topic; readonly job: string | null }

const listeners = new Set<(happening: Happening) => void>()
const retryMsMin = 500
const retryMsMax = 10_000
/** The agent sends a comment more often than this when nothing happens. */
const silenceMsMax = 30_000

/** Returns what ends it. */
export function onHappening(listener: (happening: Happening) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Called once; never ends while the page is open. */
export async function followEvents(): Promise<never> {
  let retryMs = retryMsMin
  let lastId: string | null = null
  for (;;) {
    try {
      await readStream(lastId, {
        onOpen: () => {
          connection.value = { kind: 'live' }
          retryMs = retryMsMin
        },
        onId: (id) => {
          lastId = id
        },
      })
    } catch {
      // Why it broke is the browser's to know; that it broke is shown.
    }
    if (connection.peek().kind !== 'lost') connection.value = { kind: 'lost', sinceMs: Date.now() }
    await new Promise((resolve) => setTimeout(resolve, retryMs))
    retryMs = Math.min(retryMs * 2, retryMsMax)
  }
}

type Told = { onOpen(): void; onId(id: string): void }

async function readStream(lastId: string | null, told: Told): Promise<void> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), silenceMsMax)
  try {
    const response = await fetch('/api/v1/events', {
      headers: {
        accept: 'text/event-stream',
        ...authorization(),
        ...(lastId === null ? {} : { 'last-event-id': lastId }),
      },
      signal: silence.signal,
    })
    if (response.status === 401) refuseToken()
    if (!response.ok || response.body === null) return
    told.onOpen()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMsMax)
      const blocks = (text + value).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) takeBlock(block, told)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** One event of the stream: lines of `field: value`; a line that starts with a colon is a comment. */
function takeBlock(block: string, told: Told): void {
  const fieldOf = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim()
  const id = fieldOf('id')
  if (id !== undefined) told.onId(id)
  const event = fieldOf('event')
  if (event === undefined) return
  const topic = topicOf(event)
  const happening = { topic, job: topic === 'runs' ? jobOf(fieldOf('data') ?? '') : null }
  for (const listener of listeners) listener(happening)
}

function jobOf(data: string): string | null {
  const news = JSON.parse(data) as { readonly job?: string; readonly run?: { readonly job?: string } }
  return news.job ?? news.run?.job ?? null
}

function topicOf(event: string): Topic {
  if (/^(run|slot|claim)/.test(event)) return 'runs'
  if (/^(config|category|job)/.test(event)) return 'config'
  if (/^(node|witness|session|status)/.test(event)) return 'nodes'
  if (event.startsWith('service')) return 'services'
  return 'all'
}
