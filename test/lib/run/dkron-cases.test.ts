// Dkron's answers to what may start and what runs, question by question: on the whole core, with its processes played.

import { readFileSync, existsSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { accountFor, type Account } from '../accounted-rows.ts'
import { PlayedAgent } from '../played-agent.ts'
import { textOf, type Row } from '../schedule/case-files.ts'

const file = path.resolve(import.meta.dirname, '../../../../shared/cases/cron/dkron-status-and-overlap.json')
const tables = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<string, Row[]>

function rowsOf(table: string, nameOf: (row: Row) => string): [string, Row][] {
  return (tables[table] ?? []).map((row) => [nameOf(row), row])
}

const job = (words: string) =>
  `jobs: [{name: tick, schedule: every 1s, ${words}, actions: {a: {command: x}}}]`
const lastingS = (s: number) => () => ({ ms: s * 1_000, code: 0 })
const started = (agent: PlayedAgent) => agent.starts.length
const running = (agent: PlayedAgent, name = 'shop.tick') =>
  agent.runs(name).filter(({ state }) => state === 'running').length

const whole: Account = { differs: 'the executions of one instant have one status' }
const unfinished: Account = {
  differs: 'an execution that has not finished counts as failed',
  here: () => expect(running(new PlayedAgent(job('overlap: skip'), lastingS(60)).pass(2_000))).toBe(1),
}
accountFor(
  "Dkron's status of several executions",
  rowsOf('compute_status', (row) => `group ${Number(row['group'])}`),
  { 'group 1': whole, 'group 2': whole, 'group 3': unfinished, 'group 4': unfinished },
)

const runnable: Readonly<Record<string, Account>> = {
  'global lock': () => {
    const agent = new PlayedAgent(job('overlap: allow')).pass(2_000)
    agent.order({ kind: 'pause-cluster' })
    const before = started(agent)
    expect(started(agent.pass(5_000))).toBe(before)
  },
  'running forbid': () =>
    expect(started(new PlayedAgent(job('overlap: skip'), lastingS(60)).pass(5_000))).toBe(1),
  'should run': () =>
    expect(started(new PlayedAgent(job('overlap: allow'), lastingS(60)).pass(5_000))).toBeGreaterThan(3),
  disabled: () => expect(started(new PlayedAgent(job('enabled: false')).pass(5_000))).toBe(0),
  expired: () => expect(started(new PlayedAgent(job('expires_at: 2026-11-20T00:00')).pass(5_000))).toBe(0),
}
accountFor(
  "Dkron's isRunnable",
  rowsOf('is_runnable', (row) => textOf(row['name'])),
  runnable,
)

const twoJobs =
  'jobs: [{name: one, actions: {a: {command: long}}}, {name: two, actions: {a: {command: short}}}]'
const long = (command: string) => ({ ms: command === 'long' ? 5_000 : 500, code: 0 })
const counts: Readonly<Record<string, Account>> = {
  'no executions': () => expect(running(new PlayedAgent(twoJobs).pass(2_000), 'shop.one')).toBe(0),
  'add started, unfinished on testNode1': () => {
    const agent = new PlayedAgent(twoJobs, long).pass(2_000)
    agent.startByHand('shop.one')
    expect(running(agent.pass(1_000), 'shop.one')).toBe(1)
  },
  'add finished on testNode2': () => {
    const agent = new PlayedAgent(twoJobs, long).pass(2_000)
    agent.startByHand('shop.one')
    agent.startByHand('shop.two')
    agent.pass(1_500)
    expect([running(agent, 'shop.one'), running(agent, 'shop.two')]).toEqual([1, 0])
  },
  'finish first': () => {
    const agent = new PlayedAgent(twoJobs, long).pass(2_000)
    agent.startByHand('shop.one')
    expect(running(agent.pass(7_000), 'shop.one')).toBe(0)
  },
  'unknown job': () => expect(running(new PlayedAgent(twoJobs).pass(2_000), 'shop.three')).toBe(0),
}
accountFor(
  "Dkron's count of what runs",
  rowsOf('running_from_storage', (row) => textOf(row['step'])),
  counts,
)

const restarts: Readonly<Record<string, Account>> = {
  'forbid job, one': () => {
    const agent = new PlayedAgent(job('overlap: skip'), lastingS(60)).pass(2_000).restart(500)
    expect(running(agent)).toBe(1)
    expect(started(agent.pass(5_000))).toBe(1)
    expect(agent.startByHand('shop.tick')).toContain('refused: its overlap policy forbids a second run')
  },
  'that execution is': () => {
    const agent = new PlayedAgent(job('overlap: skip'), lastingS(6)).pass(2_000).restart(500)
    agent.pass(8_000)
    expect(agent.runs('shop.tick').at(-1)?.state).toBe('succeeded')
    expect(started(agent)).toBe(2)
  },
  'allow job with': () => {
    const agent = new PlayedAgent(job('overlap: allow'), lastingS(60)).pass(2_000)
    const before = started(agent)
    expect(before).toBeGreaterThan(0)
    expect(started(agent.restart(500).pass(3_000))).toBeGreaterThan(before)
  },
}
accountFor(
  "Dkron's forbid after a restart",
  rowsOf('forbid_after_restart', (row) => textOf(row['given']).split(' ').slice(0, 3).join(' ')),
  restarts,
)

const parentAndChild = `jobs:
  - {name: parent, schedule: "@at 2026-11-21T10:00:03Z", actions: {a: {command: x, trigger_downstreams: true}}}
  - {name: child, schedule: "@at 2026-11-21T10:00:02Z", actions: {b: {command: y, triggered_by: ["shop.parent.a.shortdate.{shortdate}"]}}}`
const endings: Readonly<Record<string, Account>> = {
  'success of parent triggers child': () => {
    const agent = new PlayedAgent(parentAndChild).pass(6_000)
    expect(agent.starts.map(({ command }) => command)).toEqual(['x', 'y'])
  },
  'cannot delete a job that has dependents': {
    differs: 'a job that others depend on cannot be deleted',
    here: () => {
      const agent = new PlayedAgent(parentAndChild).pass(1_000).drop('jobs: []').pass(1_000)
      expect(agent.ask({ kind: 'jobs' })).toMatchObject({ jobs: [] })
    },
  },
  'result for a deleted job is an error': {
    differs: 'the result of a deleted job is an error',
    here: () => {
      const agent = new PlayedAgent(job('overlap: skip'), lastingS(3))
        .pass(1_500)
        .drop('jobs: []')
        .pass(6_000)
      expect(agent.runs('shop.tick').map(({ state }) => state)).toEqual(['succeeded'])
    },
  },
  'ephemeral job is deleted after success': {
    differs: 'an ephemeral job is deleted after its success',
    here: () => {
      const agent = new PlayedAgent(job('once: true')).pass(6_000)
      expect(started(agent)).toBe(1)
      expect(agent.ask({ kind: 'jobs' })).toMatchObject({ jobs: [{ name: 'shop.tick', nextSlot: null }] })
    },
  },
  'dependent job that does not exist is an error': {
    differs: 'a dependent job that does not exist is an error',
  },
  'broken stream with retries=2, attempt=1 -> payload "retry"': {
    differs: 'a broken stream to an agent counts as a failed attempt',
    here: () => {
      const agent = new PlayedAgent(job('overlap: skip').replace('x}', 'x, retries: 2}'), lastingS(4))
      agent.pass(2_000).restart(1_000).pass(4_000)
      expect(agent.runs('shop.tick').at(-1)).toMatchObject({ state: 'succeeded', actions: [{ tries: 1 }] })
    },
  },
}
accountFor(
  "Dkron's end of an execution",
  rowsOf('execution_done', (row) => textOf(row['name'])),
  endings,
)
