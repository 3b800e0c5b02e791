// A line in the audit log for each change that somebody made over the API and for each refusal, on disk before the
// answer goes out; and one in the agent's own log for each change. What a command asked for and led to is known where it
// is given to the core, who asked and from where at the request: both meet here.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { AuditEntry } from '../../lib/view/audit.ts'
import type { Answer, Command } from '../../lib/view/question.ts'
import type { Core } from './core.ts'
import { FailureLimit } from './failure-limit.ts'
import { operationName } from './openapi.ts'
import { ApiRefusal } from './problem-answer.ts'
import { stateBefore } from './state-before.ts'

/** What a request changed; several commands of one request add up. */
type Changed = { text: string; before: unknown; after: unknown; isTried: boolean }

export type AuditNotes = {
  /** Resolves when the line is on disk. */
  note(entry: AuditEntry): Promise<void>
  /** Nothing can be noted, so nothing may be changed. */
  readonly isBroken: boolean
}

export class Auditing {
  readonly #notes: AuditNotes
  readonly #log: Logger
  readonly #changed = new WeakMap<FastifyRequest, Changed>()
  readonly #request = new AsyncLocalStorage<FastifyRequest>()
  readonly #limit = new FailureLimit()

  constructor(notes: AuditNotes, log: Logger) {
    this.#notes = notes
    this.#log = log
  }

  /** The core, with each change noted for the request that caused it. */
  of(core: Core): Core {
    return {
      ask: async (question) => core.ask(question),
      command: async (command, user) => {
        if (this.#notes.isBroken) throw new ApiRefusal(broken)
        const before = await stateBefore(core, command)
        const answer = await core.command(command, user)
        const changed = changeOf(command, answer, before)
        if (changed.text !== '' && !changed.isTried)
          this.#log.info({ user, command: command.kind }, changed.text)
        const request = this.#request.getStore()
        if (request !== undefined) this.#changed.set(request, changed)
        return answer
      },
    }
  }

  /** What a command of this request leads to belongs to it. */
  async during<Value>(request: FastifyRequest, act: () => Promise<Value>): Promise<Value> {
    return this.#request.run(request, act)
  }

  /** What changed without a command to the core. */
  noteChange(change: Readonly<Changed>): void {
    const request = this.#request.getStore()
    if (request !== undefined) this.#changed.set(request, change)
  }

  /** Before the answer of a request goes out. */
  async finish(request: FastifyRequest, { statusCode }: FastifyReply, payload: unknown): Promise<void> {
    const changed = this.#changed.get(request)
    const isRefusal = [401, 403, 421, 429].includes(statusCode)
    const isQuestion = ['GET', 'HEAD', 'OPTIONS'].includes(request.method)
    const path = request.routeOptions.url
    if (!isRefusal && (isQuestion || path === undefined || changed?.isTried === true)) return
    const caller = request.caller ?? null
    const isFault = statusCode >= 400
    // Whoever shows nothing good must not fill the disk.
    const letThrough = isFault && caller === null ? this.#limit.take(request.ip, Date.now()) : { silenced: 0 }
    if (letThrough === false) return
    const { silenced } = letThrough
    const before = silenced === 0 ? '' : `; ${silenced} refusals of this address before it have no line`
    await this.#notes.note({
      action: path === undefined ? 'unknown' : operationName({ method: request.method, path }),
      outcome: isRefusal ? outcomes[statusCode]! : isFault ? 'error' : 'ok',
      status: statusCode,
      actor: caller?.user ?? 'anonymous',
      role: caller?.role ?? 'none',
      category: categoryOf(request),
      from: request.ip,
      what: `${request.method} ${(request.url.split('?', 1)[0] ?? '').slice(0, 300)}`,
      text: (isFault ? detailOf(payload) : (changed?.text ?? '')) + before,
      before: changed?.before ?? null,
      after: changed?.after ?? null,
    })
  }
}

const outcomes: Readonly<Record<number, AuditEntry['outcome']>> = {
  401: 'unauthorized',
  429: 'unauthorized',
  403: 'forbidden',
  421: 'forbidden',
}

/** Parameters of paths whose first part is a category. */
const ofCategories = ['category', 'job', 'run', 'service', 'name', 'id'] as const

function categoryOf(request: FastifyRequest): string | null {
  const params = (request.params ?? {}) as Readonly<Record<string, string>>
  const named = ofCategories.map((name) => params[name]).find((value) => value !== undefined)
  return named?.split('.', 1)[0]?.slice(0, 255) ?? null
}

function detailOf(payload: unknown): string {
  try {
    const { detail } = JSON.parse(String(payload)) as { readonly detail?: unknown }
    return typeof detail === 'string' ? detail : ''
  } catch {
    return ''
  }
}

function changeOf(command: Command, answer: Answer, before: object | null): Changed {
  const asked = askedOf(command)
  switch (answer.kind) {
    case 'config-changed': {
      const { category, isNews, revision, created, changed, removed, jobs } = answer.change
      const text = `category "${category}" was changed: ${created} created, ${changed} changed, ${removed} removed`
      const keysOf = (side: 'before' | 'after') =>
        Object.fromEntries(
          jobs.map(({ job, change, keys }) => [
            job,
            change === 'changed'
              ? Object.fromEntries(keys.map((key) => [key.key, key[side]]))
              : (change === 'created') === (side === 'after'),
          ]),
        )
      const isTried = revision === null
      return isNews
        ? { text, before: keysOf('before'), after: { revision, jobs: keysOf('after') }, isTried }
        : { text: `category "${category}" is so already`, before: null, after: { revision }, isTried }
    }
    case 'job-switched': {
      const { job, isEnabled, isNews } = answer
      const text = isNews ? `job "${job}" was ${isEnabled ? 'enabled' : 'disabled'}` : ''
      return { text, before: { isEnabled: isEnabled !== isNews }, after: { isEnabled }, isTried: false }
    }
    case 'done':
      return { text: answer.what, before, after: asked, isTried: false }
    default:
      return {
        text: '',
        before,
        after: asked,
        isTried: 'isDryRun' in command && command.isDryRun,
      }
  }
}

/** The command without what is long or secret. */
function askedOf(command: Command): object {
  if (command.kind === 'create-token') {
    const { id, name, role, category, expiresAtMs } = command.token
    return { kind: command.kind, id, name, role, category, expiresAtMs }
  }
  const { text: _, ...rest } = command as Command & { readonly text?: string }
  return rest
}

const broken = {
  status: 503,
  title: 'No audit log',
  detail: 'Cannot change anything: the audit log cannot be written, expected a disk that takes a line',
  remedy:
    "Look at the agent's log and its disk, and start the agent again; another agent may do it meanwhile.",
} as const
