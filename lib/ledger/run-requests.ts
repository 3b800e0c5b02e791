// Requests about runs by hand, on whatever agent they come in: what is for a register goes to
// the vote from here, what is for a run that is held goes to its holder, again and again until
// it answers. The answer says what happened, and a refusal says why. Whoever asks twice with
// one id is one request: registers and held runs remember the ids, and all who asked hear
// the answer.

import type { JobName, NodeId } from '../base/ids.ts'
import { runLimits } from '../base/limits.ts'
import { nearestName } from '../base/problem.ts'
import type { Pause } from '../catalog/cluster-pause.ts'
import type { Answer, Change } from '../claim/change.ts'
import type { ClaimClock } from '../claim/claim-host.ts'
import type { CommandOutcome } from '../claim/node-commands.ts'
import type { Order } from '../claim/register.ts'
import { isLocalJob, type ScheduledJob } from '../claim/scheduled-job.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { runKey, type OrderAnswer } from '../run/held-run.ts'
import type { OrderAsked, RunMessage } from '../run/message.ts'
import type { RunOrder } from '../run/run-order.ts'
import { refusalOfVariables } from './given-variables.ts'
import { keptStates } from './kept-states.ts'
import { refusalOfLost, type WhereItRan } from './lost-run.ts'
import type { Ledger } from './ledger.ts'
import type { RunCommand } from './run-command.ts'
import { runNamed, type NamedRun } from './run-named.ts'

export type RunRequestsHost = {
  readonly self: NodeId
  readonly ledger: Ledger
  findJob(name: string): ScheduledJob | undefined
  jobNames(): Iterable<string>
  nameOf(node: NodeId): string
  isConnected(node: NodeId): boolean
  isRemoved(node: NodeId): boolean
  /** Those that may run this job. */
  eligible(job: ScheduledJob): readonly NodeId[]
  hasMajority(nowMs: number): boolean
  /** Of the whole cluster; null while it goes on. */
  pause(): Pause | null
  propose(key: string, change: Change, isLocal: boolean): void
  order(key: string, order: RunOrder, clock: ClaimClock): OrderAnswer | null
  /** An action of a run held here that has a claim of its own began or ended. */
  childChanged(job: JobName, token: number, clock: ClaimClock): void
  send(to: NodeId, message: RunMessage): void
  answer(askId: number, outcome: CommandOutcome): void
}

type Waiting = {
  readonly askIds: readonly number[]
  /** What is asked for: one id is not to be two requests. */
  readonly what: string
  readonly untilMs: number
  /** What is sent until it is answered; null for what the vote answers. */
  readonly sent: { readonly to: NodeId; readonly message: OrderAsked } | null
}

export class RunRequests {
  readonly #host: RunRequestsHost
  readonly #waiting = new Map<string, Waiting>()

  constructor(host: RunRequestsHost) {
    this.#host = host
  }

  /** Answers now or later, within a bounded time. */
  carryOut(
    command: RunCommand,
    from: { readonly askId: number; readonly user: string },
    clock: ClaimClock,
  ): void {
    const outcome = this.#begin(command, from, clock)
    if (outcome !== null) this.#host.answer(from.askId, outcome)
  }

  onMessage(from: NodeId, message: RunMessage, clock: ClaimClock): void {
    switch (message.kind) {
      case 'order-asked': {
        const { order } = message
        const answer = this.#host.order(runKey(message), order, clock)
        return this.#host.send(from, { kind: 'order-answered', requestId: order.requestId, answer })
      }
      case 'child-changed':
        return this.#host.childChanged(message.job, message.token, clock)
      case 'order-answered':
        return this.#onAnswered(from, message.requestId, message.answer)
      case 'local-run-asked': {
        const job = this.#host.findJob(message.job)
        if (job !== undefined && isLocalJob(job)) this.#request(job, message.order, message.atMs)
        return
      }
    }
  }

  /** A register's answer to a request of ours. */
  onSettled(key: string, change: Change, answer: Answer): void {
    if (change.kind === 'drop') {
      const count = answer.kind === 'dropped' ? answer.count : 0
      const what = count === 0 ? 'nothing of it waits' : `${count} that waited will not be run`
      return this.#end(`drop ${key}`, { kind: 'done', what: `job "${key}": ${what}` })
    }
    if (change.kind === 'request')
      this.#end(change.order.requestId, this.#requestOutcome(key, change.order, answer))
  }

  /** Each second: sends on, and gives up. */
  onTick(nowMs: number): void {
    for (const [id, { untilMs, sent }] of this.#waiting)
      if (nowMs >= untilMs) this.#end(id, this.#silence(sent))
      else if (sent !== null) this.#host.send(sent.to, sent.message)
  }

  #begin(
    command: RunCommand,
    from: { readonly askId: number; readonly user: string },
    clock: ClaimClock,
  ): CommandOutcome | null {
    const asker: Asker = { ...from, clock, what: JSON.stringify([command, from.user]) }
    if (this.#waiting.size >= runLimits.ordersWaiting)
      return refused(`${runLimits.ordersWaiting} requests wait for their answers`, 'try again in a second')
    switch (command.kind) {
      case 'start-job': {
        const job = this.#host.findJob(command.job)
        if (job === undefined) return this.#noJob(command.job)
        const bad = refusalOfVariables(command.variables, job.definition.commandContext)
        return bad === null
          ? this.#start(job, orderOf(command, from.user), asker)
          : refused(bad.why, bad.hint)
      }
      case 'rerun': {
        const named = this.#named(command.run)
        if (named === null) return this.#noRun(command.run)
        const job = this.#host.findJob(named.record.job)
        if (job === undefined) return this.#noJob(named.record.job)
        const { slotMs: forSlotMs, variables = {} } = named.record
        return this.#start(job, orderOf({ ...command, forSlotMs, variables }, from.user), asker)
      }
      case 'drop-waiting': {
        const job = this.#host.findJob(command.job)
        if (job === undefined) return this.#noJob(command.job)
        if (!this.#host.hasMajority(clock.nowMs)) return noMajority()
        const id = `drop ${job.name}`
        const refusal = this.#wait(id, { ...asker, what: id }, null)
        if (refusal === null) this.#host.propose(job.name, { kind: 'drop' }, false)
        return refusal
      }
      case 'publish-event':
      case 'discard-event':
        return this.#tellEvent(command, from.user, clock)
      case 'order-run': {
        const named = this.#named(command.run)
        if (named === null) return this.#noRun(command.run)
        return named.record.state === 'running'
          ? this.#orderHeld(command, named, asker)
          : this.#goOn(command, named, asker)
      }
    }
  }

  #tellEvent(
    { kind, event }: RunCommand & { kind: 'publish-event' | 'discard-event' },
    user: string,
    clock: ClaimClock,
  ): CommandOutcome {
    const state = kind === 'publish-event' ? 'published' : 'discarded'
    const isNews = this.#host.ledger.recordEvent(
      { id: event, state, by: user },
      clock.clusterMs ?? clock.wallMs,
    )
    if (isNews) return { kind: 'done', what: `event "${event}" is ${state}` }
    const before = state === 'published' ? 'was published before' : 'is not published'
    return { kind: 'done', what: `event "${event}" ${before}, as far as is known here: nothing changes` }
  }

  #start(job: ScheduledJob, order: Order, asker: Asker): CommandOutcome | null {
    const atMs = asker.clock.clusterMs ?? asker.clock.wallMs
    const pause = this.#host.pause()
    if (pause !== null && !order.isForced) return paused(pause)
    if (isLocalJob(job)) return this.#startEverywhere(job, order, atMs)
    if (!this.#host.hasMajority(asker.clock.nowMs)) return noMajority()
    const refusal = this.#wait(order.requestId, asker, null)
    if (refusal === null) this.#request(job, order, atMs)
    return refusal
  }

  #request(job: ScheduledJob, order: Order, atMs: number): void {
    const { name, incarnation } = job
    this.#host.propose(name, { kind: 'request', order, atMs, incarnation }, isLocalJob(job))
  }

  #startEverywhere(job: ScheduledJob, order: Order, atMs: number): CommandOutcome {
    const nodes = this.#host
      .eligible(job)
      .filter((node) => node === this.#host.self || this.#host.isConnected(node))
    if (nodes.length === 0) return refused('no node that may run it can be reached', 'hocket nodes')
    for (const node of nodes) this.#host.send(node, { kind: 'local-run-asked', job: job.name, atMs, order })
    const names = nodes.map((node) => this.#host.nameOf(node)).join(', ')
    return { kind: 'done', what: `job "${job.name}" is asked to run on ${names}` }
  }

  /** Whoever holds the run decides; it may be this agent. */
  #orderHeld(
    command: RunCommand & { kind: 'order-run' },
    named: NamedRun,
    asker: Asker,
  ): CommandOutcome | null {
    const { record, action } = named
    const { requestId, word, useLatest } = command
    const { job, token, isLocal, node } = record
    const order: RunOrder = { requestId, word, action, user: asker.user, useLatest }
    if (node !== this.#host.self && !this.#host.isConnected(node))
      return refused(
        `the run is on node "${this.#host.nameOf(node)}", which cannot be reached`,
        'when its session ends there, the run is shown as lost',
      )
    const message: OrderAsked = { kind: 'order-asked', job, token, isLocal, order }
    const refusal = this.#wait(requestId, asker, { to: node, message })
    if (refusal === null) this.#host.send(node, message)
    return refusal
  }

  /** The run is over: what is asked of it is one more attempt that keeps what need not be done again. */
  #goOn(command: RunCommand & { kind: 'order-run' }, named: NamedRun, asker: Asker): CommandOutcome | null {
    const { record, action } = named
    const job = this.#host.findJob(record.job)
    if (job === undefined) return this.#noJob(record.job)
    if (record.isLocal)
      return refused(
        'the run is over, and its job runs on each node by itself',
        'hocket rerun begins a new run',
      )
    const lost = refusalOfLost(record, command.word, { job, node: this.#whereItRan(record.node) })
    if (lost !== null) return refused(lost.why, lost.hint)
    const kept = keptStates(record, { word: command.word, action, definition: job.definition })
    if ('why' in kept) return refused(kept.why, kept.hint)
    const order: Order = {
      requestId: command.requestId,
      user: asker.user,
      forSlotMs: record.slotMs,
      isForced: false,
      variables: record.variables ?? {},
      resume: { run: record.run, attempt: record.attempt + 1, actions: kept.actions },
    }
    return this.#start(job, order, asker)
  }

  #named(run: string): NamedRun | null {
    const host = this.#host
    return runNamed(run, {
      ledger: host.ledger,
      nameOf: (node) => host.nameOf(node),
      isAway: (node) => node !== host.self && !host.isConnected(node),
    })
  }

  #whereItRan(node: NodeId): WhereItRan {
    const host = this.#host
    return {
      name: host.nameOf(node),
      isConnected: host.isConnected(node),
      isRemoved: host.isRemoved(node),
    }
  }

  #requestOutcome(key: string, order: Order, answer: Answer): CommandOutcome {
    const what =
      order.resume === null
        ? `asked for one run of "${key}"`
        : `asked run "${key}.${order.resume.run}" to go on`
    switch (answer.kind) {
      case 'pending': {
        const before = answer.behind.map(({ run, node }) => `run ${run} on node "${this.#host.nameOf(node)}"`)
        const waits = before.length === 0 ? '' : `; it waits for ${before.join(', ')}`
        return { kind: 'done', what: `${what}${waits}` }
      }
      case 'repeated':
        return {
          kind: 'done',
          what: `${what} before: it is one request`,
          requestId: answer.requestId,
        }
      case 'refused':
        return refusalOf(answer, (node) => this.#host.nameOf(node))
      default:
        return refused(`the register answered ${answer.kind}`, '')
    }
  }

  /** An answer of another node than that which was asked is none. */
  #onAnswered(from: NodeId, requestId: string, answer: OrderAnswer | null): void {
    if (this.#waiting.get(requestId)?.sent?.to !== from) return
    const gone = `node "${this.#host.nameOf(from)}" does not hold the run any more`
    this.#end(requestId, answer ?? refused(gone, 'hocket runs shows where it is, or how it ended'))
  }

  /** Null, or why the request cannot wait for its answer. */
  #wait(id: string, { askId, clock, what }: Asker, sent: Waiting['sent']): Refused | null {
    const known = this.#waiting.get(id)
    if (known !== undefined && known.what !== what)
      return refused(
        `request "${id}" is being carried out, and asks for something else`,
        'ask with an id of its own',
      )
    const askIds = [...(known?.askIds ?? []), askId]
    if (askIds.length > runLimits.ordersWaiting) return refused(`request "${id}" is asked too often`, '')
    this.#waiting.set(id, { askIds, what, untilMs: clock.nowMs + runLimits.orderWaitMs, sent })
    return null
  }

  #end(id: string, outcome: CommandOutcome): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    for (const askId of waiting.askIds) this.#host.answer(askId, outcome)
  }

  #silence(sent: Waiting['sent']): CommandOutcome {
    const who =
      sent === null ? 'the vote has not ended' : `node "${this.#host.nameOf(sent.to)}" has not answered`
    return refused(
      `${who} so far, and it is not known here whether it was done`,
      'ask again with the same request id: it is not done twice',
    )
  }

  #noRun(name: string): CommandOutcome {
    const nearest = this.#host.findJob(name) === undefined ? null : `${name}.-1`
    return { kind: 'not-found', what: `run "${name}"`, nearest }
  }

  #noJob(name: string): CommandOutcome {
    return {
      kind: 'not-found',
      what: `job "${name}"`,
      nearest: nearestName(name, [...this.#host.jobNames()]),
    }
  }
}

type Asker = {
  readonly askId: number
  readonly user: string
  readonly clock: ClaimClock
  readonly what: string
}

function orderOf(
  asked: Pick<Order, 'requestId' | 'forSlotMs' | 'isForced' | 'variables'>,
  user: string,
): Order {
  const { requestId, forSlotMs, isForced, variables } = asked
  return { requestId, user, forSlotMs, isForced, variables, resume: null }
}

function refusalOf(answer: Answer & { kind: 'refused' }, nameOf: (node: NodeId) => string): CommandOutcome {
  switch (answer.because) {
    case 'busy': {
      const [holder] = answer.holders
      if (holder === undefined)
        return refused('there is no room for it beside what waits already', 'hocket cancel JOB gives that up')
      const where = `run ${holder.run} is on node "${nameOf(holder.node)}" since slot ${formatInstant(holder.slotMs)}`
      return refused(
        `its overlap policy forbids a second run: ${where}`,
        '--force starts it beside, where the job is not exclusive',
      )
    }
    case 'gone':
      return refused('the job was removed or created anew', 'hocket jobs')
    case 'stale-request':
      return refused(
        `this request is older than ${answer.newestDropped}, the last that is forgotten`,
        'ask anew',
      )
    default:
      return refused(`the register refused it: ${answer.because}`, '')
  }
}

type Refused = CommandOutcome & { kind: 'refused' }

function refused(why: string, hint: string): Refused {
  return { kind: 'refused', why, hint }
}

function paused({ by, sinceMs }: Pause): CommandOutcome {
  return refused(
    `the cluster is paused, by ${by} since ${formatInstant(sinceMs)}`,
    'hocket resume lets it go on; hocket start --force and hocket rerun --force start one run all the same',
  )
}

function noMajority(): CommandOutcome {
  return refused(
    'no majority of the witnesses answers, and nothing is started',
    'hocket status says which are missing',
  )
}
