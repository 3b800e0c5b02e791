// Kron's life of an engine and of a server with workers, row by row: on the whole core with its processes played, over
// the register where a row is about a token, and else by the tests of real agents that are named.

import { expect } from 'vitest'
import { nodeId, opId } from '../../../lib/base/ids.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import type { Answer, Change } from '../../../lib/claim/change.ts'
import type { Register } from '../../../lib/claim/register.ts'
import { accountFor, type Account } from '../accounted-rows.ts'
import { claimOf, jobFacts, START } from '../claim/every-second.ts'
import { PlayedAgent } from '../played-agent.ts'
import { looseText, readCases, type Row } from '../schedule/case-files.ts'

const once = (name: string, schedule: string) =>
  `{name: ${name}, schedule: "${schedule}", actions: {a: {command: ${name}}}}`
const file = (...jobs: string[]) => `jobs: [${jobs.join(', ')}]`
/** The core's clock begins here. */
const at = (second: number) => `@at 2026-11-21T10:00:${String(second).padStart(2, '0')}Z`
const states = (agent: PlayedAgent, job: string) => agent.runs(job).map(({ state }) => state)
const jobsOf = (agent: PlayedAgent) => {
  const answer = agent.ask({ kind: 'jobs' })
  return answer.kind === 'jobs' ? answer.jobs : []
}

/** So many one-shots of one instant. */
function allAtOnce(count: number): void {
  const names = Array.from({ length: count }, (_, index) => `job${index}`)
  const agent = new PlayedAgent(file(...names.map((name) => once(name, at(3)))))
  agent.pass(15_000)
  expect(new Set(agent.starts.map(({ command }) => command)).size).toBe(count)
  expect(agent.starts).toHaveLength(count)
  const ended = names.flatMap((name) => states(agent, `shop.${name}`))
  expect(ended).toEqual(names.map(() => 'succeeded'))
}

const data = 'test/agent/store/data-directory.test.ts'
const agents = 'test/cluster/agent.test.ts'
const orphaned = 'a timer is orphaned until its program registers it again'
const calls: Account = { differs: 'an engine inside a program is started and shut down by calls' }
const callbacks = 'callbacks are functions of one program'
const unfinished: Account = {
  file: 'test/agent/store/log-store.test.ts',
  test: 'that a crash left unfinished are cleared away',
}

const survives = (schedule: string) => () => {
  const agent = new PlayedAgent(file(once('tick', schedule))).pass(1_000).restart(200)
  expect(jobsOf(agent)).toMatchObject([{ name: 'shop.tick', isEnabled: true }])
  expect(jobsOf(agent)[0]?.nextSlot).not.toBeNull()
}

const lifecycle: Readonly<Record<string, Account>> = {
  one_shot_timer_runs_and_writes_consistent_run_id: () => {
    const agent = new PlayedAgent(file(once('tick', at(2)))).pass(5_000)
    expect(agent.starts.map(({ process }) => process)).toEqual(['shop.tick.1.a.1'])
    expect(agent.all('shop.tick')).toMatchObject([{ id: 'shop.tick.1', state: 'succeeded' }])
    expect(jobsOf(agent)).toMatchObject([{ nextSlot: null, lastRun: { state: 'succeeded' } }])
  },
  timer_metadata_survives_reopen_as_orphaned_until_function_is_registered: {
    differs: orphaned,
    here: survives('every 60s'),
  },
  crash_before_due_time_recovers_timer_metadata: {
    differs: orphaned,
    here: () => {
      const agent = new PlayedAgent(file(once('tick', at(10)))).pass(1_000).restart(200)
      agent.pass(12_000)
      expect(states(agent, 'shop.tick')).toEqual(['succeeded'])
    },
  },
  double_start_returns_error: { file: data, test: 'is refused within one process too' },
  data_dir_lock_is_exclusive_and_released_on_drop: {
    file: data,
    test: 'takes it over as soon as the first was killed',
  },
  shutdown_stops_future_runs: () => {
    const agent = new PlayedAgent(file(once('tick', at(3)))).pass(1_000).stop().pass(10_000)
    expect(agent.starts).toEqual([])
  },
  shutdown_waits_for_running_job: { file: agents, test: 'is waited for when it drains' },
  shutdown_timeout_when_job_keeps_running: {
    differs: 'shutdown waits for what runs, up to a time-out',
  },
  schedule_after_start_wakes_scheduler: () => {
    const agent = new PlayedAgent(file())
      .pass(2_000)
      .drop(file(once('tick', at(3))))
      .pass(3_000)
    expect(states(agent, 'shop.tick')).toEqual(['succeeded'])
  },
  compaction_writes_snapshot_and_preserves_status_after_reopen: () => {
    const agent = new PlayedAgent(file(once('tick', 'every 1s'))).pass(60_000).restart(100)
    expect(agent.runs('shop.tick').filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(55)
  },
  snapshot_replays_new_aof_tail_after_compaction: () => {
    const early = once('early', 'every 1s')
    const agent = new PlayedAgent(file(early)).pass(60_000).drop(file(early, once('late', 'every 60s')))
    agent.pass(1_000).restart(100)
    expect(jobsOf(agent).map(({ name }) => name)).toEqual(['shop.early', 'shop.late'])
  },
  snapshot_with_old_aof_offset_recovers_after_interrupted_rotation: unfinished,
  stress_many_due_timers_all_execute_once: () => allAtOnce(100),
  'stress_one_thousand_due_timers_all_execute_once (ignored by default)': () => allAtOnce(1_000),
  ipc_tcp_fallback_uses_token_and_rejects_bad_token: {
    file: 'test/agent/api/access.test.ts',
    test: 'are logged with their cause, and limited in rate without holding up who is right',
  },
  ipc_falls_back_to_tcp_when_unix_socket_path_is_too_long: { differs: 'a unix socket, and TCP' },
  test_callback_runs_and_status_is_visible: () => {
    const agent = new PlayedAgent(file(once('tick', 'after 1s'))).pass(4_000)
    expect(jobsOf(agent)).toMatchObject([{ lastRun: { state: 'succeeded', actions: [{ tries: 1 }] } }])
    expect(agent.starts).toHaveLength(1)
  },
  test_callback_can_receive_timer_context: () => {
    const agent = new PlayedAgent(file(once('tick', at(2)))).pass(4_000)
    expect(agent.starts[0]?.environment).toMatchObject({
      HOCKET_JOB: 'shop.tick',
      HOCKET_RUN: '1',
      HOCKET_SLOT: '2026-11-21T10:00:02Z',
    })
  },
  test_double_start_raises_runtime_error: { file: data, test: 'is refused within one process too' },
  test_shutdown_is_noop_when_not_started: calls,
  test_lock_conflict_mentions_socket: {
    file: agents,
    test: 'refuses a second agent on its data directory, and names the first',
  },
  test_cli_reads_history_while_python_runtime_is_active: {
    file: agents,
    test: 'answers the command line that names its data directory',
  },
  test_subprocess_kill_recovers_timer_metadata: { differs: orphaned, here: survives('every 60s') },
  test_async_start_status_list_and_shutdown: calls,
  'process killed while a run is active, reopened': {
    differs: 'what ran when its process was killed is forgotten',
    here: () => {
      const agent = new PlayedAgent(file(once('tick', at(2))), () => ({ ms: 5_000, code: 3 }))
      agent.pass(3_000).restart(500).pass(8_000)
      expect(agent.starts).toHaveLength(1)
      expect(agent.runs('shop.tick')).toMatchObject([{ state: 'failed', why: 'action a exited with 3' }])
    },
  },
  'every=2s in a process that lives 1.2 s, restarted three times': {
    differs: '`every` counts anew from each start of the program',
    here: () => {
      const agent = new PlayedAgent(file(once('tick', 'every 2s')))
      agent.pass(1_200).restart(0).pass(200).restart(0).pass(200).restart(0)
      expect(agent.starts.length).toBeGreaterThanOrEqual(1)
    },
  },
  'history of a timer before and after compaction': {
    differs: 'history is what stands in the log since its last compaction',
    here: () => {
      const agent = new PlayedAgent(file(once('tick', 'every 1s'))).pass(8_500)
      const before = agent.runs('shop.tick').map(({ id }) => id)
      expect(before.length).toBeGreaterThanOrEqual(7)
      expect(
        agent
          .restart(0)
          .runs('shop.tick')
          .map(({ id }) => id),
      ).toEqual(expect.arrayContaining(before))
    },
  },
  'interrupted rotation (as in the author test), then three more timers, then reopen': unfinished,
  'after="24h" re-registered on every application start': {
    differs: '`after` counts anew from each registration',
    here: () => {
      const text = file(once('tick', 'after 4s'))
      const agent = new PlayedAgent(text).pass(1_500).restart(0).drop(text).pass(4_000).restart(0).drop(text)
      agent.pass(8_000)
      expect(agent.starts).toHaveLength(1)
      expect(Math.abs(agent.starts[0]!.atMs - 4_000)).toBeLessThan(500)
    },
  },
  'callback with one defaulted parameter, e.g. def f(dry_run=False)': { differs: callbacks },
  'async def callback': { differs: callbacks },
}

const nameOf = (row: Row) => looseText(row['test']) || looseText(row['scenario'])
accountFor(
  "Kron's life of an engine",
  readCases('kron-cronq/kron-lifecycle.json').cases.map((row) => [nameOf(row), row] as const),
  lifecycle,
)

/** A register with one slot granted to `a`, and what was answered last. */
class Slot {
  value: Register | null = null
  readonly token: number
  readonly #facts = jobFacts({ rerun: { attemptsMax: 3, lockDelayMs: 0 }, overlap: 'queue' })

  constructor() {
    const answer = this.do(claimOf('a', 1), START + 500)
    this.token = answer.kind === 'granted' ? answer.entry.token : 0
  }

  do(change: Change, nowMs: number): Answer {
    const applied = applyChange(this.value, change, { nowMs, facts: this.#facts })
    this.value = applied.value
    return applied.answer
  }

  /** Its session is certified dead. */
  lose(): this {
    const { session } = this.value!.live[0]!
    this.do({ kind: 'lose', token: this.token, session, certifiedForMs: 60_000 }, START + 2_000)
    return this
  }

  /** Another node takes the next attempt. */
  takeAgain(): Answer {
    const { unit, slotMs, startByMs } = this.value!.pending[0]!
    const again = { unit, slot: { slotMs, label: '', startByMs }, opId: opId('b:1') }
    return this.do(claimOf('b', 1, { ...again, node: nodeId('b') }), START + 3_000)
  }

  finish(token: number): Answer {
    return this.do({ kind: 'finish', token, outcome: { kind: 'succeeded' } }, START + 4_000)
  }
}

const stale = { kind: 'refused', because: 'no-such-entry' }
const polls = 'a leader hands runs to workers that poll for them'

const server: Readonly<Record<string, Account>> = {
  test_distributed_client_worker_roundtrip: { differs: polls },
  test_three_node_cluster_replicates_timer_to_followers: {
    file: 'test/cluster/propagation.test.ts',
    test: 'a file that is applied by command on one agent is in force on all',
  },
  test_worker_connected_to_follower_follows_leader_redirect: { differs: polls },
  test_three_node_cluster_elects_new_leader_after_leader_kill: {
    file: 'test/cluster/first-light.test.ts',
    test: 'three agents start every slot once, in time, on all three, whoever is killed',
  },
  test_worker_run_recovers_after_leader_kill_and_lease_expiry: {
    file: 'test/testdata/sim/lost-and-run-again.txt',
    test: 'expect 1 succeeded of x.work',
  },
  test_majority_continues_after_follower_loss: {
    file: 'test/testdata/sim/partitioned-minority.txt',
    test: 'expect every slot of x.tick from 20s to 75s',
  },
  test_stale_completion_rejected_after_lease_expiry: () => {
    const slot = new Slot().lose()
    expect(slot.finish(slot.token)).toMatchObject(stale)
  },
  test_stale_completion_rejected_after_new_worker_succeeds: () => {
    const slot = new Slot().lose()
    const again = slot.takeAgain()
    expect(slot.finish(again.kind === 'granted' ? again.entry.token : 0)).toEqual({ kind: 'done' })
    expect(slot.finish(slot.token)).toMatchObject(stale)
  },
  stale_completion_is_rejected: () => {
    const slot = new Slot()
    expect(slot.finish(slot.token + 1)).toMatchObject(stale)
  },
  expired_worker_requeues_active_run_with_new_fencing_token: () => {
    const slot = new Slot().lose()
    const [pending] = slot.value!.pending
    expect(pending).toMatchObject({ run: slot.token, attempt: 2 })
    expect(slot.takeAgain()).toMatchObject({
      kind: 'granted',
      entry: { run: slot.token, attempt: 2, token: slot.token + 1 },
    })
  },
  'worker reports fail': () => {
    const tries =
      'jobs: [{name: tick, schedule: every 5s, actions: {a: {command: x, retries: 1, retries_delay: 1s}}}]'
    const agent = new PlayedAgent(tries, () => ({ ms: 100, code: 1 })).pass(11_000)
    const [first, second, third] = agent.starts
    expect([first, second, third].map((start) => start?.process)).toEqual([
      'shop.tick.1.a.1',
      'shop.tick.1.a.1-2',
      'shop.tick.2.a.1',
    ])
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(1_000)
  },
  'task longer than the lease (30 s, KRON_WORKER_LEASE_SECONDS)': {
    file: 'test/lib/run/leases.test.ts',
    test: 'lasts longer with each renewal',
  },
  'worker idle for 20 s': { differs: polls },
  'timer created again under the same name': () => {
    const text = file(once('tick', 'every 1s'))
    const agent = new PlayedAgent(text).pass(2_500).drop(file()).pass(1_500)
    const before = agent.starts.length
    agent.drop(text).pass(3_500)
    const tokens = agent.starts.map(({ environment }) => Number(environment['HOCKET_TOKEN']))
    expect(tokens.length).toBeGreaterThan(before)
    expect(tokens).toEqual(tokens.toSorted((left, right) => left - right))
    expect(new Set(tokens).size).toBe(tokens.length)
  },
  'node ids east-1 and west-1': {
    file: 'test/cluster/join.test.ts',
    test: 'an agent with another key is refused at the transport',
  },
}

accountFor(
  "Kron's server and workers",
  readCases('kron-cronq/kron-server-scenarios.json').cases.map((row) => [nameOf(row), row] as const),
  server,
)
