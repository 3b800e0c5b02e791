// What a monitoring system reads of this agent, in Prometheus' text format: what the news told since the start, counted,
// and what questions answer at the moment of reading. Names of jobs are no labels: ten thousand of them would be as
// many series.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { FiguresView } from '../../lib/view/figures.ts'
import type { News } from '../../lib/view/news.ts'
import type { StatusView } from '../../lib/view/question.ts'

const latenessBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
/** Runs whose start or end was counted, so that no news of them counts twice. */
const runsRemembered = 10_000

export type Measured = {
  readonly status: StatusView
  readonly figures: FiguresView
  readonly listeners: number
}

export class Metrics {
  readonly #registry = new Registry()
  readonly #lateness = new Histogram({
    name: 'hocket_lateness_seconds',
    help: 'From a slot to the start of its process, in the whole cluster',
    buckets: latenessBounds,
    registers: [this.#registry],
  })
  readonly #ended = this.#counter('hocket_runs_ended_total', 'Runs that ended, and slots that did not run', [
    'state',
  ])
  readonly #won = this.#counter('hocket_claims_won_total', 'Slots that this agent was granted')
  readonly #lost = this.#counter('hocket_claims_lost_total', 'Slots that another node was granted first')
  readonly #refused = this.#counter('hocket_claims_refused_total', 'Claims that were refused, by why', [
    'because',
  ])
  readonly #takeovers = this.#counter(
    'hocket_takeovers_total',
    'Runs and instances of dead nodes that this agent had given up, so that others go on',
  )
  readonly #gauges = new Map<string, Gauge>()
  readonly #counted = new Set<string>()

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
  }

  tell(news: News): void {
    if (news.kind !== 'run') return
    const { id, slot, job, attempt, state, startedAt, latenessMs } = news.run
    const name = `${id ?? `${job} ${slot}`} ${attempt}`
    if (startedAt !== null && latenessMs !== null && this.#isFirst(`${name} start`))
      this.#lateness.observe(Math.max(0, latenessMs) / 1000)
    if (state !== 'running' && this.#isFirst(`${name} ${state}`))
      this.#ended.inc({ state }, news.run.range?.count ?? 1)
  }

  async text(measured: Measured): Promise<string> {
    const { claims } = measured.figures
    this.#count(this.#won, claims.won)
    this.#count(this.#lost, claims.lost)
    this.#count(this.#takeovers, claims.takeovers)
    this.#refused.reset()
    for (const [because, times] of Object.entries(claims.refused)) this.#refused.inc({ because }, times)
    for (const [name, help, value] of gaugesOf(measured)) this.#set(name, help, value)
    const { version, node } = measured.status
    const info = this.#gauge('hocket_info', 'The version', ['version', 'node'])
    info.set({ version, node }, 1)
    const bytes = this.#gauge('hocket_document_bytes', 'On disk, of the documents in memory, by kind', [
      'kind',
    ])
    const count = this.#gauge('hocket_documents_open', 'Documents in memory, by kind', ['kind'])
    for (const gauge of [bytes, count]) gauge.reset()
    for (const sum of measured.figures.documents.open) {
      bytes.set({ kind: sum.kind }, sum.bytes)
      count.set({ kind: sum.kind }, sum.count)
    }
    return this.#registry.metrics()
  }

  close(): void {
    this.#registry.clear()
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    const known = this.#gauges.get(name)
    if (known !== undefined) return known
    const gauge = new Gauge({ name, help, labelNames, registers: [this.#registry] })
    this.#gauges.set(name, gauge)
    return gauge
  }

  /** What is not known has no number: the series is left out. */
  #set(name: string, help: string, value: number | null): void {
    const gauge = this.#gauge(name, help)
    if (value === null) gauge.remove()
    else gauge.set(value)
  }

  /** The core counts; here stands what it says. */
  #count(counter: Counter, total: number): void {
    counter.reset()
    counter.inc(total)
  }

  #isFirst(name: string): boolean {
    if (this.#counted.has(name)) return false
    this.#counted.add(name)
    const [oldest] = this.#counted
    if (this.#counted.size > runsRemembered && oldest !== undefined) this.#counted.delete(oldest)
    return true
  }
}

type Measure = readonly [name: string, help: string, value: number | null]

function gaugesOf({ status, figures, listeners }: Measured): readonly Measure[] {
  const { nodes, witnesses, session } = status
  const { documents, runsFlagged } = figures
  const isReady = status.state === 'ready'
  const reachable = witnesses.members.filter((member) => member.isReachable)
  return [
    ['hocket_ready', 'Whether a majority of the witnesses answers this agent', isReady ? 1 : 0],
    ['hocket_jobs', 'Jobs that are defined', status.jobs],
    ['hocket_runs_held', 'Runs that this agent holds', status.running],
    [
      'hocket_runs_over_expected',
      'Runs that last longer than their jobs expect',
      runsFlagged['over-expected'],
    ],
    ['hocket_runs_stuck', 'Runs that keep the next one waiting', runsFlagged.stuck],
    ['hocket_nodes_known', 'Nodes of the cluster', nodes.known],
    ['hocket_nodes_live', 'Nodes that are there', nodes.live],
    ['hocket_peers_connected', 'Agents that this agent is connected with', figures.peers],
    ['hocket_witnesses', 'Witnesses', witnesses.members.length],
    ['hocket_witnesses_reachable', 'Witnesses that this agent reaches', reachable.length],
    ['hocket_session_valid_seconds', 'How long the session holds', secondsOf(session.validForMs)],
    ['hocket_session_age_seconds', 'How long the session lasts by now', secondsOf(figures.sessionAgeMs)],
    ['hocket_clock_offset_seconds', "This host's clock after the cluster's", secondsOf(status.clockOffsetMs)],
    ['hocket_documents', 'Documents that are known, in memory or not', documents.known],
    ['hocket_documents_behind', 'Documents of which a peer has more than this agent', documents.behind.count],
    ['hocket_sync_lag_seconds', 'For how long the oldest of them does', documents.behind.forMs / 1000],
    ['hocket_complaints', 'What hocket status complains of', status.complaints.length],
    ['hocket_event_listeners', 'Who listens to /api/v1/events', listeners],
  ]
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
