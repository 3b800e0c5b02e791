// The core as a whole, on one agent that is alone: what is written before anything is said, and what it goes on with
// after it died between a write and what follows.

import { describe, expect, test } from 'vitest'
import { assert } from '../../lib/base/assert.ts'
import { catalogLimits } from '../../lib/base/document-limits.ts'
import { nodeId, sessionParts, storageId as storageIdOf } from '../../lib/base/ids.ts'
import { Journal } from '../../lib/base/journal.ts'
import type { Register } from '../../lib/claim/register.ts'
import { LoneAgent } from './lone-agent.ts'

const eachSecond = 'jobs: [{name: tick, schedule: every 1s, overlap: allow, actions: {a: {command: x}}}]'
const eachMinute = 'jobs: [{name: tick, schedule: "* * * * *", catch_up: none, actions: {a: {command: x}}}]'
const KEY = 'shop.tick'

/** An agent that has read the file and begins to run its job. */
function agentWith(text: string): LoneAgent {
  const agent = new LoneAgent().start()
  agent.run(500)
  agent.drop(text)
  return agent
}

/** The job's register as it is on disk; null before anything was decided. */
function registerOf(agent: LoneAgent): Register | null {
  const journal = new Journal('journal')
  assert(journal.restore(agent.logs.get('journal')!), 'the journal is sound')
  return (journal.get(`register/${KEY}`) as { readonly value: Register | null } | undefined)?.value ?? null
}

function register(agent: LoneAgent): Register {
  const value = registerOf(agent)
  assert(value !== null, 'something was decided')
  return value
}

const processes = (agent: LoneAgent) => agent.spawned.map(({ process }) => process)
const ended = (process: string, atMs: number) =>
  ({
    kind: 'child-exited',
    process,
    exit: { kind: 'code', code: 0 },
    startedAtMs: atMs,
    endedAtMs: atMs,
  }) as const

describe('the order law', () => {
  test('W3, I19: in no step is anything sent, started or answered before what that step writes', () => {
    const agent = agentWith(eachSecond)
    for (let second = 0; second < 20; second++) {
      const before = agent.spawned.length
      agent.run(1_000)
      for (const { process } of agent.spawned.slice(before)) agent.happens(ended(process, agent.nowMs))
      agent.happens({ kind: 'asked', askId: second, question: { kind: 'status' } })
    }
    expect(agent.violations).toEqual([])
    expect(agent.spawned.length).toBeGreaterThan(15)
    expect(new Set(processes(agent)).size).toBe(agent.spawned.length)
  })
})

test('an edit is made when the time is known, and refused where nobody tells it for long', () => {
  const command = { kind: 'switch-job', job: KEY, isEnabled: false } as const
  const joining = new LoneAgent().start(null)
  joining.happens({ kind: 'commanded', askId: 1, command, user: 'ann' })
  joining.run(catalogLimits.editWaitsMs - 1_000)
  expect(joining.answers).toEqual([])
  joining.run(2_000)
  expect(joining.answers).toEqual([{ kind: 'no-time' }])
  const founding = agentWith(eachMinute)
  founding.happens({ kind: 'commanded', askId: 1, command, user: 'ann' })
  founding.run(0)
  expect(founding.answers).toMatchObject([{ kind: 'job-switched' }])
})

describe('max_running of a pool', () => {
  const pool = 'node_pools: [{name: p, nodes: [alpha], max_running: 2}]'
  const job = (name: string) =>
    `{name: ${name}, node: p, schedule: "* * * * *", catch_up: none, actions: {a: {command: x}}}`
  const text = `${pool}\njobs: [${['one', 'two', 'three', 'four'].map(job).join(', ')}]`

  test('is never gone beyond, however many slots there are at once; what waits starts as there is room', () => {
    const agent = agentWith(text)
    agent.run(61_000)
    expect(agent.spawned).toHaveLength(2)
    agent.happens(ended(processes(agent)[0]!, agent.nowMs))
    agent.run(2_000)
    expect(agent.spawned).toHaveLength(3)
  })

  test('lets what found no room until its start deadline be missed, and says why', () => {
    const agent = agentWith(text)
    agent.run(185_000)
    agent.happens({
      kind: 'asked',
      askId: 1,
      question: { kind: 'runs', job: null, state: null, node: null, limit: 50 },
    })
    agent.run(100)
    const answer = agent.answers.at(-1)
    assert(answer?.kind === 'runs', 'runs were asked for')
    expect(agent.spawned).toHaveLength(2)
    expect(new Set(answer.runs.filter(({ state }) => state === 'missed').map(({ why }) => why))).toEqual(
      new Set(['node-full']),
    )
  })
})

describe('S6: an agent that dies', () => {
  test('S6: between the exec mark and the spawn starts nothing twice, and says that nobody knows', () => {
    const agent = agentWith(eachMinute)
    agent.diesBefore = 'spawn'
    agent.run(61_000)
    expect(agent.isDead).toBe(true)
    expect(agent.spawned).toEqual([])
    const next = new LoneAgent(agent).start()
    next.run(5_000)
    expect(next.adopted).toHaveLength(1)
    next.happens({ kind: 'child-gone', process: next.adopted[0]! })
    next.run(5_000)
    expect(next.spawned).toEqual([])
    expect(register(next).live).toEqual([])
    expect(register(next).untold).toMatchObject([{ kind: 'ended', outcome: { kind: 'unknown' } }])
  })

  test('S6: between the spawn and its record goes on with the process, and ends with its end', () => {
    const agent = agentWith(eachMinute)
    agent.run(60_000)
    expect(agent.spawned).toHaveLength(1)
    const next = new LoneAgent(agent).start()
    next.run(2_000)
    expect(next.adopted).toEqual(processes(agent))
    next.happens({ kind: 'child-adopted', process: next.adopted[0]!, pid: 7, startedAtMs: agent.nowMs })
    next.happens(ended(next.adopted[0]!, next.nowMs), 10)
    next.run(2_000)
    expect(register(next).live).toEqual([])
    expect(next.spawned).toHaveLength(1)
  })

  test('S6: after a claim that was granted ahead gives it back, and runs the slot once', () => {
    const agent = agentWith(eachMinute)
    while (registerOf(agent)?.live.length !== 1) agent.run(100)
    expect(agent.spawned).toEqual([])
    const next = new LoneAgent(agent).start()
    next.run(8_000)
    expect(next.spawned).toHaveLength(1)
    expect(register(next).live).toMatchObject([{ slotMs: Date.UTC(2026, 10, 21, 10, 1), token: 2, run: 1 }])
  })

  test('I18: while a run without a vote is written down goes on with it, also where only its journal was kept', () => {
    const agent = agentWith(
      'jobs: [{name: tick, schedule: "* * * * *", all_nodes: true, actions: {a: {command: x}}}]',
    )
    agent.run(60_000)
    const [process] = processes(agent)
    agent.happens({ kind: 'spawned', process: process!, pid: 7, startedAtMs: agent.nowMs })
    agent.run(1_000)
    agent.diesBefore = 'document'
    agent.happens(ended(process!, agent.nowMs))
    agent.run(1_000)
    expect(agent.isDead).toBe(true)
    const next = new LoneAgent(agent).start()
    next.run(2_000)
    next.happens({
      kind: 'asked',
      askId: 1,
      question: { kind: 'runs', job: 'shop.tick', state: null, node: null, limit: 10 },
    })
    next.run(10)
    const answer = next.answers.at(-1)
    expect(answer?.kind === 'runs' && answer.runs).toMatchObject([
      { state: 'succeeded', actions: [{ state: 'succeeded' }] },
    ])
    expect(next.spawned).toHaveLength(1)
  })

  test('I21: decides nothing as if its jobs were gone while they are not read yet', () => {
    const agent = agentWith(eachMinute)
    while (registerOf(agent)?.live.length !== 1) agent.run(100)
    const next = new LoneAgent(agent)
    next.holdReads = true
    next.start()
    next.run(3_000)
    expect(register(next)).toEqual(register(agent))
    next.releaseReads()
    next.run(5_000)
    expect(next.spawned).toHaveLength(1)
    expect(register(next).untold).toEqual([])
  })
})

const changesAsked = (agent: LoneAgent) =>
  agent.sent
    .flatMap((message) => (message.kind === 'votes-asked' ? message.prepares : []))
    .flatMap(({ changes }) => changes)

describe('votes', () => {
  test('P2: of two starts of one agent never share a ballot', () => {
    const ballotsOf = (agent: LoneAgent) =>
      agent.sent
        .flatMap((message) => (message.kind === 'votes-asked' ? message.prepares : []))
        .map(({ ballot }) => JSON.stringify(ballot))
    const first = agentWith(eachSecond)
    first.run(5_000)
    const second = new LoneAgent(first).start()
    second.run(5_000)
    expect(ballotsOf(first).length).toBeGreaterThan(3)
    expect(ballotsOf(second).length).toBeGreaterThan(3)
    expect(ballotsOf(first).filter((ballot) => ballotsOf(second).includes(ballot))).toEqual([])
  })

  test('P4: a claim that nobody answered in time is given back as soon as somebody does, and never started', () => {
    const agent = agentWith(
      'jobs: [{name: tick, schedule: "0 * * * *", start_deadline: 5s, catch_up: none, actions: {a: {command: x}}}]',
    )
    agent.run(3_595_000)
    agent.loses = (message) => message.kind === 'votes-given' && message.accepts.length > 0
    agent.run(20_000)
    expect(changesAsked(agent)).toContainEqual(expect.objectContaining({ kind: 'claim' }))
    agent.loses = () => false
    agent.run(10_000)
    expect(register(agent).live).toEqual([])
    expect(register(agent).untold).toMatchObject([{ kind: 'not-run', why: 'missed' }])
    expect(agent.spawned).toEqual([])
  })

  test('S6: an entry is not adopted into a session that no majority has renewed', () => {
    const agent = agentWith(eachMinute)
    agent.run(61_000)
    const { token, opId, node } = register(agent).live[0]!
    agent.loses = (message) => message.kind === 'renewed'
    agent.run(30_000)
    agent.sent.splice(0)
    agent.happens({
      kind: 'message-received',
      from: node,
      message: { kind: 'entry-found', key: KEY, token, opId, isReplaced: false },
    })
    agent.run(2_000)
    expect(changesAsked(agent).filter(({ kind }) => kind === 'adopt')).toEqual([])
    agent.loses = () => false
    agent.run(2_000)
    expect(changesAsked(agent)).toContainEqual(expect.objectContaining({ kind: 'adopt', token }))
  })
})

test('W4: a quarantined agent, which can end nothing that it holds, does not keep it from being lost', () => {
  const agent = agentWith(eachMinute)
  agent.run(61_000)
  const { node, session } = register(agent).live[0]!
  const sessions = () => agent.sent.flatMap((sent) => (sent.kind === 'renew' ? sent.session : []))
  const { envelope } = agent.sent.findLast((sent) => sent.kind === 'renew')!
  const { storageId, bootId } = envelope
  expect(sessions()).toContain(session)
  agent.happens({
    kind: 'message-received',
    from: node,
    message: { kind: 'boot-judged', storageId, bootId, isContradicted: true },
  })
  agent.run(10)
  agent.sent.splice(0)
  agent.run(30_000)
  expect(sessions().length).toBeGreaterThan(0)
  expect(sessions()).not.toContain(session)
})

test('W4, C2: who is to give what it holds of an epoch asks those who voted in it whether they know it for older', () => {
  const agent = agentWith(eachMinute)
  agent.run(5_000)
  const { envelope, session } = agent.sent.findLast((sent) => sent.kind === 'renew')!
  const { clusterId, storageId, bootId } = envelope
  const [self, b, c] = [sessionParts(session).nodeId, nodeId('b'), nodeId('c')]
  const own = { nodeId: self, storageId }
  const previous = [
    own,
    { nodeId: b, storageId: storageIdOf('disk-b') },
    { nodeId: c, storageId: storageIdOf('disk-c') },
  ]
  const next = { clusterId, epoch: 2, members: [own], previous, recovery: null }
  for (const peer of [b, c]) agent.silentPeers.add(peer)
  const seal = () => {
    agent.happens({ kind: 'message-received', from: b, message: { kind: 'seal', storageId, next } })
    agent.run(10)
    return agent.toSilent.splice(0).map(({ kind }) => kind)
  }
  expect(seal()).toEqual(['boot-asked', 'boot-asked'])
  const judged = {
    kind: 'boot-judged',
    storageId: storageIdOf('disk-b'),
    bootId,
    isContradicted: false,
  } as const
  agent.happens({ kind: 'message-received', from: b, message: judged })
  expect(seal()).toEqual(['sealed'])
})

describe('the ledger', () => {
  test('I21: has what was decided without a run', () => {
    const agent = agentWith(
      'jobs: [{name: tick, schedule: "* * * * *", node: elsewhere, start_deadline: 5s, catch_up: none, actions: {a: {command: x}}}]',
    )
    agent.run(180_000)
    agent.happens({
      kind: 'asked',
      askId: 1,
      question: { kind: 'runs', job: 'shop.tick', state: null, node: null, limit: 10 },
    })
    agent.run(10)
    const answer = agent.answers.at(-1)
    expect(answer?.kind === 'runs' && answer.runs.map(({ state }) => state)).toEqual(['missed', 'missed'])
  })
})
