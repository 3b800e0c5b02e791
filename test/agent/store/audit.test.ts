// The audit log on a real disk: chained as Kron chains its own, found out when somebody changes it, and whole again
// after whatever a crash tore off.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { verifyChain } from '../../../agent/store/audit-chain.ts'
import { AuditHeads } from '../../../agent/store/audit-heads.ts'
import { AuditLog } from '../../../agent/store/audit-log.ts'
import { AuditTrail, type AuditQuestion } from '../../../agent/store/audit-trail.ts'
import { createLog } from '../../../agent/log.ts'
import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import type { AuditEntry } from '../../../lib/view/audit.ts'
import { caseFilesMissing, readCases, textOf } from '../../lib/schedule/case-files.ts'

describe.skipIf(caseFilesMissing)("a file of Kron's cases", () => {
  test.each(readCases('kron-cronq/kron-audit-chain.json').cases)('$name', ({ file: content, ok, error }) => {
    const { fault } = verifyChain(textOf(content))
    expect(fault === null).toBe(ok)
    // What is wrong with JSON each language says in its own words.
    const wanted = (error === undefined ? '' : textOf(error)).replace(/(invalid json: ).*/, '$1')
    expect(fault ?? '').toContain(wanted)
  })
})

let directory: string
let file: string
let nowMs: number

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-audit-'))
  file = path.join(directory, 'audit.jsonl')
  nowMs = Date.parse('2026-11-21T12:00:00Z')
})

afterEach(() => fs.rmSync(directory, { recursive: true }))

const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  action: 'putConfigCategory',
  outcome: 'ok',
  status: 200,
  actor: 'ann',
  role: 'operator',
  category: 'shop',
  from: '127.0.0.1',
  what: 'PUT /api/v1/config/shop',
  text: 'category "shop" was changed',
  before: null,
  after: { revision: '1:a:b' },
  ...more,
})
const open = async (name = 'n1') => AuditLog.open({ file, nodeId: name, nowMs: () => nowMs })

async function written(count: number): Promise<void> {
  const log = await open()
  for (let n = 0; n < count; n++) await log.append(entry({ actor: `user ${n}` }))
  await log.close()
}

describe('a log', () => {
  test('has the hash that anybody computes from its line', async () => {
    nowMs += 120
    await written(1)
    const { hash, ...record } = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>
    const sorted = JSON.stringify(
      { ...record, ts: String(record['ts']).replace('Z', '+00:00') },
      Object.keys(record).toSorted(),
    )
    expect(record['ts']).toBe('2026-11-21T12:00:00.120Z')
    expect(createHash('sha256').update(sorted).digest('hex')).toBe(hash)
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  })

  test('holds what was said at the same time in one chain, and each line is there when it is answered', async () => {
    const log = await open()
    const all = Array.from({ length: 50 }, async (_, n) => {
      await log.append(entry({ actor: `user ${n}` }))
      expect(fs.readFileSync(file, 'utf8')).toContain(`"user ${n}"`)
    })
    await Promise.all(all)
    await log.close()
    expect(verifyChain(fs.readFileSync(file, 'utf8'))).toEqual({ records: 50, fault: null })
  })

  test('that was torn off at any byte of its last line is whole again, also at the start after the next', async () => {
    await written(2)
    const whole = fs.readFileSync(file)
    const first = whole.indexOf(10) + 1
    for (let bytes = first; bytes < whole.length; bytes += 7) {
      fs.writeFileSync(file, whole.subarray(0, bytes))
      for (const actor of ['next', 'later']) {
        const log = await open()
        await log.append(entry({ actor }))
        await log.close()
      }
      expect([bytes, verifyChain(fs.readFileSync(file, 'utf8')).fault]).toEqual([bytes, null])
    }
  })

  test('finds what is asked for, the newest that fit', async () => {
    const log = await open()
    for (let n = 0; n < 30; n++) {
      nowMs += 1000
      await log.append(entry({ actor: n % 2 === 0 ? 'ann' : 'bob', category: n < 10 ? 'shop' : 'web' }))
    }
    const seqs = async (filter: object) => (await log.read({ limit: 100, ...filter })).map(({ seq }) => seq)
    expect(await seqs({ limit: 3 })).toEqual([28, 29, 30])
    expect(await seqs({ actor: 'bob', category: 'shop' })).toEqual([2, 4, 6, 8, 10])
    expect(await seqs({ fromMs: nowMs - 1000, toMs: nowMs })).toEqual([29, 30])
    expect(await seqs({ outcome: 'error' })).toEqual([])
    await log.close()
  })

  test('keeps a change that is too long to be told as the fact that it was', async () => {
    const log = await open()
    await log.append(entry({ after: 'x'.repeat(100_000) }))
    await log.close()
    expect(fs.statSync(file).size).toBeLessThan(3000)
    expect(fs.readFileSync(file, 'utf8')).toContain('too long to be kept')
  })

  test('that was moved away under a running agent is found out', async () => {
    await written(3)
    const log = await open()
    await log.append(entry())
    fs.writeFileSync(`${file}.new`, fs.readFileSync(file, 'utf8').split('\n').slice(0, 2).join('\n') + '\n')
    fs.renameSync(`${file}.new`, file)
    expect((await log.verify([])).fault).toBe('TAMPERED: the log ends at seq=2, and it had gone on to seq=4')
    await log.close()
  })
})

/** Agents that hear each other at once. */
class Cluster {
  readonly trails = new Map<NodeId, AuditTrail>()
  readonly said: string[] = []

  async start(name: string): Promise<AuditTrail> {
    const self = nodeId(name)
    const auditLog = await AuditLog.open({
      file: path.join(directory, `${name}.jsonl`),
      nodeId: name,
      nowMs: () => nowMs,
    })
    const log = createLog({
      level: 'error',
      format: 'lines',
      colour: false,
      write: (line) => this.said.push(line),
    })
    const headsFile = path.join(directory, `${name}.heads`)
    const trail = new AuditTrail({
      self,
      auditLog,
      remembered: fs.existsSync(headsFile) ? fs.readFileSync(headsFile, 'utf8') : null,
      remember: async (text) => fs.writeFileSync(headsFile, text),
      peers: () => [...this.trails.keys()].filter((peer) => peer !== self),
      send: (to, message) => {
        this.trails.get(to)?.hear(self, message)
        return this.trails.has(to)
      },
      ask: async (node, question: AuditQuestion) => this.trails.get(node)?.answer(question) ?? null,
      log,
    })
    this.trails.set(self, trail)
    for (const peer of this.trails.keys()) if (peer !== self) trail.onPeerUp(peer)
    return trail
  }

  async stop(name: string): Promise<void> {
    await this.trails.get(nodeId(name))!.close()
    this.trails.delete(nodeId(name))
  }

  /** It says nothing more. */
  kill(name: string): void {
    this.trails.delete(nodeId(name))
  }

  async close(): Promise<void> {
    for (const name of this.trails.keys()) await this.stop(name)
  }
}

describe('peers', () => {
  const [a, b] = [nodeId('a'), nodeId('b')]
  let cluster: Cluster

  beforeEach(async () => {
    cluster = new Cluster()
    await cluster.start('b')
    const trail = await cluster.start('a')
    for (let n = 0; n < 3; n++) await trail.note(entry())
  })

  afterEach(async () => cluster.close())

  const log = () => path.join(directory, 'a.jsonl')
  const lines = () => fs.readFileSync(log(), 'utf8').trimEnd().split('\n')

  async function faultAfter(change: () => void | Promise<void>): Promise<string | null> {
    await cluster.stop('a')
    await change()
    await cluster.start('a')
    const { verdicts } = await cluster.trails.get(b)!.verify([a])
    return verdicts[0]!.fault
  }

  test('say of a log that nobody touched that it is whole', async () => {
    expect(await faultAfter(() => undefined)).toBeNull()
    expect(cluster.said).toEqual([])
  })

  test('find a tail that was cut off', async () => {
    const fault = await faultAfter(() => fs.writeFileSync(log(), `${lines().slice(0, 2).join('\n')}\n`))
    expect(fault).toBe('TAMPERED: the log ends at seq=2, and it had gone on to seq=3')
    expect(cluster.said.join()).toMatch(/the audit log of another agent was changed: it ends at record 2/)
  })

  test('find that the newest line was cut off of a log whose agent was killed when it had answered', async () => {
    cluster.kill('a')
    fs.writeFileSync(log(), `${lines().slice(0, 2).join('\n')}\n`)
    await cluster.start('a')
    const { verdicts } = await cluster.trails.get(b)!.verify([a])
    expect(verdicts[0]!.fault).toBe('TAMPERED: the log ends at seq=2, and it had gone on to seq=3')
  })

  test('find a log that was emptied', async () => {
    expect(await faultAfter(() => fs.rmSync(log()))).toMatch(/the log ends at seq=0/)
  })

  test('find a log that was written anew with hashes that are right, also after it went on', async () => {
    const fault = await faultAfter(async () => {
      fs.rmSync(log())
      const forged = await AuditLog.open({ file: log(), nodeId: 'a', nowMs: () => nowMs })
      for (let n = 0; n < 5; n++) await forged.append(entry({ actor: 'nobody' }))
      await forged.close()
      expect(verifyChain(fs.readFileSync(log(), 'utf8')).fault).toBeNull()
    })
    expect(fault).toMatch(/^TAMPERED: record seq=[123] is not the one that was written$/)
  })

  test('remember over their own restarts, and who is away is named', async () => {
    await cluster.stop('b')
    await cluster.start('b')
    fs.writeFileSync(log(), `${lines().slice(0, 1).join('\n')}\n`)
    const told = await cluster.trails.get(a)!.verify([a, b, nodeId('c')])
    expect(told.verdicts.map(({ fault }) => fault === null)).toEqual([false, true])
    expect(told.verdicts[0]!.witnesses).toEqual([b])
    expect(told.away).toEqual(['c'])
  })
})

describe('whoever caused a line', () => {
  /** One agent with a peer that is told, and says nothing by itself. */
  async function lone(peers: readonly NodeId[]) {
    const told: number[] = []
    const trail: AuditTrail = new AuditTrail({
      self: nodeId('a'),
      auditLog: await open(),
      remembered: null,
      remember: async () => undefined,
      peers: () => peers,
      send: (_, message) => told.push(message.seq) > 0,
      ask: async () => null,
      log: createLog({ level: 'error', format: 'lines', colour: false, write: () => undefined }),
    })
    return { trail, told }
  }

  test('waits until a peer knows of it', async () => {
    const { trail, told } = await lone([nodeId('b')])
    let isNoted = false
    const noted = trail.note(entry()).then(() => (isNoted = true))
    await vi.waitFor(() => expect(told).toEqual([1]))
    expect(isNoted).toBe(false)
    trail.hear(nodeId('b'), { kind: 'audit-head-kept', seq: 1 })
    await noted
    await trail.close()
  })

  test('does not wait for long for one that is silent, nor at all where there is none', async () => {
    const silent = await lone([nodeId('b')])
    await silent.trail.note(entry())
    expect(silent.told).toEqual([1])
    await silent.trail.close()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      const alone = await lone([])
      await alone.trail.note(entry())
      expect(vi.getTimerCount()).toBe(0)
      await alone.trail.close()
    } finally {
      vi.useRealTimers()
    }
  })
})

test('of many heads the newest are kept, and some of all ages', () => {
  const heads = new AuditHeads(null)
  const node = nodeId('a')
  for (let seq = 1; seq <= 5000; seq++) expect(heads.note(node, { seq, hash: String(seq) })).toBeNull()
  const kept = heads.of(node).map(({ seq }) => seq)
  expect(kept.length).toBeLessThan(260)
  expect(kept.slice(-100)).toEqual(Array.from({ length: 100 }, (_, n) => 4901 + n))
  expect(kept[0]).toBe(1)
  expect(kept.filter((seq) => seq < 2500).length).toBeGreaterThan(3)
  expect(new AuditHeads(heads.toText()).note(node, { seq: 5000, hash: 'x' })).toMatch(/another one/)
})
