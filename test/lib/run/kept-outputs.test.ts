// How much output of past runs a node keeps: the last runs of each job, also over a restart.

import { expect, test } from 'vitest'
import { runLimits } from '../../../lib/base/limits.ts'
import { granted, RunBench } from './run-bench.ts'

/** Runs with these tokens, one after the other, each over and told. */
function ran(bench: RunBench, tokens: readonly number[]): string[] {
  for (const token of tokens) {
    const run = granted()
    bench.renew()
    bench.hold({ ...run, entry: { ...run.entry, token, run: token, session: bench.session.session } })
    const process = `shop.report.${token}.only.1`
    const { nowMs } = bench
    const exit = { kind: 'code', code: 0 } as const
    bench.happens({ kind: 'child-exited', process, exit, startedAtMs: nowMs, endedAtMs: nowMs })
    bench.settle({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, { kind: 'done' })
  }
  return bench.take().effects.flatMap((effect) => (effect.kind === 'remove-output' ? [effect.process] : []))
}

test('the output of the last runs stays, that of the oldest goes', () => {
  expect(ran(new RunBench(), [1, 2, 3, 4, 5])).toEqual(['shop.report.1.only.1', 'shop.report.2.only.1'])
})

test('what was kept for as long as its job says goes, at the next look', () => {
  const bench = new RunBench()
  bench.keepMs = 3_600_000
  expect(ran(bench, [1])).toEqual([])
  const next = bench.successor(20_000)
  next.keepMs = 3_600_000
  next.keeper.outputs.sweep(10_000 + 3_600_000)
  expect(next.take().effects).toEqual([])
  next.keeper.outputs.sweep(10_000 + 3_600_000 + runLimits.outputSweepEveryMs)
  expect(next.take().effects).toEqual([{ kind: 'remove-output', process: 'shop.report.1.only.1' }])
  next.keeper.outputs.sweep(10_000 + 9_000_000)
  expect(next.take().effects).toEqual([])
})

test('a restarted agent goes on counting where it was', () => {
  const bench = new RunBench()
  expect(ran(bench, [1, 2, 3])).toEqual([])
  expect(ran(bench.successor(20_000), [4])).toEqual(['shop.report.1.only.1'])
})
