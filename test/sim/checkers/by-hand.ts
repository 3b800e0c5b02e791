// Requests by hand, by the word of registers, ledger and processes. R1: each is carried out once, however often and at
// whatever agents it is asked. R2: each is answered by an agent that lives on. R3: what was answered as asked for is a
// run in the ledger, or a decision that says why it is none. R4: what waits for an event starts once that is published,
// and not before.

import type { NodeId } from '../../../lib/base/ids.ts'
import { unitOfRun, wholeUnit, type Decision, type Register } from '../../../lib/claim/register.ts'
import type { Answer } from '../../../lib/view/question.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { linked, triggerTimeoutMs } from '../plan/hand-workload.ts'
import type { Evidence } from '../world/processes.ts'
import type { Judge } from './judge.ts'
import { startedRun } from './one-start.ts'

/** An answer may take as long as a vote may, and a stop of its host. */
const answerWithinMs = 20_000
/** After the last fault. */
const healingMs = 60_000
/** News of an event, a look at it, and a process. */
const triggerSlackMs = 5_000

export function checkByHand(judge: Judge): void {
  if (judge.plan.requests.length === 0) return
  checkOnce(judge)
  checkAnswered(judge)
  checkTriggered(judge)
}

function checkOnce(judge: Judge): void {
  const units = new Map<string, string>()
  const notRun: { readonly job: string; readonly decision: Decision & { kind: 'not-run' } }[] = []
  const slots: { readonly requestId: string; readonly job: string; readonly slotMs: number }[] = []
  // What only one witness had accepted may be over in the first value that is chosen after it.
  judge.history.onAccepted(({ key, value }) => {
    for (const { requestId, slotMs } of requestsIn(value)) slots.push({ requestId, job: key, slotMs })
  })
  judge.history.onChosen(({ key, value }) => {
    for (const { requestId, unit: asked } of requestsIn(value)) {
      const unit = `${key} ${asked}`
      const known = units.get(requestId) ?? unit
      units.set(requestId, known)
      if (known !== unit) judge.violated('R1', `request ${requestId} is ${known} and ${unit}`)
    }
    for (const decision of value.untold) if (decision.kind === 'not-run') notRun.push({ job: key, decision })
  })
  const accepted = new Set<string>()
  judge.observers.on('hand-answered', ({ command, answer }) => {
    if (!('requestId' in command) || answer.kind !== 'done') return
    if (answer.what.startsWith('asked for one run of')) accepted.add(command.requestId)
  })
  judge.atEnd((ask) => {
    const runs = runsOf(ask({ kind: 'runs', job: null, state: null, node: null, limit: 1_000_000 }))
    const shown = new Set(runs.map(({ requestId }) => requestId))
    // What only a machine that is gone had written down nobody can show.
    const isForgotten = [...judge.world.hosts.keys()].some((node) => judge.isForgetful(node))
    for (const requestId of isForgotten ? [] : accepted) {
      const isDecided = slots.some(
        (asked) =>
          asked.requestId === requestId &&
          notRun.some(
            ({ job, decision: { fromMs, toMs } }) =>
              job === asked.job && fromMs <= asked.slotMs && asked.slotMs <= toMs,
          ),
      )
      if (!shown.has(requestId) && !isDecided)
        judge.violated('R3', `request ${requestId} was accepted, and nothing tells what became of it`)
    }
  })
}

function requestsIn({ live, pending }: Register): { requestId: string; unit: string; slotMs: number }[] {
  return [...live, ...pending].flatMap((entry) =>
    entry.order === undefined || entry.child !== undefined
      ? []
      : { requestId: entry.order.requestId, unit: wholeUnit(unitOfRun(entry)), slotMs: entry.slotMs },
  )
}

function checkAnswered(judge: Judge): void {
  const open = new Map<number, { readonly node: NodeId; readonly what: string; readonly atMs: number }>()
  judge.observers.on('hand-asked', ({ no, node, command }) => {
    open.set(no, { node, what: JSON.stringify(command), atMs: judge.nowMs })
  })
  judge.observers.on('hand-answered', ({ no }) => open.delete(no))
  // Whoever asked an agent that died asks another one.
  judge.observers.on('agent-ended', ({ node }) => {
    for (const [no, asked] of open) if (asked.node === node) open.delete(no)
  })
  judge.atEnd(() => {
    for (const { node, what, atMs } of open.values())
      if (judge.nowMs - atMs > answerWithinMs) judge.violated('R2', `${node} has never answered ${what}`)
  })
}

function checkTriggered(judge: Judge): void {
  const ups: Evidence[] = []
  const downs: Evidence[] = []
  judge.observers.on('process-started', ({ evidence }) => {
    const { job } = startedRun(evidence)
    if (job === linked.up) ups.push(evidence)
    if (job === linked.down) downs.push(evidence)
  })
  const publishedMs = (slot: string) =>
    Math.min(
      ...ups
        .filter(
          (one) =>
            eventOf(startedRun(one).slot) === eventOf(slot) &&
            one.exit?.kind === 'code' &&
            one.exit.code === 0,
        )
        .map(({ endMs }) => endMs ?? Infinity),
    )
  judge.observers.on('process-started', ({ evidence }) => {
    const { job, slot } = startedRun(evidence)
    if (job === linked.down && publishedMs(slot) > evidence.startMs)
      judge.violated('R4', `${linked.down} started for slot ${slot} before ${linked.up} had succeeded`)
  })
  judge.atEnd((ask) => {
    const runs = runsOf(ask({ kind: 'runs', job: linked.down, state: null, node: null, limit: 1_000_000 }))
    const fromMs = judge.world.plan.startMs + judge.plan.healedAtMs + healingMs
    for (const { id, slot, requestId } of runs) {
      const slotMs = Date.parse(slot)
      if (id === null || requestId !== null || slotMs < fromMs) continue
      const isInTime = publishedMs(slot) < slotMs + triggerTimeoutMs - triggerSlackMs
      const hasStarted = downs.some((one) => startedRun(one).slot === slot)
      if (isInTime && !hasStarted && judge.plan.spawnFailChance === 0)
        judge.violated('R4', `${id} never started, although ${linked.up} had succeeded for slot ${slot}`)
    }
  })
}

/** The event's name has the second of the slot; a run by hand may be of the same one. */
function eventOf(slot: string): number {
  return Math.floor(Date.parse(slot) / 1_000)
}

function runsOf(answers: ReadonlyMap<NodeId, Answer>): readonly RunView[] {
  const [answer] = answers.values()
  return answer?.kind === 'runs' ? answer.runs : []
}
