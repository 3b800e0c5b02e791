// What a monitoring system reads of this agent, in Prometheus' text format: what the news told since the start, counted,
// and what a question answers now. Names of jobs are no labels: ten thousand of them would be as many series.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { News } from '../../lib/view/news.ts'
import type { StatusView } from '../../lib/view/question.ts'

const latenessBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const
/** Runs whose start or end was counted, so that no news of them counts twice. */
const runsRemembered = 10_000

type Series = readonly (readonly [labels: string, value: number])[]

export class Metrics {
  readonly #ended = new Map<string, number>()
  readonly #late = latenessBounds.map(() => 0)
  #lateCount = 0
  #lateSum = 0
  #claims = 0
  readonly #counted = new Set<string>()
  readonly #loop = monitorEventLoopDelay({ resolution: 20 })

  constructor() {
    this.#loop.enable()
  }

  tell(news: News): void {
    if (news.kind === 'claim') this.#claims++
    if (news.kind !== 'run') return
    const { id, slot, job, attempt, state, startedAt, latenessMs } = news.run
    const name = `${id ?? `${job} ${slot}`} ${attempt}`
    if (startedAt !== null && latenessMs !== null && this.#isFirst(`${name} start`))
      this.#addLateness(latenessMs / 1000)
    if (state !== 'running' && this.#isFirst(`${name} ${state}`))
      this.#ended.set(state, (this.#ended.get(state) ?? 0) + (news.run.range?.count ?? 1))
  }

  text(status: StatusView, listeners: number): string {
    const { nodes, witnesses, session, clockOffsetMs } = status
    const memory = process.memoryUsage()
    const cpu = process.cpuUsage()
    const gauges: readonly (readonly [name: string, help: string, value: number | null])[] = [
      [
        'hocket_ready',
        'Whether a majority of the witnesses answers this agent',
        status.state === 'ready' ? 1 : 0,
      ],
      ['hocket_jobs', 'Jobs that are defined', status.jobs],
      ['hocket_runs_held', 'Runs that this agent holds', status.running],
      ['hocket_nodes_known', 'Nodes of the cluster', nodes.known],
      ['hocket_nodes_live', 'Nodes that are there', nodes.live],
      ['hocket_witnesses', 'Witnesses', witnesses.members.length],
      [
        'hocket_witnesses_reachable',
        'Witnesses that this agent reaches',
        witnesses.members.filter(({ isReachable }) => isReachable).length,
      ],
      ['hocket_session_valid_seconds', 'How long the session holds', secondsOf(session.validForMs)],
      ['hocket_clock_offset_seconds', "This host's clock after the cluster's", secondsOf(clockOffsetMs)],
      ['hocket_complaints', 'What hocket status complains of', status.complaints.length],
      ['hocket_event_listeners', 'Who listens to /api/v1/events', listeners],
      ['process_resident_memory_bytes', 'Memory of the process', memory.rss],
      ['nodejs_heap_size_used_bytes', 'Used heap', memory.heapUsed],
      [
        'nodejs_eventloop_lag_p99_seconds',
        'Delay of the event loop',
        finite(this.#loop.percentile(99) / 1e9),
      ],
      ['process_start_time_seconds', 'When the process started', Date.now() / 1000 - process.uptime()],
    ]
    return [
      this.#latenessText(),
      family(
        'hocket_runs_ended_total',
        'counter',
        'Runs that ended, and slots that did not run, by state',
        [...this.#ended].map(([state, count]) => [`{state="${state}"}`, count] as const),
      ),
      family('hocket_claims_won_total', 'counter', 'Slots that this agent was granted', [['', this.#claims]]),
      family('process_cpu_seconds_total', 'counter', 'CPU of the process', [
        ['', (cpu.user + cpu.system) / 1e6],
      ]),
      family('hocket_info', 'gauge', 'The version', [
        [
          `{version="${status.version.replaceAll(/["\\\n]/g, '')}",node="${status.node.replaceAll(/["\\\n]/g, '')}"}`,
          1,
        ],
      ]),
      ...gauges.map(([name, help, value]) =>
        value === null ? '' : family(name, 'gauge', help, [['', value]]),
      ),
    ].join('')
  }

  close(): void {
    this.#loop.disable()
  }

  #addLateness(seconds: number): void {
    const late = Math.max(0, seconds)
    this.#lateCount++
    this.#lateSum += late
    for (const [at, bound] of latenessBounds.entries())
      if (late <= bound) this.#late[at] = (this.#late[at] ?? 0) + 1
  }

  #latenessText(): string {
    const name = 'hocket_lateness_seconds'
    const buckets = latenessBounds.map((bound, at) => `${name}_bucket{le="${bound}"} ${this.#late[at]}\n`)
    return `# HELP ${name} From a slot to the start of its process, in the whole cluster\n# TYPE ${name} histogram\n${buckets.join('')}${name}_bucket{le="+Inf"} ${this.#lateCount}\n${name}_sum ${this.#lateSum}\n${name}_count ${this.#lateCount}\n`
  }

  #isFirst(name: string): boolean {
    if (this.#counted.has(name)) return false
    this.#counted.add(name)
    const [oldest] = this.#counted
    if (this.#counted.size > runsRemembered && oldest !== undefined) this.#counted.delete(oldest)
    return true
  }
}

function family(name: string, type: string, help: string, series: Series): string {
  const lines = series.map(([labels, value]) => `${name}${labels} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
