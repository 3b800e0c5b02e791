// What a granted run is going to do: commands rendered once, from the slot and never from the clock.

import { expect, test } from 'vitest'
import { grantedRun } from '../../../lib/run/plan.ts'
import { jobNamed, TEN } from '../claim/job-named.ts'
import { entry, RunBench } from './run-bench.ts'

const facts = { name: 'alpha', hostname: 'alpha.example', lastSuccessMs: TEN - 3_600_000 }
const at10 = { ...entry(), slotMs: TEN, unit: `s${TEN}` }
const commandOf = (command: string) =>
  grantedRun(jobNamed({ actions: { a: { command } } }), at10, facts).plan[0]!

test.each([
  ['echo {shortdate-1}', 'echo 2026-11-20'],
  ['echo %(ymdh)s on {node}', 'echo 2026-11-21T10 on alpha.example'],
  ['echo {last_success#ymdh} {attempt} {token}', `echo 2026-11-21T09 1 ${at10.token}`],
  ['awk "{{print $1}}"', 'awk "{print $1}"'],
])('%s becomes %s', (command, text) => {
  expect(commandOf(command)).toMatchObject({ command: text, fault: null })
})

test('a command that cannot be rendered fails its action, and nothing is spawned', () => {
  const bench = new RunBench()
  bench.renew()
  const fault = 'Cannot render "{x}"'
  const run = grantedRun(jobNamed(), entry(), facts)
  bench.hold({ ...run, isLeased: false, plan: run.plan.map((action) => ({ ...action, fault })) })
  const { effects, changes } = bench.take()
  expect(effects).toEqual([])
  expect(changes).toMatchObject([
    { kind: 'finish', outcome: { kind: 'failed', why: expect.stringContaining(fault) as string } },
  ])
})
