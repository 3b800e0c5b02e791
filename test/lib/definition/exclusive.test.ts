// Jobs whose runs must not overlap, and runs that start again when lost: what may stand together.

import { expect, test } from 'vitest'
import { faults, parsed } from './parsed.ts'

const file = (words: string) =>
  `jobs: [{name: report, schedule: daily, actions: {a: {command: x}}, ${words}}]`

test.each([
  ['overlap: allow', 'overlap is allow'],
  ['allow_overlap: true', 'overlap is allow'],
  ['all_nodes: true', 'all_nodes is true'],
  ['if_partitioned: run', 'if_partitioned is run'],
])('an exclusive job cannot have %s', (words, why) => {
  expect(faults(file(`exclusive: true, ${words}`))).toEqual([
    expect.stringContaining(`Cannot use exclusive in job "report": ${why}, expected one of them`),
  ])
  expect(faults(file(`exclusive: false, ${words}`))).toEqual([])
})

test.each(['queue', 'skip', 'replace'])('an exclusive job can have overlap: %s', (overlap) => {
  expect(parsed(file(`exclusive: true, overlap: ${overlap}`)).jobs).toMatchObject([
    { exclusive: true, overlap },
  ])
})

test('a lost run is not started again unless that is asked for, and then once, after a while', () => {
  expect(parsed(file('if_lost: record')).jobs).toMatchObject([{ ifLost: 'record' }])
  const [job] = parsed(file('if_lost: rerun')).jobs
  expect(job).toMatchObject({ ifLost: 'rerun', lostAttempts: 2, lockDelayMs: 15_000 })
})

test('how often and how soon a lost run starts again can be set', () => {
  const [job] = parsed(file('if_lost: rerun, lost_attempts: 5, lock_delay: 500ms')).jobs
  expect(job).toMatchObject({ lostAttempts: 5, lockDelayMs: 500 })
})

test('a job that runs where no majority is in reach has no catch-up, and is not done once and for all', () => {
  expect(faults(file('if_partitioned: run, catch_up: all'))).toEqual([
    expect.stringContaining('Cannot use catch_up all in job "report": if_partitioned is run'),
  ])
  expect(faults(file('if_partitioned: run, once: true'))).toEqual([
    expect.stringContaining('Cannot use if_partitioned run in job "report": once is true'),
  ])
  expect(parsed(file('if_partitioned: run')).jobs[0]).toMatchObject({
    ifPartitioned: 'run',
    catchUp: { kind: 'none' },
  })
})
