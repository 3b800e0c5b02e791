// One request of an `http` action: from what was rendered to what came of it. The fetch is the one that Node.js has
// built in, as a package: an answer may take as long as the action's timeout says (the built-in one gives up after five
// minutes), and certificates can be named. No connection outlives its request.

import fs from 'node:fs/promises'
import tls from 'node:tls'
import vm from 'node:vm'
import type { Agent, Response } from 'undici'
import type { RequestPlan } from '../../lib/run/render-action.ts'
import { processLimits } from './limits.ts'
import { resolveSecrets, unknownSecret, type Secrets } from './secrets.ts'

export type Answered = { readonly said: string; readonly isExpected: boolean }

export type PreparedRequest =
  /** `what it is, expected what it must be`; nothing was sent. */
  | { readonly kind: 'fault'; readonly reason: string }
  | {
      readonly kind: 'ready'
      /** Hands out the body as it comes. Throws only what onBody throws, and when it is aborted. */
      send(signal: AbortSignal, onBody: (bytes: Uint8Array) => Promise<void>): Promise<Answered>
    }

/** What a header may hold; what undici says of anything else has the value in it. */
const headerValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/

/** What is secret comes in here and goes out as a header, and nowhere else. */
export async function prepareRequest(plan: RequestPlan, secrets: Secrets): Promise<PreparedRequest> {
  const found = resolveSecrets(plan.secretHeaders, secrets)
  if ('missing' in found) return fault(unknownSecret(found.missing))
  const hasSecrets = Object.keys(found.values).length > 0
  const odd = Object.entries(found.values).find(([, value]) => !headerValue.test(value.trim()))
  if (odd !== undefined)
    return fault(
      `secret "${plan.secretHeaders?.[odd[0]]}" cannot stand in a header, expected one line of Latin characters`,
    )
  const undici = await import('undici')
  const url = URL.canParse(plan.url) ? new URL(plan.url) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return fault(`its url is "${plan.url}", expected one that begins with http:// or https://`)
  if (url.username !== '' || url.password !== '')
    return fault('its url has a user or a password, expected an authorization header')
  let request
  try {
    const { method, body, headers } = plan
    request = new undici.Request(url, {
      method,
      headers: { 'user-agent': 'hocket', ...headers, ...found.values },
      // What is secret is for the one who was named, not for whom that one names.
      redirect: hasSecrets || expectsRedirect(plan) ? 'manual' : 'follow',
      ...(body !== undefined && { body }),
    })
  } catch (error) {
    return fault(`it cannot be made (${messageOf(error)}), expected headers and a method that HTTP knows`)
  }
  let dispatcher: Agent
  try {
    dispatcher = new undici.Agent({
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: processLimits.connectMs, ...(await readCertificates(plan)) },
    })
  } catch (error) {
    return fault(`its certificates cannot be read (${messageOf(error)}), expected PEM files on this node`)
  }
  return {
    kind: 'ready',
    async send(signal, onBody) {
      try {
        return await answered(undici.fetch(request, { dispatcher, signal }), { plan, signal, onBody })
      } finally {
        await dispatcher.destroy()
      }
    },
  }
}

function fault(reason: string): PreparedRequest {
  return { kind: 'fault', reason }
}

function expectsRedirect({ expectStatus = [] }: RequestPlan): boolean {
  return expectStatus.some((status) => status >= 300 && status < 400)
}

let systemContext: tls.SecureContext | null = null

/** Those that Node.js brings along, and those of the system, where this version can find them (from 22.15 on). */
function trustedBySystem(): tls.SecureContext {
  if (systemContext !== null) return systemContext
  const canFind = typeof tls.getCACertificates === 'function'
  const ca = canFind ? [...tls.getCACertificates('default'), ...tls.getCACertificates('system')] : null
  systemContext = tls.createSecureContext(ca === null ? {} : { ca })
  return systemContext
}

async function readCertificates({ url, caFile, certFile, keyFile }: RequestPlan) {
  if (caFile === undefined && certFile === undefined)
    return url.startsWith('https:') ? { secureContext: trustedBySystem() } : {}
  return {
    ...(caFile !== undefined && { ca: await fs.readFile(caFile) }),
    ...(certFile !== undefined && { cert: await fs.readFile(certFile) }),
    ...(keyFile !== undefined && { key: await fs.readFile(keyFile) }),
  }
}

async function answered(
  asked: Promise<Response>,
  of: {
    readonly plan: RequestPlan
    readonly signal: AbortSignal
    readonly onBody: (bytes: Uint8Array) => Promise<void>
  },
): Promise<Answered> {
  const { plan, signal, onBody } = of
  let response: Response
  try {
    response = await asked
  } catch (error) {
    signal.throwIfAborted()
    return { said: `got no answer: ${messageOf(error)}`, isExpected: false }
  }
  const said = `answered ${response.status} ${response.statusText}`.trimEnd()
  const matched: Uint8Array[] = []
  let matchedBytes = 0
  const body = bodyOf(response)
  for (;;) {
    let part: Uint8Array | null
    try {
      part = await body()
    } catch (error) {
      signal.throwIfAborted()
      return { said: `${said}, and its body broke off: ${messageOf(error)}`, isExpected: false }
    }
    if (part === null) break
    await onBody(part)
    signal.throwIfAborted()
    if (plan.expectBody === undefined || matchedBytes >= processLimits.matchedBodyBytes) continue
    matched.push(part)
    matchedBytes += part.length
  }
  const { expectStatus = [], expectBody } = plan
  const isRight = expectStatus.length === 0 ? response.ok : expectStatus.includes(response.status)
  if (!isRight) {
    const expected = expectStatus.length === 0 ? '200 to 299' : expectStatus.join(' or ')
    return { said: `${said}, expected ${expected}`, isExpected: false }
  }
  if (expectBody === undefined) return { said, isExpected: true }
  const text = Buffer.concat(matched).toString('utf8', 0, processLimits.matchedBodyBytes)
  const match = matches(expectBody, text)
  if (match === true) return { said, isExpected: true }
  const how = match === null ? 'took too long to be matched with' : 'does not match'
  return { said: `${said}, and its body ${how} "${expectBody}"`, isExpected: false }
}

/** The body's parts, one after the other; null when there is no more. */
function bodyOf(response: Response): () => Promise<Uint8Array | null> {
  if (response.body === null) return () => Promise.resolve(null)
  const reader = response.body.getReader()
  return async () => {
    const part = await reader.read()
    return part.done ? null : (part.value as Uint8Array)
  }
}

/** Null when it takes too long: a pattern may need for ever on a text that was made for it. */
function matches(pattern: string, text: string): boolean | null {
  try {
    const timeout = processLimits.matchMs
    return vm.runInNewContext('new RegExp(pattern, "u").test(text)', { pattern, text }, { timeout }) === true
  } catch {
    return null
  }
}

/** A failed fetch says why in its cause, and where several addresses were tried, in the causes of that. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return error.cause instanceof Error ? messageOf(error.cause) : error.message
}
