// One simulated cluster from its beginning to its end: the plan is set up, the judge watches, time runs, and at the
// end every agent is asked what it knows.

import { automergeDocuments } from '../../lib/catalog/automerge-document.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import type { Answer, Question } from '../../lib/view/question.ts'
import { Judge, type Violation } from './checkers/judge.ts'
import { LogHash, logEvents } from './event-log.ts'
import { applyFault } from './plan/apply-fault.ts'
import type { Plan } from './plan/plan.ts'
import { standInDocuments } from './stand-in-document.ts'
import type { Core } from './world/agent.ts'
import { Observers } from './world/observation.ts'
import { World } from './world/world.ts'

export type SimulationOptions = {
  readonly core: Core
  /** Called with each line of the event log. */
  readonly write?: (line: string) => void
  readonly isHashed?: boolean
  /** Whoever wants to watch, or to meddle, before it begins. */
  readonly attend?: (world: World, judge: Judge) => void
}

export type SimulationResult = {
  /** Null when all statements held; the first that broke ends the simulation. */
  readonly violation: Violation | null
  readonly elapsedMs: number
  readonly actions: number
  readonly starts: number
  /** Of the whole event log; empty when nobody asked for it. */
  readonly hash: string
}

const restMaxMs = 120_000
/** A piece of gossip that was lost is missed within seconds, and asked for again. */
const repairMs = 15_000

export function simulate(plan: Plan, options: SimulationOptions): SimulationResult {
  const observers = new Observers()
  const documents = plan.documents === 'automerge' ? automergeDocuments : standInDocuments({ isSized: false })
  const world = new World(plan, { core: options.core, documents, observers })
  const elapsedMs = () => world.elapsedMs
  const hash = new LogHash()
  if (options.isHashed) logEvents(observers, { elapsedMs, isFull: true, write: (line) => hash.add(line) })
  if (options.write) logEvents(observers, { elapsedMs, isFull: false, write: options.write })
  let starts = 0
  observers.on('process-started', () => {
    starts++
  })
  const judge = new Judge(world, plan)
  options.attend?.(world, judge)
  world.begin()
  for (const fault of plan.faults) applyFault(world, fault)
  for (const drop of plan.drops)
    world.at(drop.atMs, () => world.host(drop.node).drop(drop.fileName, drop.text))
  for (const [no, { atMs, node, command }] of plan.requests.entries())
    world.at(atMs, () => world.host(node).agent?.command(no, command))
  world.runUntil(plan.endMs - repairMs)
  const wasAtRest = judge.isAtRest()
  world.runUntil(plan.endMs)
  // What is still being caught up may take its time, and everyone is to hear how the last of it ended.
  if (!wasAtRest || !judge.isAtRest()) {
    while (judge.violation === null && !judge.isAtRest() && world.elapsedMs < plan.endMs + restMaxMs)
      world.runUntil(world.elapsedMs + 2_000)
    world.runUntil(world.elapsedMs + repairMs)
  }
  if (judge.violation === null) judge.end((question) => askAll(world, question))
  return {
    violation: judge.violation,
    elapsedMs: world.elapsedMs,
    actions: world.timeline.actions,
    starts,
    hash: options.isHashed ? hash.value : '',
  }
}

/** What each running agent answers; the order law may let an answer wait for a sync. */
function askAll(world: World, question: Question): Map<NodeId, Answer> {
  const answers = new Map<NodeId, Answer>()
  for (const [node, host] of world.hosts) host.agent?.ask(question, (answer) => answers.set(node, answer))
  world.runUntil(world.elapsedMs + 1_000)
  return answers
}
