// An agent beyond loopback, in a network of its own (tls.test.ts): it listens with TLS at an address that only this
// process reaches, asks itself, and prints what it was answered.

import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import { startAgent } from '../../../agent/agent.ts'
import { createLog } from '../../../agent/log.ts'
import { defaultSettings } from '../../../agent/settings.ts'

const [directory = '', address = ''] = process.argv.slice(2)
const dataDirectory = path.join(directory, 'data')
const log = createLog({ level: 'error', format: 'lines', colour: false, write: () => undefined })
const settings = {
  ...defaultSettings(dataDirectory),
  name: 'alpha',
  listen: ['127.0.0.1:0'],
  http: `${address}:0`,
}
const files = {
  certificateFile: path.join(directory, 'cert.pem'),
  keyFile: path.join(directory, 'key.pem'),
}

const refused = await startAgent(settings, log).then(
  () => 'it started',
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
)
const agent = await startAgent({ ...settings, tls: files }, log)
const ca = fs.readFileSync(files.certificateFile)
const token = fs.readFileSync(path.join(dataDirectory, 'token'), 'utf8').trim()
const { port } = new URL(agent.httpAddress)

type Asking = { readonly token?: string; readonly isTrusting?: boolean; readonly isPlain?: boolean }

/** The status, or why there was none. */
async function ask(route: string, asking: Asking = {}): Promise<number | string> {
  const headers = asking.token === undefined ? {} : { authorization: `Bearer ${asking.token}` }
  const trust = asking.isTrusting === false ? {} : { ca }
  const at = { host: address, port, path: route, headers, agent: false as const, ...trust }
  return new Promise((resolve) => {
    const request = asking.isPlain === true ? http.get(at) : https.get(at)
    request.on('response', (reply) => resolve(reply.resume().statusCode ?? 0))
    request.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
  })
}

const answers = {
  refused,
  address: agent.httpAddress,
  health: await ask('/healthz'),
  status: await ask('/api/v1/status'),
  metrics: await ask('/metrics'),
  known: await ask('/api/v1/status', { token }),
  wrong: await ask('/api/v1/status', { token: 'wrong' }),
  untrusted: await ask('/healthz', { isTrusting: false }),
  plain: await ask('/healthz', { isPlain: true }),
}
await agent.stop({ drain: false })
process.stdout.write(`${JSON.stringify(answers)}\n`)
process.exit(0)
