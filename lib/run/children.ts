// The asking for actions that have claims of their own (elsewhere.ts): the register is asked when
// one is ready, again when its node hints that something changed, and from time to time, since
// hints may be lost and a node may die. What is to end is recalled while nobody has it, and
// ordered of whoever has it.

import type { JobName, NodeId } from '../base/ids.ts'
import { runLimits } from '../base/limits.ts'
import type { Answer, Change } from '../claim/change.ts'
import type { EndedAttempt } from '../claim/ended-attempt.ts'
import { childUnit, type ChildOf } from '../claim/register.ts'
import type { Ending } from './action-state.ts'
import { childOf, elsewhereNow, withChildState } from './elsewhere.ts'
import type { HeldRun } from './held-run.ts'
import type { RunMessage } from './message.ts'

export type ChildrenHost = {
  propose(job: JobName, change: Change, isLocal: boolean): void
  send(to: NodeId, message: RunMessage): void
}

type Asked = Change & { readonly kind: 'child' | 'recall' }

export class Children {
  readonly #host: ChildrenHost
  /** When what was asked, on the steady clock. */
  readonly #askedAtMs = new Map<string, number>()

  constructor(host: ChildrenHost) {
    this.#host = host
  }

  /** Asks for each what is due; `isNow`: something changed. */
  ask(run: HeldRun, nowMs: number, isNow = false): void {
    for (const { action, started } of elsewhereNow(run)) {
      const asked = childOf(run, action)
      const isOpen = started.ending !== undefined && started.elsewhere === 'asked'
      const change: Asked = isOpen ? { kind: 'recall', child: asked.child } : asked
      const mark = markOf(run, change)
      const lastMs = this.#askedAtMs.get(mark) ?? -Infinity
      if (!isNow && nowMs - lastMs < runLimits.childAgainMs) continue
      this.#askedAtMs.set(mark, nowMs)
      this.#host.propose(run.job, change, false)
    }
  }

  /** The run is over. */
  forget(run: HeldRun): void {
    const prefix = `${run.job} c${run.entry.token}/`
    for (const mark of this.#askedAtMs.keys()) if (mark.startsWith(prefix)) this.#askedAtMs.delete(mark)
  }

  /** The run after this answer. */
  answered(run: HeldRun, { change, answer }: { change: Asked; answer: Answer }, atMs: number): HeldRun {
    const { child } = change
    if (answer.kind === 'child') return withChildState(run, child, { state: answer.state, atMs })
    if (answer.kind !== 'refused' || answer.because === 'busy') return run
    const attempt: EndedAttempt =
      answer.because === 'gone'
        ? { kind: 'failed-to-start', atMs, reason: 'its job was removed or created anew' }
        : // The run's claim is lost, and with it whatever became of its actions elsewhere.
          { kind: 'unknown', atMs }
    return withChildState(run, child, {
      state: { kind: 'ended', end: { tried: child.tried, attempt } },
      atMs,
    })
  }

  /** Who has the action is told to end it. */
  signal(run: HeldRun, action: string, signal: Ending['signal']): void {
    const found = elsewhereNow(run).find((one) => one.action.name === action)
    const { elsewhere } = found?.started ?? {}
    if (found === undefined || elsewhere === undefined || elsewhere === 'asked') return
    const unit = childUnit(childOf(run, found.action).child)
    const isKill = signal === 'SIGKILL'
    this.#host.send(elsewhere.node, {
      kind: 'order-asked',
      job: run.job,
      token: elsewhere.token,
      isLocal: false,
      order: {
        requestId: `${unit} ${signal}`,
        word: isKill ? 'kill' : 'cancel',
        action: isKill ? action : null,
        user: 'its run',
        useLatest: false,
      },
    })
  }

  /** To the node of the run that an action of ours belongs to: it is worth a look at the register. */
  hint(job: JobName, { node, token }: ChildOf): void {
    this.#host.send(node, { kind: 'child-changed', job, token })
  }
}

function markOf({ job }: HeldRun, { kind, child }: Asked): string {
  return `${job} ${childUnit(child)} ${kind}`
}
