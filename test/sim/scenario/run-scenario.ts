// Simulates a scenario under all checkers, and says which of its expectations did not come true.

import { formatInstant } from '../../../lib/schedule/calendar.ts'
import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import type { Message } from '../../../lib/message.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import type { Judge } from '../checkers/judge.ts'
import { startedRun } from '../checkers/one-start.ts'
import { applyFault } from '../plan/apply-fault.ts'
import { simulate } from '../simulation.ts'
import type { Core } from '../world/agent.ts'
import type { Evidence } from '../world/processes.ts'
import type { World } from '../world/world.ts'
import type { Expectation, Scenario, Trigger } from './scenario.ts'

/** Sentences; empty when all came as expected. */
export function runScenario(
  scenario: Scenario,
  options: { readonly core: Core; readonly write?: (line: string) => void },
): readonly string[] {
  const evidence: Evidence[] = []
  let runs: readonly RunView[] = []
  const seen: { elapsedMs: (atMs: number) => number } = { elapsedMs: (atMs) => atMs }
  const { violation } = simulate(scenario.plan, {
    ...options,
    attend: (world, judge) => {
      seen.elapsedMs = (atMs) => atMs - world.plan.startMs
      world.observers.on('process-started', (started) => evidence.push(started.evidence))
      for (const trigger of scenario.triggers) watch(world, trigger)
      readLedger(judge, (views) => (runs = views))
    },
  })
  if (violation !== null) return [`${violation.statement} after ${violation.atMs} ms: ${violation.text}`]
  const history = {
    runs,
    evidence: evidence.map((one) => ({
      ...startedRun(one),
      host: one.host,
      atMs: seen.elapsedMs(one.startMs),
    })),
  }
  return scenario.expectations.flatMap(({ line, expectation }) => {
    const fault = faultOf(expectation, history, scenario.plan.startMs)
    return fault === null ? [] : [`${line}: ${fault}`]
  })
}

function readLedger(judge: Judge, take: (runs: readonly RunView[]) => void): void {
  judge.atEnd((ask) => {
    const answer = [
      ...ask({ kind: 'runs', job: null, state: null, node: null, limit: 1_000_000 }).values(),
    ][0]
    if (answer?.kind === 'runs') take(answer.runs)
  })
}

/** Lets the fault happen in the moment in which what it waits for happens, once. */
function watch(world: World, trigger: Trigger): void {
  let isOver = false
  const happened = (node: NodeId, what: string) => {
    if (isOver || world.elapsedMs < trigger.afterMs || !what.startsWith(trigger.pattern)) return
    if (trigger.node !== null && trigger.node !== node) return
    isOver = true
    applyFault(world, { ...trigger.fault(node), atMs: world.elapsedMs }, 'now')
  }
  const { observers } = world
  switch (trigger.what) {
    case 'spawns':
      return observers.on('spawn-asked', ({ node, spawn }) => happened(node, spawn.process))
    case 'starts':
      return observers.on('process-started', ({ evidence }) =>
        happened(nodeId(evidence.host), evidence.process),
      )
    case 'sends':
      return observers.on('sent', ({ from, message }) => happened(from, messageText(message)))
    case 'receives':
      return observers.on('received', ({ to, message }) => happened(to, messageText(message)))
    case 'writes':
      return observers.on('synced', ({ node, effects }) => {
        for (const effect of effects)
          if (effect.kind === 'persist' && effect.log === 'journal')
            for (const [, key] of effect.lines.matchAll(/"k":"([^"]*)"/g)) happened(node, key!)
      })
  }
}

/** The kind; of votes also in which phase: `votes-given/accept`. */
function messageText(message: Message): string {
  if (message.kind !== 'votes-asked' && message.kind !== 'votes-given') return message.kind
  return `${message.kind}/${message.accepts.length > 0 ? 'accept' : 'prepare'}`
}

type History = {
  readonly runs: readonly RunView[]
  readonly evidence: readonly {
    readonly job: string
    readonly slot: string
    readonly host: string
    readonly atMs: number
  }[]
}

/** What the ledger tells of a slot: how its runs ended, or why there is none. */
function toldOf(slot: string, job: string, runs: readonly RunView[]): string[] {
  const atMs = Date.parse(slot)
  return runs
    .filter((run) => run.job === job)
    .flatMap(({ range, state, why, slot: last }) => {
      if (range === null) return Date.parse(last) === atMs ? state : []
      return Date.parse(range.from) <= atMs && atMs <= Date.parse(last) ? why : []
    })
}

/** What is wrong; null when it came as expected. */
function faultOf(expectation: Expectation, { runs, evidence }: History, startMs: number): string | null {
  switch (expectation.kind) {
    case 'every-slot': {
      const { job, fromMs, untilMs } = expectation
      const started = new Set(evidence.filter((one) => one.job === job).map((one) => one.slot))
      const missing: string[] = []
      for (let atMs = fromMs; atMs <= untilMs; atMs += 1_000)
        if (!started.has(formatInstant(startMs + atMs))) missing.push(`${atMs / 1_000}s`)
      return missing.length === 0 ? null : `the slots at ${missing.join(' ')} never started`
    }
    case 'no-start': {
      const { job, node, fromMs, untilMs } = expectation
      const one = evidence.find(
        (start) =>
          start.job === job &&
          (node === null || start.host === node) &&
          start.atMs >= fromMs &&
          start.atMs <= untilMs,
      )
      return one === undefined
        ? null
        : `${one.host} started slot ${one.slot} after ${Math.round(one.atMs)} ms`
    }
    case 'slots': {
      const faults = expectation.slotsMs.flatMap((atMs) => {
        const slot = formatInstant(startMs + atMs)
        const told = toldOf(slot, expectation.job, runs)
        const starts = evidence.filter((one) => one.job === expectation.job && one.slot === slot).length
        const wanted = expectation.told === 'succeeded' ? 1 : 0
        const isSo = told.length === 1 && told[0] === expectation.told && starts === wanted
        return isSo
          ? []
          : [`slot ${atMs / 1_000}s is ${told.join(' and ') || 'not told'}, with ${starts} starts`]
      })
      return faults.length === 0 ? null : faults.join('; ')
    }
    case 'count': {
      const { job, state, least, most } = expectation
      const count = runs.filter(
        (run) => run.job === job && ((run.range === null && run.state === state) || run.why === state),
      ).length
      return count >= least && count <= most ? null : `there are ${count}`
    }
  }
}
