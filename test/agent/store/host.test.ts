// What hosts say to each other: whatever comes over the wire is looked at member by member, and what cannot be understood
// is refused, answered with nothing, and harms nobody.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../../../agent/log.ts'
import { openDataDirectory, type DataDirectory } from '../../../agent/store/data-directory.ts'
import { Host } from '../../../agent/store/host.ts'
import {
  readHostAnswer,
  readHostMessage,
  readHostQuestion,
  type HostAnswer,
  type HostMessage,
  type HostQuestion,
} from '../../../agent/store/host-message.ts'
import { nodeId } from '../../../lib/base/ids.ts'

const hash = 'a'.repeat(64)
const record = {
  seq: 1,
  ts: '2026-11-21T12:00:00Z',
  node_id: 'a',
  action: 'x',
  outcome: 'ok',
  status: 200,
  actor: 'ann',
  role: 'admin',
  tenant_id: null,
  reason: null,
  prev_hash: '',
  hash,
} as const
const facts = { wallMs: 1, diskFreeBytes: 2, diskBytes: 3, syncMs: 0.5, killing: 'cgroups' } as const
const questions: readonly HostQuestion[] = [
  { kind: 'audit-read', filter: { limit: 10 } },
  { kind: 'audit-heads', node: nodeId('a') },
  { kind: 'audit-verify', heads: [{ seq: 1, hash }] },
  { kind: 'host-facts' },
  { kind: 'prune-outputs', beforeMs: 1, isDryRun: true },
  { kind: 'secret-names' },
  { kind: 'set-secret', name: 'shop-db.key', value: 'hunter22' },
  { kind: 'remove-secret', name: 'shop-db' },
]
const answers: readonly HostAnswer[] = [
  { kind: 'audit-records', records: [record] },
  { kind: 'audit-heads', heads: [{ seq: 1, hash }] },
  { kind: 'audit-verified', records: 1, fault: null },
  { kind: 'host-facts', facts },
  { kind: 'outputs-pruned', runs: 1, bytes: 2 },
  { kind: 'secret-names', names: [{ name: 'a', changedAtMs: 1 }] },
  { kind: 'secret-changed', isDone: true },
]
const messages: readonly HostMessage[] = [
  { kind: 'host-asked', askId: 1, question: null },
  { kind: 'host-told', askId: 1, answer: null },
  { kind: 'audit-head', seq: 1, hash },
  { kind: 'audit-head-kept', seq: 1 },
]
const strange = [undefined, {}, [], 'x\u0000', -1.5, Number.NaN, '__proto__']

/** With one member, at any depth, in place of what it is. */
function* spoilt(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    if (name === 'kind') continue
    const put = (other: unknown) =>
      Array.isArray(value) ? value.with(Number(name), other) : { ...value, [name]: other }
    // What may be null may be text as well.
    const isText = typeof member === 'string' || member === null
    for (const other of strange) if (typeof other !== (isText ? 'string' : typeof member)) yield put(other)
    for (const inner of spoilt(member)) yield put(inner)
  }
}

describe.each([
  ['a question', questions, readHostQuestion],
  ['an answer', answers, readHostAnswer],
  ['a message', messages.slice(2), readHostMessage],
] as const)('%s between hosts', (_, samples, read) => {
  test.each(samples.map((sample) => [sample.kind, sample] as const))(
    '%s is taken as it is, and in no other form',
    (_kind, sample) => {
      expect(read(JSON.parse(JSON.stringify(sample)))).toEqual({ value: sample })
      for (const bad of spoilt(sample)) expect(read(bad)).toHaveProperty('fault')
    },
  )
})

test('a bound that is none, a name that is none and a value that is too long are refused', () => {
  for (const limit of [0, -1, 1e9, 0.5])
    expect(readHostQuestion({ kind: 'audit-read', filter: { limit } })).toHaveProperty('fault')
  for (const name of ['', '../../x', 'a b', 'a'.repeat(201)])
    expect(readHostQuestion({ kind: 'set-secret', name, value: 'hunter22' })).toHaveProperty('fault')
  const value = 'x'.repeat(10_000)
  expect(readHostQuestion({ kind: 'set-secret', name: 'a', value })).toHaveProperty('fault')
})

describe('a host', () => {
  let home: string
  let directory: DataDirectory
  let host: Host
  let said: string
  let sent: HostMessage[]
  const peer = nodeId('b')

  beforeEach(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-host-'))
    directory = await openDataDirectory(home)
    said = ''
    sent = []
    host = await Host.open(directory, {
      self: nodeId('a'),
      peers: () => [peer],
      send: (_, message) => sent.push(message) > 0,
      killing: () => 'cgroups',
      prune: async () => ({ runs: 0, bytes: 0 }),
      log: createLog({ level: 'warn', format: 'lines', colour: false, write: (line) => (said += line) }),
    })
  })
  afterEach(async () => {
    await host.close()
    await directory.close()
    fs.rmSync(home, { recursive: true })
  })
  const answered = async (askId: number) => {
    for (;;) {
      const answer = sent.find((message) => message.kind === 'host-told' && message.askId === askId)
      if (answer !== undefined) return answer
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  test('answers what it cannot understand with nothing, at once, says so once, and does nothing of it', async () => {
    const value = 'x'.repeat(10_000)
    const odd = [{ kind: 'from-the-future' }, null, 7, { kind: 'set-secret', name: 'shop-db', value }]
    for (const [askId, question] of odd.entries()) {
      expect(host.hear(peer, { kind: 'host-asked', askId, question })).toBe(true)
      expect(await answered(askId)).toEqual({ kind: 'host-told', askId, answer: null })
    }
    host.hear(peer, { kind: 'host-asked', askId: 99, question: odd[0] })
    await answered(99)
    expect(
      said.match(/Cannot take a question of host "b": its kind is none that is known here/g),
    ).toHaveLength(1)
    expect(said).not.toContain('xxxx')
    expect(host.secrets.names()).toEqual([])
  })

  test('takes an answer that it cannot understand for none', async () => {
    const asked = host.ask(peer, { kind: 'host-facts' })
    const askId = (sent.find(({ kind }) => kind === 'host-asked') as { askId: number }).askId
    host.hear(peer, { kind: 'host-told', askId, answer: { kind: 'host-facts', facts: { wallMs: 'now' } } })
    expect(await asked).toBeNull()
    expect(said).toContain('Cannot take an answer of host "b": its facts.wallMs is no number')
  })

  test('that is asked by another one answers all that there is to ask', async () => {
    host.hear(peer, { kind: 'audit-head', seq: 0, hash: '' })
    for (const [askId, question] of questions.entries()) {
      host.hear(peer, { kind: 'host-asked', askId, question })
      const { answer } = (await answered(askId)) as { readonly answer: unknown }
      expect(readHostAnswer(answer)).toHaveProperty('value')
    }
    // What it remembers of a log in which nothing stands is asked back.
    host.hear(peer, { kind: 'host-asked', askId: 99, question: { kind: 'audit-heads', node: peer } })
    const { answer } = (await answered(99)) as { readonly answer: { readonly heads: unknown } }
    expect(answer.heads).toEqual([{ seq: 0, hash: '' }])
    expect(readHostQuestion({ kind: 'audit-verify', heads: answer.heads })).toHaveProperty('value')
  })

  test.each([
    [{ kind: 'audit-head', seq: 'x', hash: 3 }],
    [{ kind: 'audit-head-kept', seq: -1 }],
    [{ kind: 'host-asked', askId: {}, question: null }],
  ])('refuses %j', (message) => {
    expect(host.hear(peer, message)).toBe(true)
    expect(said).toContain('Cannot take a message of host "b"')
    expect(sent).toEqual([])
  })

  test.each([[null], [7], ['host-asked'], [[]], [{ kind: 'constructor' }], [{ kind: 'digest' }]])(
    'leaves %j to others',
    (message) => {
      expect(host.hear(peer, message)).toBe(false)
    },
  )
})
