// The HTTP API of one agent. It decides nothing: each route is a question or a command to the core and its answer as
// JSON. It takes no request that calls it by a foreign name (DNS rebinding) or comes from a foreign page, wants a token
// for what is not for everybody, bounds what it reads, and every error is a problem+json with a remedy.

import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Logger } from 'pino'
import type { News } from '../../lib/view/news.ts'
import { Access } from './access.ts'
import { AllowedMethods } from './allowed-methods.ts'
import { Auditing } from './auditing.ts'
import type { Audit } from './audit-routes.ts'
import type { Core } from './core.ts'
import type { AskDoctor } from './doctor-routes.ts'
import { EventHub } from './event-hub.ts'
import { Metrics } from './metrics.ts'
import { mountRoutes } from './mount-routes.ts'
import { ownHosts, parseListenAddress, type ListenAddress, type Protection } from './listen-address.ts'
import type { Outputs } from './output-routes.ts'
import { sendProblem } from './problem-answer.ts'
import type { AskPrune } from './prune-routes.ts'
import { addBodyReaders } from './request-body.ts'
import type { AskHost } from './secret-routes.ts'
import { allRoutes } from './routes.ts'
import { sendError } from './send-error.ts'
import { addViewer } from './viewer-files.ts'

export type ApiOptions = Protection & {
  /** Such as `127.0.0.1:7460`; port 0 lets the system choose. */
  readonly listen: string
  readonly core: Core
  /** What commands wrote, here and on other nodes. */
  readonly outputs: Outputs
  readonly audit: Audit
  readonly askHost: AskHost & AskDoctor & AskPrune
  /** Names by which requests may call this place beyond loopback, such as that of a proxy. */
  readonly names: readonly string[]
  /** This host's own token: its holder is an admin. */
  readonly token: string
  readonly version: string
  /** A template (lib/view/log-url.ts); null where runs have no lines elsewhere. */
  readonly logUrl: string | null
  readonly log: Logger
  /** How long a request may take to come in (default ten seconds). */
  readonly requestMs?: number
}

export type Api = {
  /** Such as `http://127.0.0.1:7460`. */
  readonly address: string
  /** A word that opens the viewer once. */
  newCode(): string
  /** What happened, for whoever listens. */
  tell(news: News): void
  close(): Promise<void>
}

/** Of all bodies but a config file's; a name of a job is 511 characters, each nine at most in a URL. */
const bodyBytesMax = 16 * 1024
const nameCharactersMax = 5000
const usualRequestMs = 10_000
const headerBytesMax = 16 * 1024
/** A thousand listeners, and as many who ask. */
const connectionsMax = 4000

/** Throws one clear line when it cannot listen. */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { requestMs = usualRequestMs } = options
  const wanted = parseListenAddress(options.listen, options)
  const server = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: nameCharactersMax },
    frameworkErrors: (_, __, reply) => void sendProblem(reply, badUrl),
    ...transportOf(options, requestMs),
  })
  server.server.maxConnections = connectionsMax
  let hosts: ReadonlySet<string> = new Set()
  server.addHook('onRequest', async (request, reply) => refuseForeign(request, reply, hosts))
  const auditing = new Auditing(options.audit, options.log)
  server.addHook('onSend', async (request, reply, payload) => {
    await auditing.finish(request, reply, payload)
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
    void reply.header('x-content-type-options', 'nosniff')
  })
  const sendPage = addViewer(server)
  const methods = new AllowedMethods()
  server.addHook('onRoute', (route) => methods.add(route))
  server.setNotFoundHandler(async (request, reply) => {
    if (!(await sendPage(request, reply))) await sendNotFound(request, reply, methods)
  })
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(error, request, reply, options.log),
  )
  addBodyReaders(server)
  const events = new EventHub()
  const metrics = new Metrics()
  const { outputs, audit, askHost, version, token, log } = options
  const core = auditing.of(options.core)
  const access = new Access({ core, token, log, isLoopback: wanted.isLoopback })
  mountRoutes(
    server,
    allRoutes({
      core,
      outputs,
      audit,
      auditing,
      askHost,
      events,
      metrics,
      access,
      version,
      logUrl: options.logUrl,
    }),
    {
      access,
      auditing,
    },
  )
  const bound = await listen(server, wanted, options.listen)
  hosts = ownHosts(bound, options.names)
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bound.host] ?? bound.host
  const host = reached.includes(':') ? `[${reached}]` : reached
  return {
    address: `${options.tls === null ? 'http' : 'https'}://${host}:${bound.port}`,
    newCode: () =>
      access.newCode({ role: 'admin', user: 'who started it', category: '', tokenId: null }).code,
    tell: (news) => {
      metrics.tell(news)
      events.tell(news)
    },
    close: async () => {
      events.close()
      metrics.close()
      await server.close()
    },
  }
}

/** Slow senders are dropped, and nobody sends more headers than any request of ours has. */
function transportOf({ tls }: Protection, requestMs: number) {
  const bounds = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: requestMs,
    connectionsCheckingInterval: requestMs / 5,
  }
  return tls === null
    ? { http: bounds }
    : { https: { ...bounds, cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' as const } }
}

async function listen(server: FastifyInstance, wanted: ListenAddress, text: string): Promise<ListenAddress> {
  try {
    await server.listen({ host: wanted.host, port: wanted.port })
  } catch (error) {
    await server.close()
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const why = listenFailures[code] ?? (error instanceof Error ? error.message : String(error))
    throw new Error(`Cannot listen for HTTP on "${text}": ${why}`, { cause: error })
  }
  const bound = server.server.address()
  return { ...wanted, port: typeof bound === 'object' && bound !== null ? bound.port : wanted.port }
}

const listenFailures: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'the port is in use by another process, expected a free one (choose another with --http 127.0.0.1:PORT; port 0 takes any)',
  EACCES: 'this user may not use that port, expected one above 1023',
  EADDRNOTAVAIL: 'this host does not have that address, expected 127.0.0.1 or [::1]',
}

async function refuseForeign(
  request: FastifyRequest,
  reply: FastifyReply,
  hosts: ReadonlySet<string>,
): Promise<void> {
  const host = request.headers.host?.toLowerCase() ?? ''
  if (!hosts.has(host)) {
    await sendProblem(reply, {
      status: 421,
      title: 'Foreign host',
      detail: `Cannot answer for host "${host.slice(0, 100)}": this agent has another name, expected ${[...hosts].join(', ')}`,
      remedy: 'Use the address that the agent printed when it started.',
    })
    return
  }
  const { origin } = request.headers
  if (origin !== undefined && !hosts.has(origin.toLowerCase().replace(/^https?:\/\//, ''))) {
    await sendProblem(reply, {
      status: 403,
      title: 'Foreign origin',
      detail: `Cannot answer a page of "${origin.slice(0, 100)}": it is not this agent's, expected a page of this agent or no page at all`,
      remedy: 'Ask from a program, or from a page that this agent served.',
    })
  }
}

async function sendNotFound(
  request: FastifyRequest,
  reply: FastifyReply,
  methods: AllowedMethods,
): Promise<void> {
  const allowed = methods.of(request.url)
  if (allowed.length > 0) {
    await sendProblem(reply.header('allow', allowed.join(', ')), {
      status: 405,
      title: 'Method not allowed',
      detail: `Cannot ${request.method} "${request.url.slice(0, 200)}": that is not done here, expected ${allowed.join(' or ')}`,
      remedy: 'Use one of these methods, or another route.',
    })
    return
  }
  await sendProblem(reply, {
    status: 404,
    title: 'No such route',
    detail: `Cannot find "${request.url.slice(0, 200)}": there is no such route, expected one below /api/v1/`,
    remedy: 'GET /api/v1/docs lists them all.',
  })
}

const badUrl = {
  status: 400,
  title: 'Bad URL',
  detail: 'Cannot read the URL of the request: it is not well escaped, expected % and two hexadecimal digits',
  remedy: 'Escape the name with encodeURIComponent or its like.',
}
