// Finds out who asks, from the token that a request shows: the data directory's own, which is this host's admin; one
// that was created and lives as a hash in the catalog, on every agent until it is revoked or expires; or one of a
// session of the viewer, which a one-time code opened here. Secrets are compared in constant time; failures are limited
// in rate and logged with their cause.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import { mayDo, mayTouch, type Caller, type Need } from './caller.ts'
import type { Core } from './core.ts'
import { FailureLimit } from './failure-limit.ts'
import { ApiRefusal, type ProblemAnswer } from './problem-answer.ts'
import { told } from './told.ts'

export type Shown = {
  readonly authorization: string | undefined
  /** The name that the holder of the data directory's token goes by. */
  readonly saidUser: string
  readonly address: string
  readonly what: string
  /** Of categories, jobs and runs that the request names. */
  readonly names: readonly string[]
}

type Session = { readonly caller: Caller; readonly untilMs: number }

const codeMs = 10 * 60_000
const sessionMs = 12 * 3_600_000
const sessionsMax = 1000

export class Access {
  readonly #core: Core
  readonly #own: Buffer
  readonly #log: Logger
  readonly #isLoopback: boolean
  readonly #failures = new FailureLimit()
  readonly #codes = new Map<string, Session>()
  readonly #sessions = new Map<string, Session>()

  constructor(options: {
    readonly core: Core
    readonly token: string
    readonly log: Logger
    /** Nobody from another host can ask: status is for everybody. */
    readonly isLoopback: boolean
  }) {
    this.#core = options.core
    this.#own = digest(options.token)
    this.#log = options.log
    this.#isLoopback = options.isLoopback
  }

  /** Null for whoever needs no token and shows none; throws ApiRefusal for whoever may not. */
  async callerOf(need: Need, shown: Shown): Promise<Caller | null> {
    if (shown.authorization === undefined) {
      if (need === 'anybody' || (need === 'nobody' && this.#isLoopback)) return null
      throw this.#refused(shown, 'it is missing')
    }
    const token = /^bearer +(\S{1,200}) *$/i.exec(shown.authorization)?.[1]
    const found = token === undefined ? 'it is no bearer token' : await this.#find(token, shown.saidUser)
    if (typeof found === 'string') throw this.#refused(shown, found)
    if (!mayDo(found, need)) throw this.#forbidden(shown, found, `a token of role ${need}`)
    // How things are is for everybody who may ask at all.
    const isStatus = need === 'anybody' || need === 'nobody'
    if (!isStatus && shown.names.length === 0 && found.category !== '' && need !== 'reader')
      throw this.#forbidden(shown, found, 'a token that is not for some categories alone')
    if (!isStatus && !shown.names.every((name) => mayTouch(found, name)))
      throw this.#forbidden(shown, found, `a category that begins with "${found.category}"`)
    return found
  }

  /** A word that opens the viewer once, within ten minutes. */
  newCode(caller: Caller): { readonly code: string; readonly expiresAtMs: number } {
    const code = randomBytes(24).toString('base64url')
    const untilMs = Date.now() + codeMs
    remember(this.#codes, code, { caller, untilMs })
    return { code, expiresAtMs: untilMs }
  }

  /** Whoever has the code becomes who asked for it, on this agent, for some hours. */
  exchange(code: string, address: string): { readonly token: string; readonly session: Session } {
    const key = hexDigest(code)
    const known = this.#codes.get(key)
    this.#codes.delete(key)
    if (known === undefined || known.untilMs < Date.now())
      throw this.#refused(
        { address, what: 'a one-time code', authorization: '', saidUser: '', names: [] },
        'the one-time code is unknown, was used, or is older than ten minutes',
      )
    const token = `hks_${randomBytes(32).toString('base64url')}`
    const session = { caller: known.caller, untilMs: Date.now() + sessionMs }
    remember(this.#sessions, token, session)
    return { token, session }
  }

  /** Why it will not do, as text. */
  async #find(token: string, saidUser: string): Promise<Caller | string> {
    if (timingSafeEqual(digest(token), this.#own))
      return { role: 'admin', user: saidUser, category: '', tokenId: null }
    if (token.startsWith('hks_')) return this.#findSession(token)
    const [, id, secret] = /^hka_([0-9a-f]{16})_([\w-]{43})$/.exec(token) ?? []
    if (id === undefined || secret === undefined) return 'it is wrong'
    const { tokens, nowMs } = told(await this.#core.ask({ kind: 'tokens' }), 'tokens')
    const known = tokens.find((one) => one.id === id)
    const hash = Buffer.from(known?.hash ?? '0'.repeat(64), 'hex')
    if (!timingSafeEqual(digest(secret), hash) || known === undefined) return 'it is wrong, or was revoked'
    if (known.expiresAtMs !== null && known.expiresAtMs <= nowMs) return `token "${known.name}" has expired`
    return { role: known.role, user: known.name, category: known.category, tokenId: id }
  }

  /** A session ends with the token that opened it. */
  async #findSession(token: string): Promise<Caller | string> {
    const session = this.#sessions.get(hexDigest(token))
    if (session === undefined || session.untilMs < Date.now()) return 'its session is over'
    const { caller } = session
    if (caller.tokenId === null) return caller
    const { tokens, nowMs } = told(await this.#core.ask({ kind: 'tokens' }), 'tokens')
    const known = tokens.find(({ id }) => id === caller.tokenId)
    const holds = known !== undefined && (known.expiresAtMs === null || known.expiresAtMs > nowMs)
    return holds ? caller : 'the token of its session was revoked or has expired'
  }

  #refused(shown: Shown, why: string): ApiRefusal {
    const letThrough = this.#failures.take(shown.address, Date.now())
    if (letThrough === false) return new ApiRefusal(tooMany)
    const { silenced } = letThrough
    this.#log.warn(
      { address: shown.address, what: shown.what, ...(silenced > 0 && { silenced }) },
      `a request was refused: its token is not good, ${why}`,
    )
    return new ApiRefusal({
      status: 401,
      title: 'Token needed',
      detail: `Cannot do that without a token: ${why}, expected the header "Authorization: Bearer TOKEN" with one that holds`,
      remedy:
        'hocket token create makes one; the command line of the user of the agent needs none, it finds the one in the data directory.',
      headers: { 'www-authenticate': 'Bearer realm="hocket"' },
    })
  }

  #forbidden(shown: Shown, caller: Caller, expected: string): ApiRefusal {
    const { user, role } = caller
    this.#log.warn(
      { user, role, what: shown.what, address: shown.address },
      'a request was refused: the role does not allow it',
    )
    const problem = {
      status: 403,
      title: 'Not allowed',
      detail: `Cannot do that as "${user}": the token is one of role ${role}, expected ${expected}`,
      remedy:
        'hocket token create --role makes a token that may; hocket token list shows those that there are.',
    }
    return new ApiRefusal(problem, caller)
  }
}

const tooMany: ProblemAnswer = {
  status: 429,
  title: 'Too many failures',
  detail:
    'Cannot look at the token: too many from this address were wrong, expected a right one, or patience',
  remedy: 'Wait a few seconds, and check the token.',
  headers: { 'retry-after': '3' },
}

export function newSecret(): { readonly id: string; readonly hash: string; readonly token: string } {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, hash: hexDigest(secret), token: `hka_${id}_${secret}` }
}

function remember(kept: Map<string, Session>, secret: string, session: Session): void {
  for (const [key, { untilMs }] of kept)
    if (untilMs < Date.now() || kept.size >= sessionsMax) kept.delete(key)
  kept.set(hexDigest(secret), session)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function hexDigest(text: string): string {
  return digest(text).toString('hex')
}
