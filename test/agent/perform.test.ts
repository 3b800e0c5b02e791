// The order law: what is to be persisted is on disk before anything behind it begins, and nothing happens behind a
// write that failed. The disk here is one whose commits a test completes by hand.
import { describe, expect, test } from 'vitest'
import { Performer, type PerformOptions } from '../../agent/perform.ts'
import type { LogChange } from '../../agent/store/log-plan.ts'
import { nodeId } from '../../lib/base/ids.ts'
import type { Effect } from '../../lib/effect.ts'
import type { Message } from '../../lib/message.ts'

const self = nodeId('self')
const peer = nodeId('peer')

class Bench {
  readonly happened: string[] = []
  readonly commits: { changes: readonly LogChange[]; done: () => void; failed: (error: Error) => void }[] = []
  readonly reads: { log: string; done: (content: string) => void }[] = []
  readonly performer: Performer

  constructor(options: Partial<PerformOptions> = {}) {
    this.performer = new Performer({
      self,
      store: {
        commit: (changes) =>
          new Promise((resolve, reject) => {
            this.happened.push(`commit ${changes.map((change) => change.log).join()}`)
            this.commits.push({ changes, done: resolve, failed: reject })
          }),
        read: (log) => new Promise((resolve) => this.reads.push({ log, done: resolve })),
      },
      mesh: {
        send: (to, message) => this.happened.push(`send ${to} ${label(message)}`) > 0,
        gossip: () => this.happened.push('gossip') > 0,
      },
      processes: {
        carryOut: (effect) =>
          this.happened.push(`${effect.kind} ${'process' in effect ? effect.process : ''}`),
      },
      instances: { carryOut: (effect) => this.happened.push(effect.kind) },
      report: (report) => this.happened.push(`report ${report.text}`),
      push: (event) => this.happened.push(`event ${event.kind}`),
      wakeAt: (atMs) => this.happened.push(`wake ${atMs}`),
      onHello: () => this.happened.push('hello'),
      onRefusedPeers: (nodes) => this.happened.push(`refuse ${nodes.join()}`),
      onAnswer: (askId) => this.happened.push(`answer ${askId}`),
      onNews: ({ kind }) => this.happened.push(`news ${kind}`),
      onStopped: () => this.happened.push('stopped'),
      onFault: (error) => this.happened.push(`fault ${error.message}`),
      ...options,
    })
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }

  async complete(): Promise<void> {
    this.commits.shift()?.done()
    await this.settle()
  }
}

const label = (message: Message) => ('all' in message ? message.all : message.kind)
const persist = (log: string): Effect => ({ kind: 'persist', log, lines: `${log}\n` })
const send = (text: string, to = peer): Effect => ({
  kind: 'send',
  to,
  message: { kind: 'document-digest', all: text },
})
const spawn: Effect = {
  kind: 'spawn',
  process: 'p',
  command: 'true',
  environment: {},
  startByMs: null,
  lease: null,
}

describe('what stands behind a write', () => {
  test('begins only when the write is on disk', async () => {
    const bench = new Bench()
    bench.performer.perform([persist('a'), send('1'), spawn])
    await bench.settle()
    expect(bench.happened).toEqual(['commit a'])
    await bench.complete()
    expect(bench.happened).toEqual(['commit a', 'send peer 1', 'spawn p'])
  })

  test('never begins when the write failed, nor does anything later', async () => {
    const bench = new Bench()
    bench.performer.perform([persist('a'), send('1')])
    bench.commits[0]?.failed(new Error('disk is full'))
    await bench.settle()
    bench.performer.perform([send('2'), persist('b')])
    await bench.settle()
    expect(bench.happened).toEqual(['commit a', 'fault disk is full'])
  })

  test('comes back to the agent itself only when the write is on disk', async () => {
    const bench = new Bench()
    bench.performer.perform([persist('a'), send('vote', self)])
    await bench.settle()
    expect(bench.happened).toEqual(['commit a'])
    await bench.complete()
    expect(bench.happened).toEqual(['commit a', 'event message-received'])
  })
})

describe('what stands in front of a write', () => {
  test('does not wait for it', () => {
    const bench = new Bench()
    bench.performer.perform([send('1'), persist('a'), send('2')])
    expect(bench.happened).toEqual(['send peer 1', 'commit a'])
  })

  test('still waits for an earlier write', async () => {
    const bench = new Bench()
    bench.performer.perform([persist('a')])
    bench.performer.perform([send('1')])
    await bench.settle()
    expect(bench.happened).toEqual(['commit a'])
    await bench.complete()
    expect(bench.happened).toEqual(['commit a', 'send peer 1'])
  })
})

describe('writes', () => {
  test('that wait are one commit, and everything else keeps its order', async () => {
    const bench = new Bench()
    bench.performer.perform([persist('a')])
    bench.performer.perform([persist('b'), send('1')])
    bench.performer.perform([persist('c'), send('2')])
    await bench.complete()
    expect(bench.happened).toEqual(['commit a', 'commit b,c'])
    await bench.complete()
    expect(bench.happened).toEqual(['commit a', 'commit b,c', 'send peer 1', 'send peer 2'])
  })

  test('of one log are appended in the order of the steps', async () => {
    const bench = new Bench()
    bench.performer.perform([
      { kind: 'persist', log: 'a', lines: '1\n' },
      { kind: 'rewrite', log: 'a', lines: '2\n' },
      { kind: 'truncate', log: 'a', lengthBytes: 1 },
      { kind: 'remove', log: 'a' },
    ])
    await bench.settle()
    expect(bench.commits[0]?.changes).toEqual([
      { kind: 'append', log: 'a', text: '1\n', sync: true },
      { kind: 'rewrite', log: 'a', text: '2\n' },
      { kind: 'truncate', log: 'a', lengthBytes: 1 },
      { kind: 'remove', log: 'a' },
    ])
  })

  test('wait for a log that is being read, so that no half-written line is seen', async () => {
    const bench = new Bench()
    bench.performer.perform([{ kind: 'read-log', log: 'a' }])
    bench.performer.perform([persist('a')])
    await bench.settle()
    expect(bench.happened).toEqual([])
    bench.reads[0]?.done('content')
    await bench.settle()
    expect(bench.happened).toEqual(['event log-read', 'commit a'])
  })
})

test('a timer is set at once, whatever the disk does', () => {
  const bench = new Bench()
  bench.performer.perform([persist('a'), { kind: 'wake-at', atMs: 7 }])
  expect(bench.happened).toEqual(['wake 7', 'commit a'])
})

test('a disk that never answers ends in a fault, not in a queue without bound', () => {
  const bench = new Bench()
  bench.performer.perform([persist('a')])
  const many = Array.from({ length: 50_000 }, () => send('x'))
  for (let i = 0; i < 5; i++) bench.performer.perform(many)
  expect(bench.happened).toEqual([
    'commit a',
    expect.stringMatching(/^fault Cannot write to disk: \d+ changes wait/),
  ])
})
