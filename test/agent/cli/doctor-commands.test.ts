// What people and monitoring systems are told of what is wrong, and the exit codes that go with it.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commands } from '../../../agent/cli/commands.ts'
import { checkCommand } from '../../../agent/cli/check-command.ts'
import { doctorCommand } from '../../../agent/cli/doctor-command.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import type { Finding, NeededSecret } from '../../../lib/view/doctor.ts'
import type { JobCheck } from '../../../lib/view/job-attention.ts'
import { sampleAnswer, sampleCheck, sampleFinding } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent
let findings: readonly Finding[]
let checks: readonly JobCheck[]
let needed: readonly NeededSecret[]

beforeAll(async () => {
  agent = await FakeAgent.open()
  agent.api.answer = async (question) => {
    if (question.kind === 'check') return { kind: 'check', checks }
    if (question.kind !== 'doctor') return sampleAnswer(question)
    return { kind: 'doctor', doctor: { findings, secrets: needed } }
  }
})

afterAll(async () => agent.close())

beforeEach(() => {
  findings = []
  checks = [sampleCheck]
  needed = [{ name: 'db', job: 'shop.a', nodes: [] }]
})

const hocket = async (...words: readonly string[]) =>
  typed([checkCommand, doctorCommand], [...words, '--data-dir', agent.directory])

describe('the doctor', () => {
  test('shows each host, and says that nothing is wrong', async () => {
    const { code, out } = await hocket('doctor')
    expect(code).toBe(0)
    expect(out).toMatch(/alpha +same +50\.0 GB of 100 GB +0\.3 ms +all of a run\n\nNothing is wrong\.\n$/)
  })

  test('says what is wrong with what to do, the worst first, and exits with 1 when something does not work', async () => {
    findings = [
      sampleFinding,
      { level: 'bad', about: 'pool db', text: 'nobody is there', remedy: 'Start one.' },
    ]
    const { code, out } = await hocket('doctor')
    expect(code).toBe(1)
    expect(out).toContain('\n✗ pool db: nobody is there\n  → Start one.\n\n! node beta: this agent')
  })

  test.each([
    [{ diskFreeBytes: 2e8 }, '✗ node alpha: its disk has 200 MB left'],
    [{ syncMs: 180 }, '! node alpha: its disk takes 180 ms for one synced write'],
    [{ killing: 'process group' as const }, '! node alpha: a kill reaches the process group'],
  ])('tells of a host with %o', async (facts, text) => {
    const usual = agent.api.hosts.facts
    agent.api.hosts.facts = { ...usual, ...facts }
    expect((await hocket('doctor')).out).toContain(text)
    agent.api.hosts.facts = usual
  })
})

describe('the doctor of hosts', () => {
  test.each([
    [{ clockAheadMs: 90_000 }, '! node alpha: its clock is 90 s ahead of this host', 'Set the clocks by NTP'],
    [{ clockAheadMs: -90_000 }, '! node alpha: its clock is 90 s behind this host', 'Set the clocks by NTP'],
    [{ isAway: true }, '! node alpha: it is connected, and does not say', 'Look at its load and its log'],
  ])('tells of one with %o, and what to do', async (how, text, remedy) => {
    const { hosts } = agent.api
    Object.assign(hosts, how)
    const { out } = await hocket('doctor')
    Object.assign(hosts, { clockAheadMs: 0, isAway: false })
    expect(out).toContain(text)
    expect(out).toContain(`  → ${remedy}`)
  })

  test('tells of one that lacks a secret that a job may need there, by the command that sets it', async () => {
    const [node] = await nodesOf()
    needed = [{ name: 'shop-db', job: 'shop.a', nodes: [node!] }]
    const { code, out } = await hocket('doctor')
    expect(code).toBe(1)
    expect(out).toContain(
      '✗ node alpha: it has no secret "shop-db", which shop.a needs\n  → hocket secret set shop-db --node alpha',
    )
    agent.api.hosts.values.set('shop-db', 'hunter22')
    expect((await hocket('doctor')).out).not.toContain('shop-db')
    agent.api.hosts.values.clear()
  })
})

async function nodesOf(): Promise<NodeId[]> {
  const answer = await agent.api.answer({ kind: 'nodes' })
  return answer.kind === 'nodes' ? answer.nodes.map(({ nodeId }) => nodeId as NodeId) : []
}

test('what the doctor tells to type is a command that there is', () => {
  const root = path.resolve(import.meta.dirname, '../../..')
  const known = new Set(commands.map(({ words }) => words))
  const told = ['lib/view/doctor.ts', 'agent/api/doctor-routes.ts'].flatMap((file) => [
    ...fs.readFileSync(path.join(root, file), 'utf8').matchAll(/hocket ([a-z]+)(?: ([a-z]+))?/g),
  ])
  expect(told.length).toBeGreaterThan(4)
  const unknown = told.filter(([, one = '', two = '']) => !known.has(one) && !known.has(`${one} ${two}`))
  expect(unknown.map(([text]) => text)).toEqual([])
})

describe('a check', () => {
  test.each([
    ['succeeded', 0, 'OK - shop.a.7 succeeded'],
    ['no-run', 0, 'OK - shop.a has not run yet'],
    ['skipped', 1, 'WARNING - shop.a.7 skipped'],
    ['failed', 2, 'CRITICAL - shop.a.7 failed, now: exited with 1'],
    ['stuck', 2, 'CRITICAL - shop.a.7 is stuck'],
    ['lost', 2, 'CRITICAL - shop.a.7 lost'],
  ] as const)('of a job that is %s', async (state, code, text) => {
    checks = [{ ...sampleCheck, state }]
    expect(await hocket('check', 'shop.a')).toMatchObject({ code, out: saying(`HOCKET ${text}`) })
  })

  test('of all jobs names the bad ones and counts', async () => {
    checks = [
      { ...sampleCheck, state: 'succeeded' },
      sampleCheck,
      { ...sampleCheck, job: 'b', state: 'skipped' },
    ]
    const { code, out } = await hocket('check')
    expect([code, out]).toEqual([
      2,
      'HOCKET CRITICAL - 2 of 3 jobs: shop.a.7 failed, now: exited with 1; shop.a.7 skipped, now: exited with 1 | jobs=3 bad=2\n',
    ])
  })

  test('that cannot be made is UNKNOWN, and says why', async () => {
    const { code, out } = await typed([checkCommand], ['check', '--data-dir', `${agent.directory}/nothing`])
    expect([code, out]).toEqual([3, saying('HOCKET UNKNOWN - Cannot find a running agent')])
  })
})
