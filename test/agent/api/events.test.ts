// The stream of events: what happens is told once and in order, and whoever comes back misses nothing.
import http from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EventHub } from '../../../agent/api/event-hub.ts'
import type { News } from '../../../lib/view/news.ts'
import { DocumentCheck } from './document-check.ts'
import { sampleRun, sampleService } from './sample-answers.ts'
import { problemText, TestApi, testDocument } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

const claim = (run: number): News => ({ kind: 'claim', job: 'a.b', slot: sampleRun.slot, run, node: 'alpha' })

type Told = { readonly id: string; readonly event: string; readonly data: Record<string, unknown> }

class Listener {
  readonly told: Told[] = []
  readonly headers: http.IncomingHttpHeaders
  #wanted: (() => void) | undefined
  readonly #response: http.IncomingMessage

  private constructor(response: http.IncomingMessage) {
    this.#response = response
    this.headers = response.headers
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      const blocks = (text + part).split('\n\n')
      text = blocks.pop() ?? ''
      this.told.push(...blocks.filter((block) => !block.startsWith(':')).map(parse))
      this.#wanted?.()
    })
    response.on('error', () => undefined)
  }

  static async open(path = '/api/v1/events', lastSeen?: string): Promise<Listener> {
    const headers = lastSeen === undefined ? {} : { 'last-event-id': lastSeen }
    return new Promise((resolve, reject) => {
      http
        .get(new URL(path, api.address), { agent: false, headers }, (response) =>
          resolve(new Listener(response)),
        )
        .on('error', reject)
    })
  }

  async until(count: number): Promise<readonly Told[]> {
    while (this.told.length < count) await new Promise<void>((resolve) => (this.#wanted = resolve))
    return this.told
  }

  close(): void {
    this.#response.destroy()
  }
}

function parse(block: string): Told {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
  const data = JSON.parse(fields.get('data') ?? '') as Record<string, unknown>
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data }
}

describe('a listener', () => {
  test('is told what happens, in order, each as the document says', async () => {
    const listener = await Listener.open()
    expect(listener.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    await listener.until(1)
    api.tell({ kind: 'run', run: sampleRun })
    api.tell(claim(1))
    api.tell({ kind: 'config', category: 'shop', jobs: ['shop.a'] })
    api.tell({ kind: 'status', state: 'ready', complaints: [] })
    api.tell({ kind: 'service', service: sampleService })
    api.tell({ kind: 'much', of: 'runs' })
    const told = await listener.until(7)
    expect(told.map(({ event }) => event)).toEqual([
      'hello',
      'run',
      'claim',
      'config',
      'status',
      'service',
      'much',
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(7)
    const check = new DocumentCheck(testDocument)
    for (const { data } of told) expect(check.faultsOfShape('News', data)).toEqual([])
    listener.close()
  })

  test('that comes back gets what was told meanwhile, and nothing twice', async () => {
    const first = await Listener.open()
    await first.until(1)
    api.tell(claim(1))
    const [, seen] = await first.until(2)
    first.close()
    api.tell(claim(2))
    api.tell(claim(3))
    const second = await Listener.open('/api/v1/events', seen?.id)
    const told = await second.until(3)
    expect(told[0]?.data).toEqual({ kind: 'hello', isResumed: true })
    expect(told.slice(1).map(({ data }) => data['run'])).toEqual([2, 3])
    second.close()
  })

  test.each(['', 'nonsense', '0123456789ab-7', '-1', '9'.repeat(400)])(
    'that names the event %j, which is not known, is told to look again',
    async (lastSeen) => {
      api.tell(claim(1))
      const listener = await Listener.open('/api/v1/events', lastSeen)
      api.tell(claim(2))
      const told = await listener.until(2)
      expect(told[0]?.data).toEqual({ kind: 'hello', isResumed: false })
      listener.close()
    },
  )

  test('hears only of the kinds that it asks for', async () => {
    const listener = await Listener.open('/api/v1/events?kinds=config,status')
    await listener.until(1)
    api.tell(claim(1))
    api.tell({ kind: 'config', category: 'shop', jobs: [] })
    expect((await listener.until(2)).map(({ event }) => event)).toEqual(['hello', 'config'])
    listener.close()
  })

  test.each(['kinds=other', 'kinds=', 'kinds=run,', 'x=1'])('with ?%s is refused', async (query) => {
    const reply = await api.request(`/api/v1/events?${query}`)
    expect(reply.status).toBe(400)
    expect(problemText(reply)).toContain('Cannot use the query')
  })
})

describe('what is kept', () => {
  test('is bounded, and a listener that lags behind it is told to look again', async () => {
    const events = new EventHub()
    const stream = events.listen({ kinds: null, lastSeen: null })
    let text = ''
    for (let run = 1; run <= 20_000; run++) events.tell(claim(run))
    stream.on('data', (part: string) => (text += part))
    await new Promise<void>((resolve) =>
      stream.on('data', () => text.includes('isResumed":false}') && resolve()),
    )
    expect(text.length).toBeLessThan(1_000_000)
    events.close()
  })

  test('is let go with its listener', async () => {
    const events = new EventHub()
    const stream = events.listen({ kinds: null, lastSeen: null })
    expect(events.listeners).toBe(1)
    const closed = new Promise((resolve) => stream.on('close', resolve))
    stream.destroy()
    await closed
    expect(events.listeners).toBe(0)
    events.close()
  })
})

test('a thousand listeners hear within a second, and cost less than 200 MB, their own side included', async () => {
  const before = process.memoryUsage.rss()
  const listeners = await Promise.all(Array.from({ length: 1000 }, async () => Listener.open()))
  await Promise.all(listeners.map(async (listener) => listener.until(1)))
  const toldAtMs = performance.now()
  api.tell(claim(1))
  await Promise.all(listeners.map(async (listener) => listener.until(2)))
  expect(performance.now() - toldAtMs).toBeLessThan(1000)
  expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(200)
  for (const listener of listeners) listener.close()
})
