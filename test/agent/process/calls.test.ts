// The requests of `http` actions, made to real servers on this host: what counts as success, bodies of any size, hosts
// that hang or break off, certificates, and an agent that goes away in the middle.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SteadyClock } from '../../../agent/clock.ts'
import { processLimits } from '../../../agent/process/limits.ts'
import type { Processes } from '../../../agent/process/processes.ts'
import type { Lease } from '../../../lib/run/lease.ts'
import type { RequestPlan } from '../../../lib/run/render-action.ts'
import { ProcessBench, readBytes } from './process-bench.ts'

let bench: ProcessBench
let processes: Processes
let servers: http.Server[]
/** What a server was asked, as `METHOD /path BODY`. */
let asked: string[]

beforeEach(() => {
  bench = new ProcessBench()
  processes = bench.open()
  servers = []
  asked = []
})
afterEach(async () => {
  await bench.end()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function started(server: http.Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Listener = (request: http.IncomingMessage, response: http.ServerResponse) => void

function serve(listener: Listener): Promise<string> {
  const server = http.createServer((request, response) => {
    void text(request).then((sent) => {
      asked.push(`${request.method} ${request.url} ${sent}`.trimEnd())
      listener(request, response)
    })
  })
  return started(server).then((place) => `http://${place}`)
}

function begin(request: Partial<RequestPlan> & { readonly url: string }, lease: Lease | null = null): void {
  const { method = 'GET' } = request
  const asks = { ...request, method }
  processes.carryOut({
    kind: 'spawn',
    process: 'run',
    command: '',
    http: asks,
    environment: {},
    startByMs: null,
    lease,
  })
}

async function ask(request: Partial<RequestPlan> & { readonly url: string }) {
  begin(request)
  return bench.endOf('run')
}

const body = async () => (await readBytes(processes, { process: 'run', stream: 'stdout' })).toString()
const exited = (code: number) => ({ kind: 'child-exited', exit: { kind: 'code', code } })

describe('what counts as success', () => {
  test.each([
    [200, {}, 0, 'answered 200 OK'],
    [204, {}, 0, 'answered 204 No Content'],
    [404, {}, 1, 'answered 404 Not Found, expected 200 to 299'],
    [404, { expectStatus: [404, 410] }, 0, 'answered 404 Not Found'],
    [200, { expectStatus: [404, 410] }, 1, 'answered 200 OK, expected 404 or 410'],
    [200, { expectBody: '"status": *"ok"' }, 0, 'answered 200 OK'],
    [200, { expectBody: 'never' }, 1, 'answered 200 OK, and its body does not match "never"'],
    [
      200,
      { expectBody: '(u+)+$' },
      1,
      'answered 200 OK, and its body took too long to be matched with "(u+)+$"',
    ],
  ])('an answer of %d, where it is asked for %j, is %d: %s', async (status, words, exit, said) => {
    const url = await serve((_, response) =>
      response.writeHead(status).end(`{"status":  "ok"} ${'u'.repeat(60)}!\n`),
    )
    expect(await ask({ url, ...words })).toMatchObject({ ...exited(exit), said })
  })

  test('the method, headers and body are those of the definition, and the answer is the output', async () => {
    let seen: http.IncomingHttpHeaders = {}
    const url = await serve(({ headers }, response) => {
      seen = headers
      response.end('done\n')
    })
    const request = { method: 'POST', headers: { 'X-Token': '17' }, body: 'day=1' } as const
    expect(await ask({ url: `${url}/a?b=c`, ...request })).toMatchObject(exited(0))
    expect(asked).toEqual(['POST /a?b=c day=1'])
    expect(seen).toMatchObject({ 'x-token': '17', 'user-agent': 'hocket' })
    expect(await body()).toBe('done\n')
  })

  test('of a failure the last lines of the answer are kept', async () => {
    const url = await serve((_, response) => response.writeHead(500).end('first\nout of paper\n'))
    expect(await ask({ url })).toMatchObject({ ...exited(1), lastLines: 'first\nout of paper' })
  })
})

describe('redirects', () => {
  const moves: Listener = ({ url }, response) =>
    url === '/there' ? response.end('here') : response.writeHead(302, { location: '/there' }).end()

  test('are followed', async () => {
    const url = await serve(moves)
    expect(await ask({ url })).toMatchObject({ ...exited(0), said: 'answered 200 OK' })
    expect(asked).toEqual(['GET /', 'GET /there'])
  })

  test('are an answer where one is expected', async () => {
    const url = await serve(moves)
    expect(await ask({ url, expectStatus: [302] })).toMatchObject({
      ...exited(0),
      said: 'answered 302 Found',
    })
    expect(asked).toEqual(['GET /'])
  })

  test('that lead in a circle are a failure', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
    expect(await ask({ url })).toMatchObject({ ...exited(1), said: 'got no answer: redirect count exceeded' })
  })
})

describe('a header that is secret', () => {
  const secretHeaders = { authorization: 'api' }
  const known = async (value: string) => {
    await bench.end()
    bench = new ProcessBench()
    processes = bench.open({
      secrets: { valueOf: (name) => (name === 'api' ? value : undefined), values: () => [value] },
    })
  }

  test('has its value in the request, and stars in what the answer says', async () => {
    await known('Bearer hunter22\n')
    const url = await serve(({ headers }, response) => response.end(`you are ${headers.authorization}`))
    expect(await ask({ url, secretHeaders })).toMatchObject(exited(0))
    expect(await body()).toBe(`you are ${'*'.repeat(15)}`)
  })

  test('is for the host that was named: no redirect is followed', async () => {
    await known('Bearer hunter22')
    const url = await serve((_, response) => response.writeHead(302, { location: '/there' }).end())
    expect(await ask({ url, secretHeaders })).toMatchObject({
      ...exited(1),
      said: 'answered 302 Found, expected 200 to 299',
    })
    expect(asked).toEqual(['GET /'])
  })

  test.each(['two\nlines: of it', 'with \u0000', 'пароль'])(
    'that is %j is refused without being named',
    async (value) => {
      await known(value)
      const end = await ask({ url: 'http://127.0.0.1:1/', secretHeaders })
      expect(end).toMatchObject({
        kind: 'spawn-failed',
        reason: 'secret "api" cannot stand in a header, expected one line of Latin characters',
      })
    },
  )

  test('that this node does not know fails, and nothing is sent', async () => {
    const url = await serve((_, response) => response.end())
    expect(await ask({ url, secretHeaders: { a: 'nowhere' } })).toMatchObject({
      kind: 'spawn-failed',
      reason: expect.stringContaining('secret "nowhere" is not known on this node') as unknown,
    })
    expect(asked).toEqual([])
  })
})

describe('bodies', () => {
  test('that are no text pass unharmed', async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256))
    const url = await serve((_, response) => response.end(bytes))
    await ask({ url })
    const read = await readBytes(processes, { process: 'run', stream: 'stdout' })
    expect(read.equals(bytes)).toBe(true)
  })

  test('of any size are read to their end, and bounded like what commands write', async () => {
    const { outputHeadBytes: head, outputTailBytes: tail, outputSlackBytes: slack } = processLimits
    const part = Buffer.alloc(slack, 'x')
    const parts = (head + tail) / slack + 10
    const url = await serve((_, response) => {
      for (let i = 0; i < parts; i++) response.write(part)
      response.end('the end')
    })
    expect(await ask({ url })).toMatchObject(exited(0))
    const { writtenBytes } = await processes.readOutput({
      process: 'run',
      stream: 'stdout',
      from: { byte: 0 },
    })
    expect(writtenBytes).toBe(parts * slack + 7)
    expect(fs.existsSync(path.join(bench.runsDirectory, 'run', 'stdout.gap'))).toBe(true)
  })

  test('that break off are a failure, with what came of them', async () => {
    const url = await serve((_, response) => {
      response.write('half of it')
      setTimeout(() => response.destroy(), 50)
    })
    const end = await ask({ url })
    expect(end).toMatchObject(exited(1))
    expect(end).toHaveProperty('said', expect.stringMatching(/^answered 200 OK, and its body broke off: /))
    expect(await body()).toBe('half of it')
  })
})

describe('what cannot be asked', () => {
  test('a host that nobody is on', async () => {
    const url = await serve((_, response) => response.end())
    servers[0]!.close()
    const end = await ask({ url })
    expect(end).toMatchObject(exited(1))
    expect(end).toHaveProperty('said', expect.stringMatching(/^got no answer: connect ECONNREFUSED/))
  })

  test.each([
    [{ url: 'x' }, /^its url is "x", expected one that begins with http:\/\/ or https:\/\/$/],
    [{ url: 'ftp://h/' }, /^its url is "ftp:\/\/h\/", expected one that begins with/],
    [{ url: 'http://a:b@h/' }, /^its url has a user or a password, expected an authorization header$/],
    [{ url: 'http://h/', headers: { 'a b': 'c' } }, /^it cannot be made \(.*\), expected headers/],
    [{ url: 'https://h/', caFile: '/nowhere.pem' }, /^its certificates cannot be read \(ENOENT.*PEM files/],
  ])('%j fails to start', async (request, reason) => {
    const end = await ask(request)
    expect(end.kind).toBe('spawn-failed')
    expect(end).toHaveProperty('reason', expect.stringMatching(reason))
  })
})

describe('a server that does not answer', () => {
  const silent = () => serve(() => undefined)

  test('is given up on a signal, as timeouts and kills send it', async () => {
    begin({ url: await silent() })
    await bench.kind('run', 'spawned')
    processes.signal('run', 'SIGTERM')
    processes.carryOut({ kind: 'signal', process: 'run', signal: 'SIGTERM' })
    processes.carryOut({ kind: 'signal', process: 'run', signal: 'SIGKILL' })
    const end = { kind: 'child-exited', exit: { kind: 'signal', signal: 'SIGTERM' }, said: 'was given up' }
    expect(await bench.endOf('run')).toMatchObject(end)
    expect(bench.endsOf('run')).toHaveLength(1)
  })

  test('is given up in the middle of its body', async () => {
    begin({ url: await serve((_, response) => void response.write('so far')) })
    await bench.kind('run', 'spawned')
    while ((await body()) !== 'so far') await new Promise((resolve) => setTimeout(resolve, 10))
    const { isRunning } = await processes.readOutput({ process: 'run', stream: 'stdout', from: { byte: 0 } })
    expect(isRunning).toBe(true)
    processes.carryOut({ kind: 'signal', process: 'run', signal: 'SIGKILL' })
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGKILL' } })
  })

  test('is given up when its lease is over, and not before one that was made longer', async () => {
    const nowMs = () => new SteadyClock().read().steadyMs
    const deadline = (inMs: number) => ({ termAtMs: nowMs() + inMs, killAtMs: nowMs() + inMs + 100 })
    const beganMs = nowMs()
    begin({ url: await silent() }, { deadline: deadline(200) })
    await bench.kind('run', 'spawned')
    processes.carryOut({ kind: 'extend-lease', processes: ['run'], deadline: deadline(600) })
    expect(await bench.endOf('run')).toMatchObject({ isEndedByGuard: true })
    expect(nowMs() - beganMs).toBeGreaterThanOrEqual(600)
  })

  test('is not even asked when the lease is over before', async () => {
    const url = await silent()
    begin({ url }, { deadline: { termAtMs: 0, killAtMs: 0 } })
    expect(await bench.kind('run', 'not-started')).toMatchObject({
      reason: 'its time was over before it began',
    })
    expect(asked).toEqual([])
  })
})

test('whose files cannot be made is not made', async () => {
  fs.mkdirSync(path.join(bench.runsDirectory, 'run'))
  const end = await ask({ url: await serve((_, response) => response.end()) })
  expect(end).toHaveProperty('reason', expect.stringMatching(/^its files could not be made \(EEXIST\)/))
  expect(asked).toEqual([])
})

describe('an agent that ends', () => {
  test('finds the answer that an earlier one had written down', async () => {
    const url = await serve((_, response) => response.writeHead(404).end())
    await ask({ url })
    const later = bench.open()
    later.carryOut({ kind: 'adopt', process: 'run', isLeased: false, isRequest: true })
    await bench.waitFor(() => bench.endsOf('run').length === 2)
    const [first, second] = bench.endsOf('run')
    expect(second).toEqual(first)
  })

  test('in the middle of a request leaves an end that nobody knows, and asks nobody again', async () => {
    begin({ url: await serve((_, response) => void response.write('half')) })
    await bench.kind('run', 'spawned')
    await processes.close()
    const later = bench.open()
    later.carryOut({ kind: 'adopt', process: 'run', isLeased: false, isRequest: true })
    expect(await bench.endOf('run')).toEqual({ kind: 'child-gone', process: 'run' })
    expect(asked).toHaveLength(1)
  }, 20_000)
})

const openssl = '/usr/bin/openssl'
const hasOpenssl = fs.existsSync(openssl)

describe('certificates', () => {
  beforeEach(({ skip }) => skip(!hasOpenssl, 'there is no openssl to make certificates with'))

  function makeKeys(name: string): { readonly key: string; readonly cert: string } {
    const [key, cert] = [path.join(bench.directory, `${name}.key`), path.join(bench.directory, `${name}.pem`)]
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync(openssl, ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key, cert }
  }

  async function serveTls(server: { key: string; cert: string }, client: { cert: string } | null) {
    const read = (file: string) => fs.readFileSync(file)
    const own = { key: read(server.key), cert: read(server.cert) }
    const mutual = client === null ? {} : { requestCert: true, ca: read(client.cert) }
    return `https://${await started(https.createServer({ ...own, ...mutual }, (_, response) => response.end('ok')))}`
  }

  test('that nobody vouches for are refused, unless they are named', async () => {
    const server = makeKeys('server')
    const url = await serveTls(server, null)
    const end = await ask({ url })
    expect(end).toMatchObject(exited(1))
    expect(end).toHaveProperty('said', expect.stringMatching(/^got no answer: self-signed certificate/))
    processes.carryOut({
      kind: 'spawn',
      process: 'again',
      command: '',
      http: { url, method: 'GET', caFile: server.cert },
      environment: {},
      startByMs: null,
      lease: null,
    })
    expect(await bench.endOf('again')).toMatchObject({ ...exited(0), said: 'answered 200 OK' })
  })

  test("the client's own are shown to who asks for them", async () => {
    const [server, client] = [makeKeys('server'), makeKeys('client')]
    const url = await serveTls(server, client)
    const named = { caFile: server.cert, certFile: client.cert, keyFile: client.key }
    expect(await ask({ url, ...named })).toMatchObject(exited(0))
  })
})

test('many that start together all end, so many at once', async () => {
  let [count, most] = [0, 0]
  const url = await serve((_, response) => {
    most = Math.max(most, ++count)
    setTimeout(() => {
      count--
      response.end()
    }, 20)
  })
  for (let i = 0; i < 400; i++)
    processes.carryOut({
      kind: 'spawn',
      process: `run${i}`,
      command: '',
      http: { url, method: 'GET' },
      environment: {},
      startByMs: null,
      lease: null,
    })
  for (let i = 0; i < 400; i++) expect(await bench.endOf(`run${i}`)).toMatchObject(exited(0))
  expect(most).toBeLessThanOrEqual(processLimits.callsAtOnce)
}, 60_000)
