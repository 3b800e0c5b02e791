// A secret on its whole way through a real agent: the command has it, and nobody else sees it, wherever one looks.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startAgent, type RunningAgent } from '../../agent/agent.ts'
import { createLog } from '../../agent/log.ts'
import { defaultSettings } from '../../agent/settings.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const value = `pa's "w0rd" $HOME ${'x'.repeat(20)} ünï`
const rotated = 'an-older-value-of-it'

let directory: string
let agent: RunningAgent
let logged = ''
const said: string[] = []

beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-secrets-'))
  const log = createLog({ level: 'debug', format: 'json', colour: false, write: (line) => (logged += line) })
  agent = await startAgent(
    {
      ...defaultSettings(path.join(directory, 'data')),
      name: 'alpha',
      listen: ['127.0.0.1:0'],
      http: '127.0.0.1:0',
    },
    log,
  )
})

afterEach(async () => {
  await agent.stop({ drain: false })
  fs.rmSync(directory, { recursive: true })
})

async function ask(method: string, route: string, body?: string, type = 'application/json') {
  const token = fs.readFileSync(path.join(directory, 'data/token'), 'utf8').trim()
  const reply = await fetch(`${agent.httpAddress}/api/v1/${route}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body }),
  })
  const text = await reply.text()
  said.push(text)
  return { status: reply.status, text }
}

async function ended(run: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { text } = await ask('GET', `runs/${run}`)
      expect(text).toMatch(/"state":"(succeeded|failed)"/)
      return text
    },
    { timeout: 20_000, interval: 100 },
  )
}

const job = `jobs:
  - name: leaky
    schedule: every 1d
    actions:
      - name: tell
        command: 'printf %s "$PASSWORD" | cksum; echo "it is $PASSWORD, was $OLD"; echo "no: $PASSWORD" >&2; exit 3'
        env: { PASSWORD: { secret: shop-db }, OLD: ${rotated} }
  - name: lacking
    schedule: every 1d
    actions: [{ name: only, command: 'true', env: { KEY: { secret: nowhere } } }]
`

/** All files but the store of secrets, and what the command itself wrote. */
function filesWith(text: string): readonly string[] {
  const data = path.join(directory, 'data')
  return fs
    .readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !['secrets.json', 'stdout', 'stderr'].includes(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.readFileSync(file).includes(text))
}

test('a command has its secret, and neither logs, files, answers nor lists of processes do', async () => {
  for (const text of [rotated, value])
    expect((await ask('PUT', 'secrets/shop-db', JSON.stringify({ value: text }))).status).toBe(200)
  expect(fs.statSync(path.join(directory, 'data/secrets.json')).mode & 0o777).toBe(0o600)
  expect((await ask('PUT', 'config/shop', job, 'application/yaml')).status).toBe(200)
  for (const name of ['leaky', 'lacking'])
    expect((await ask('POST', `jobs/shop.${name}/start`, '{}')).status).toBe(200)

  const failed = await ended('shop.leaky.1')
  expect(failed).toMatch(/no: \*{20,}/)
  expect(await ended('shop.lacking.1')).toContain('secret \\"nowhere\\" is not known on this node')
  const output = await ask('GET', 'runs/shop.leaky.1/output')
  // It had the value as it is.
  const sum = execFileSync('cksum', { input: value }).toString()
  expect(output.text).toContain(sum)
  expect(output.text).toMatch(/it is \*+, was \*+\n$/)
  expect((await ask('GET', 'runs/shop.leaky.1/output?stream=stderr&tail=1')).text).toMatch(/^no: \*+\n$/)

  const asked = ['secrets', 'audit', 'jobs/shop.leaky', 'why/shop.leaky', 'runs', 'config/shop', 'status']
  for (const route of asked) await ask('GET', route)
  for (const bad of ['PUT', 'POST', 'DELETE'])
    await ask(bad, 'secrets/shop-db', JSON.stringify({ value, more: value }))
  await ask('PUT', 'secrets/bad%20name', JSON.stringify({ value }))
  for (const text of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) {
    expect(filesWith(text)).toEqual([])
    expect(said.filter((answer) => answer.includes(text))).toEqual([])
    expect(logged).not.toContain(text)
  }
})

test('a secret of Tron’s form and one in a header are on their way where they are wanted, and in no list of processes', async () => {
  let sent: string | undefined
  const server = http.createServer(({ headers }, response) => {
    sent = headers.authorization
    response.end(`hello ${sent}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const secrets = { 'shop-db.key': 'the-key-of-the-database', api: 'Bearer the-key-of-the-api' }
  for (const [name, text] of Object.entries(secrets))
    expect((await ask('PUT', `secrets/${name}`, JSON.stringify({ value: text }))).status).toBe(200)
  const place = path.join(directory, 'begun')
  const both = `jobs:
  - name: both
    schedule: every 1d
    actions:
      - name: run
        command: 'printf %s "$KEY" | cksum > ${place}.new; mv ${place}.new ${place}; sleep 60'
        secret_env: { KEY: { secret_name: shop-db, key: key } }
      - name: ask
        http:
          url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}/'
          headers: { authorization: { secret: api } }
`
  expect((await ask('PUT', 'config/shop', both, 'application/yaml')).status).toBe(200)
  expect((await ask('POST', 'jobs/shop.both/start', '{}')).status).toBe(200)
  await vi.waitFor(() => expect(fs.existsSync(place)).toBe(true), { timeout: 20_000, interval: 50 })
  const values = Object.values(secrets)
  const lists = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => wordsOf(pid))
  expect(lists.some((words) => words.includes('cksum >'))).toBe(true)
  for (const text of values) expect(lists.filter((words) => words.includes(text))).toEqual([])
  expect(fs.readFileSync(place, 'utf8')).toBe(execFileSync('cksum', { input: values[0] }).toString())
  await vi.waitFor(async () => {
    expect((await ask('GET', 'runs/shop.both.1/output?action=ask')).text).toBe(`hello ${'*'.repeat(25)}`)
  })
  expect(sent).toBe(values[1])
  expect((await ask('POST', 'runs/shop.both.1/kill', '{}')).status).toBe(200)
  await ended('shop.both.1')
  for (const route of ['runs/shop.both.1', 'config/shop', 'jobs/shop.both', 'audit']) await ask('GET', route)
  for (const text of values) {
    expect(filesWith(text)).toEqual([])
    expect(said.filter((answer) => answer.includes(text))).toEqual([])
    expect(logged).not.toContain(text)
  }
  server.closeAllConnections()
  server.close()
})

/** What anybody sees of a process; nothing when it is gone. */
function wordsOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
