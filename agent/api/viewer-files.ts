// The viewer's files, as they were built: read once at the start, sent compressed where the browser takes that, under
// a content security policy that lets the page load and ask nothing but this agent. A browser is shown the page at every
// address that is none of the API's; the page finds out by itself where it is. Nothing secret is in any of them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

type ViewerFile = {
  readonly type: string
  readonly body: Buffer
  readonly zipped: Buffer
  readonly isFixed: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Beside this file as built, or in dist/ where the agent runs from its sources. */
const builtPlaces = ['../../web', '../../dist/web'].map((place) => path.resolve(import.meta.dirname, place))

/** Answers whether it sent the viewer's page, to a browser that was led to an address which no route has. */
type PageSender = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>

export function addViewer(server: FastifyInstance): PageSender {
  const files = readViewer()
  const page = files.get('/index.html')
  if (page === undefined) return async () => false
  for (const [place, file] of files)
    if (file !== page) server.get(place, async (request, reply) => sendFile(request, reply, file))
  server.get('/', async (request, reply) => sendFile(request, reply, page))
  return async (request, reply) => {
    const isLed = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '')
    if (!isLed || request.url.startsWith('/api/')) return false
    await sendFile(request, reply, page)
    return true
  }
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: ViewerFile): Promise<void> {
  const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (isZipped) void reply.header('content-encoding', 'gzip')
  await reply
    .headers({
      'content-type': file.type,
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'cache-control': file.isFixed ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    })
    .send(isZipped ? file.zipped : file.body)
}

/** By path in URLs; empty where the viewer was not built. */
function readViewer(): Map<string, ViewerFile> {
  const files = new Map<string, ViewerFile>()
  // The sources of the viewer have an index.html as well, which no browser can show: what was built has assets.
  const place = builtPlaces.find((one) =>
    ['index.html', 'assets'].every((name) => existsSync(path.join(one, name))),
  )
  if (place === undefined) return files
  for (const entry of readdirSync(place, { withFileTypes: true, recursive: true })) {
    const type = types[path.extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const file = path.join(entry.parentPath, entry.name)
    const body = readFileSync(file)
    const name = `/${path.relative(place, file).split(path.sep).join('/')}`
    files.set(name, { type, body, zipped: gzipSync(body), isFixed: name.startsWith('/assets/') })
  }
  return files
}
