// The live screen: all that matters, in whatever room the terminal has.
import { expect, test } from 'vitest'
import { topScreen, type TopView } from '../../../agent/cli/top-screen.ts'
import { sampleAnswer, sampleJob, sampleRun } from '../api/sample-answers.ts'

const nowMs = Date.parse('2026-11-21T12:00:10Z')
const answer = sampleAnswer({ kind: 'status' })
if (answer.kind !== 'status') throw new Error('no status')
const view: TopView = {
  status: { ...answer.status, complaints: ['witness beta cannot be reached '.repeat(20)] },
  nodes: ['alpha', 'beta'].map((name, n) => {
    const nodes = sampleAnswer({ kind: 'nodes' })
    if (nodes.kind !== 'nodes') throw new Error('no nodes')
    return { ...nodes.nodes[0]!, name, state: n === 0 ? 'live' : 'absent' }
  }),
  running: Array.from({ length: 40 }, (_, n) => ({
    ...sampleRun,
    id: `shop.a.${n}`,
    state: 'running',
    endedAt: null,
    flags: ['stuck'],
  })),
  ended: Array.from({ length: 40 }, () => sampleRun),
  next: Array.from({ length: 40 }, () => ({
    ...sampleJob,
    nextSlot: '2026-11-21T12:00:13Z',
    nextNode: 'alpha',
    nextNodes: 1,
  })),
}

test.each([
  [80, 24],
  [160, 50],
  [40, 12],
])('fits a terminal of %i columns and %i rows', (columns, rows) => {
  const lines = topScreen(view, { columns, rows, isColoured: false, nowMs })
  expect(lines.length).toBeLessThanOrEqual(rows)
  for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(columns)
})

test('shows what runs and for how long, what comes, and what ended and why', () => {
  const text = topScreen(view, { columns: 160, rows: 50, isColoured: false, nowMs }).join('\n')
  expect(text).toMatch(/nodes {2}alpha {2}beta \(away\)/)
  expect(text).toMatch(/RUNNING\nshop\.a\.0 +alpha +10 s +stuck\n/)
  expect(text).toMatch(/NEXT\nshop\.a +alpha +in 3 s\n/)
  expect(text).toMatch(/ENDED\nshop\.a\.7 +failed +alpha +7 s ago +exit 1\n/)
  const quiet = { ...view, running: [], ended: [], next: [] }
  const lines = topScreen(quiet, { columns: 80, rows: 24, isColoured: false, nowMs })
  expect(lines).toEqual(expect.arrayContaining(['RUNNING  nothing', 'NEXT  nothing', 'ENDED  nothing']))
})
