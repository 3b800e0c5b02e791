// Requests to the agent that served this page. Every failure becomes one readable value: what is wrong and what to
// do about it, as the API's problem+json says it, or that the agent does not answer.

import { refuseToken, token } from './token.ts'

/** What went wrong, in the words of the API. */
export type Failure = {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly remedy: string
  readonly problems: readonly {
    readonly line?: number
    readonly column?: number
    readonly path?: string
    readonly message: string
    readonly hint?: string
  }[]
}

export type Reply<Body> =
  | { readonly kind: 'answered'; readonly body: Body; readonly etag: string | null }
  | { readonly kind: 'failed'; readonly failure: Failure }

export type Send = {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly body?: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Also where the page came over plain HTTP from another host, and browsers have no randomUUID. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

export async function get<Body>(path: string): Promise<Reply<Body>> {
  return ask(path, { method: 'GET' })
}

/** Changes something. Sent twice after a lost answer, it is done once: each request has a key of its own. */
export async function send<Body>(path: string, { method, body, type, headers }: Send): Promise<Reply<Body>> {
  return ask(path, {
    method,
    headers: {
      'content-type': type ?? 'application/json',
      'idempotency-key': newId(),
      ...headers,
    },
    body: body ?? '{}',
  })
}

async function ask<Body>(path: string, request: RequestInit): Promise<Reply<Body>> {
  let response: Response
  try {
    response = await fetch(path, { ...request, headers: { ...authorization(), ...headersOf(request) } })
  } catch {
    return { kind: 'failed', failure: unreachable }
  }
  if (response.ok) {
    // The API's answers are held to its schemas by its own tests.
    const body = (await response.json()) as Body
    return { kind: 'answered', body, etag: response.headers.get('etag') }
  }
  if (response.status === 401) refuseToken()
  return { kind: 'failed', failure: await failureOf(response) }
}

export type Following = {
  readonly signal: AbortSignal
  readonly onText: (more: string) => void
  readonly onFailure: (failure: Failure) => void
}

/** Text as it comes; resolves when there is no more, or when it was given up. */
export async function getText(path: string, { signal, onText, onFailure }: Following): Promise<void> {
  try {
    const response = await fetch(path, { headers: authorization(), signal })
    if (response.status === 401) refuseToken()
    if (!response.ok) return onFailure(await failureOf(response))
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      onText(part.value)
  } catch {
    if (!signal.aborted) onFailure(unreachable)
  }
}

export function authorization(): Record<string, string> {
  return token.peek() === null ? {} : { authorization: `Bearer ${token.peek()}` }
}

function headersOf(request: RequestInit): Record<string, string> {
  return (request.headers ?? {}) as Record<string, string>
}

async function failureOf(response: Response): Promise<Failure> {
  const text = await response.text()
  try {
    const problem = JSON.parse(text) as Partial<Failure>
    return {
      status: response.status,
      title: problem.title ?? response.statusText,
      detail: problem.detail ?? '',
      remedy: problem.remedy ?? '',
      problems: problem.problems ?? [],
    }
  } catch {
    return { ...unreachable, status: response.status, title: response.statusText, detail: text.slice(0, 500) }
  }
}

const unreachable: Failure = {
  status: 0,
  title: 'No answer',
  detail: 'The agent that served this page does not answer.',
  remedy: 'The page tries again by itself; any other agent of the cluster shows the same.',
  problems: [],
}
