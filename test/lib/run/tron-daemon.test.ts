// Tron's tests of the whole daemon, its runs of one job and its events, row by row: the configs are dropped as they are
// on the whole core, and what was typed there is asked for here.

import { expect } from 'vitest'
import { TriggerEvents } from '../../../lib/ledger/trigger-events.ts'
import { nodeId } from '../../../lib/base/ids.ts'
import { accountFor, type Account } from '../accounted-rows.ts'
import { parsed } from '../definition/parsed.ts'
import { PlayedAgent, type Plays } from '../played-agent.ts'
import { looseText, readCases, textOf, type Row } from '../schedule/case-files.ts'

/** As a shell would: sleeping, and failing at words that are no command. */
const shell: Plays = (command) => {
  const sleep = /sleep ([\d.]+)/.exec(command)
  const code = /failplz|failingcommand/.test(command) ? 127 : command.includes('&& false') ? 1 : 0
  return { ms: sleep === null ? 100 : Number(sleep[1]) * 1_000, code }
}
const daemonOf = (row: Row) => new PlayedAgent(textOf(row['config']), shell)
const restarted = 'what ran when its daemon was restarted is unknown'
const edited: Account = { differs: 'a service whose definition changed is stopped and disabled' }

const daemon: Readonly<Record<string, Account>> = {
  'JobEndToEndTestCase.test_job_queueing_false_with_overlap': {
    differs: 'a run that overlap forbids is made, and cancelled with all its actions',
    here: (row) => {
      const agent = daemonOf(row).pass(2_500)
      expect(agent.runs('shop.cancel_overlap')).toMatchObject([{ state: 'running' }])
      expect(agent.all('shop.cancel_overlap')[0]).toMatchObject({ state: 'skipped', why: 'skipped-overlap' })
    },
  },
  'JobEndToEndTestCase.test_cancel_schedules_a_new_run': (row) => {
    const agent = daemonOf(row).pass(1_000)
    agent.startByHand('shop.a_job')
    agent.order({ kind: 'order-run', requestId: '2', run: 'shop.a_job.1', word: 'cancel', useLatest: false })
    expect(agent.ask({ kind: 'jobs' })).toMatchObject({ jobs: [{ nextSlot: '2026-11-22T05:00:00Z' }] })
  },
  'JobEndToEndTestCase.test_cleanup_on_failure': (row) => {
    const agent = daemonOf(row).pass(10_000)
    const runs = agent.runs('shop.failjob').filter(({ state }) => state === 'failed')
    expect(agent.statesOf(runs.at(-1))).toEqual({ failaction: 'failed', cleanup: 'succeeded' })
    expect(runs.length).toBeGreaterThan(1)
  },
  'JobEndToEndTestCase.test_skip_failed_actions': (row) => {
    const agent = daemonOf(row).pass(3_000)
    const first = agent.runs('shop.multi_step_job').at(-1)!
    expect(agent.statesOf(first)).toMatchObject({ broken: 'failed' })
    const run = `${first.id!}/broken`
    agent.order({ kind: 'order-run', requestId: '1', run, word: 'skip', useLatest: false })
    agent.pass(5_000)
    const found = agent.ask({ kind: 'run', run: first.id! })
    const again = found.kind === 'run' ? found.found.run : undefined
    expect([again?.state, agent.statesOf(again)]).toEqual([
      'succeeded',
      { broken: 'skipped', works: 'succeeded' },
    ])
  },
  'JobEndToEndTestCase.test_failure_on_multi_step_job_doesnt_wedge_tron': (row) => {
    const agent = daemonOf(row).pass(20_000)
    const states = agent.runs('shop.random_failure_job').map(({ state }) => state)
    expect(states.length).toBeGreaterThanOrEqual(4)
    expect(states.slice(-3)).toEqual(['failed', 'failed', 'failed'])
  },
  'JobEndToEndTestCase.test_trond_restart_job_with_run_history': {
    differs: restarted,
    here: (row) => {
      const agent = daemonOf(row).pass(3_000).restart(1_000)
      expect(agent.runs('shop.fast_job').map(({ state }) => state)).toEqual(['running'])
      agent.pass(25_000)
      expect(agent.runs('shop.fast_job').at(-1)?.state).toBe('succeeded')
      expect(agent.runs('shop.fast_job')[0]?.state).toBe('running')
    },
  },
  'JobEndToEndTestCase.test_trond_restart_job_running_with_dependencies': {
    differs: restarted,
    here: (row) => {
      const agent = daemonOf(row).pass(1_000)
      agent.startByHand('shop.complex_job')
      agent.pass(2_000).restart(1_000)
      expect(agent.statesOf(agent.runs('shop.complex_job')[0])).toEqual({
        first_act: 'running',
        following_act: 'waiting',
        last_act: 'waiting',
      })
      agent.pass(25_000)
      expect(agent.starts).toHaveLength(3)
      expect(agent.runs('shop.complex_job')[0]?.state).toBe('succeeded')
    },
  },
  'TrondEndToEndTestCase.test_end_to_end_basic': (row) => {
    const agent = daemonOf(row).pass(1_000)
    agent.startByHand('shop.echo_job')
    const [run] = agent.pass(3_000).runs('shop.echo_job')
    expect([run?.state, agent.statesOf(run)]).toEqual([
      'failed',
      { echo_action: 'succeeded', another_echo_action: 'failed', cleanup: 'succeeded' },
    ])
    expect(agent.starts.map(({ command }) => command)).toEqual([
      "echo 'Echo!'",
      "echo 'Today is 2026-11-21, which is the same as 2026-11-21' && false",
      "echo 'at last'",
    ])
  },
  'ServiceEndToEndTestCase.test_service_reconfigure': edited,
  'ServiceEndToEndTestCase.test_service_failed_restart': {
    file: 'test/lib/service/supervisor.test.ts',
    test: 'that leaves no process behind has failed after its interval, and is tried again',
  },
  'TrondEndToEndTestCase.test_node_reconfig': edited,
}
accountFor(
  "Tron's tests of the whole daemon",
  readCases('tron/end-to-end.json').cases.map((row) => [textOf(row['name']), row] as const),
  daemon,
)

/** So many runs by hand of a job, each with this code; the last ones run on. */
function runsOf(endings: readonly (number | null)[], more = ''): PlayedAgent {
  let next = 0
  const text = `jobs: [{name: one, overlap: allow${more}, actions: {a: {command: "{runid} {last_success#unixtime}"}}}]`
  const agent = new PlayedAgent(text, () => {
    const code = endings[next++]
    return { ms: code === null ? 600_000 : 100, code: code ?? 0 }
  }).pass(1_000)
  for (const _ of endings) agent.pass(1_000).startByHand('shop.one')
  return agent.pass(1_000)
}

const numbers = "a run's number is its index, from 0"
const idOf = (agent: PlayedAgent, index: string) => {
  const answer = agent.ask({ kind: 'run', run: `shop.one.${index}` })
  return answer.kind === 'run' ? answer.found.run.id : null
}

const collection: Readonly<Record<string, Account>> = {
  test_get_run_by_index: {
    differs: numbers,
    here: () => {
      const agent = runsOf([0, 0, null, null, null])
      expect(['-1', '-2', '-5', '-6', 'HEAD'].map((index) => idOf(agent, index))).toEqual([
        'shop.one.5',
        'shop.one.4',
        'shop.one.1',
        null,
        'shop.one.5',
      ])
    },
  },
  test_get_active: () => {
    const active = runsOf([0, 0, null, null])
      .runs('shop.one')
      .filter(({ state }) => state === 'running')
    expect(active.map(({ id }) => id)).toEqual(['shop.one.4', 'shop.one.3'])
  },
  test_pending: () => {
    const text = 'jobs: [{name: one, schedule: every 1h, overlap: queue, actions: {a: {command: x}}}]'
    const agent = new PlayedAgent(text, () => ({ ms: 600_000, code: 0 })).pass(1_000)
    agent.startByHand('shop.one')
    expect(agent.startByHand('shop.one')).toBe(
      'asked for one run of "shop.one"; it waits for run 1 on node "alpha"',
    )
    expect(agent.ask({ kind: 'jobs' })).toMatchObject({ jobs: [{ nextSlot: '2026-11-21T11:00:00Z' }] })
    expect(agent.starts).toHaveLength(1)
  },
  test_get_first_queued: () => {
    const text = 'jobs: [{name: one, overlap: queue, actions: {a: {command: "{shortdate}"}}}]'
    const agent = new PlayedAgent(text, () => ({ ms: 1_000, code: 0 })).pass(1_000)
    const days = ['2026-11-03', '2026-11-01', '2026-11-02']
    for (const day of days) agent.startByHand('shop.one', Date.parse(day))
    expect(agent.pass(10_000).starts.map(({ command }) => command)).toEqual(days)
  },
  test_get_next_run_num: {
    differs: numbers,
    here: () => expect(idOf(runsOf([0, 0, 0]), '-1')).toBe('shop.one.3'),
  },
  test_get_next_run_num_first: {
    differs: numbers,
    here: () => expect(idOf(runsOf([0]), '-1')).toBe('shop.one.1'),
  },
  test_remove_old_runs: () => {
    const agent = runsOf([0, 0, null], ', run_limit: 1').pass(15 * 60_000)
    expect(agent.runs('shop.one').map(({ id }) => id)).toEqual(['shop.one.3'])
  },
  test_remove_pending: () => {
    const text = 'jobs: [{name: one, overlap: queue, actions: {a: {command: x}}}]'
    const agent = new PlayedAgent(text, () => ({ ms: 5_000, code: 0 })).pass(1_000)
    for (let count = 0; count < 3; count++) agent.startByHand('shop.one')
    expect(agent.order({ kind: 'drop-waiting', requestId: '9', job: 'shop.one' })).toBe(
      'job "shop.one": 2 that waited will not be run',
    )
    expect(agent.pass(20_000).starts).toHaveLength(1)
  },
  test_get_newest_exclude_manual: () => {
    const text = 'jobs: [{name: one, schedule: every 10s, actions: {a: {command: x}}}]'
    const agent = new PlayedAgent(text).pass(13_000)
    const next = agent.ask({ kind: 'jobs' })
    agent.startByHand('shop.one')
    expect(agent.ask({ kind: 'jobs' })).toMatchObject({
      jobs: [{ nextSlot: next.kind === 'jobs' ? next.jobs[0]?.nextSlot : '' }],
    })
    expect(agent.pass(10_000).starts).toHaveLength(3)
  },
  test_last_success: () => {
    const agent = runsOf([0, 0, 1, 1])
    const slots = agent.runs('shop.one').map(({ slot }) => String(Math.floor(Date.parse(slot) / 1_000)))
    // The fourth is told the slot of the second, the last that had succeeded.
    expect(agent.starts[3]!.command).toBe(`shop.one.4 ${slots.at(-2)!}`)
  },
  test__str__: { differs: 'a collection of runs prints itself into logs' },
}
const testOf = (row: Row) =>
  looseText((row['source'] as Row)['test'])
    .split('.')
    .at(-1)!
accountFor(
  "Tron's runs of one job",
  readCases('tron/run-collection.json').cases.map((row) => [testOf(row), row] as const),
  collection,
)

const triggers: Readonly<Record<string, Account>> = {
  test_sync_notify: (row) => {
    const subscribers = Object.entries(row['subscribers'] as Record<string, string[]>)
    const notified = (id: string) => {
      const events = new TriggerEvents()
      events.add({ kind: 'event', id, state: 'published', atMs: 1, by: '', writer: nodeId('a') })
      return subscribers.flatMap(([key, methods]) => (events.isPublished(key) ? methods : [])).length
    }
    const wanted = row['notifications'] as Record<string, number>
    expect(Object.keys(wanted).map((id) => [id, notified(id)])).toEqual(Object.entries(wanted))
  },
  test_sync_publish_duplicate: () => {
    const events = new TriggerEvents()
    const event = {
      kind: 'event',
      id: 'e',
      state: 'published',
      atMs: 1,
      by: '',
      writer: nodeId('a'),
    } as const
    expect([events.add(event), events.add(event)]).toEqual([true, false])
  },
  test_sync_publish_replace: { differs: 'an event published again with another content notifies again' },
  test_sync_process_save_log: { differs: 'events are saved once a minute, or after a hundred' },
  'TestEventsController.test_publish': () => {
    const agent = new PlayedAgent('jobs: []').pass(1_000)
    const publish = (requestId: string) =>
      agent.order({ kind: 'publish-event', requestId, event: 'shop.load.a.shortdate.2026-11-21' })
    expect(publish('1')).toContain('is published')
    expect(publish('2')).toContain('was published before, as far as is known here: nothing changes')
  },
  'TestJobGraph.test_job_graph_missing_dependency': {
    differs: 'an event that nobody publishes is an error of the graph',
    here: () => {
      const { problems, notes } = parsed(
        'jobs: [{name: a, actions: {x: {command: y, triggered_by: ["shop.b.c.shortdate.{shortdate}"]}}}]',
      )
      expect([problems, notes.length]).toEqual([[], 1])
    },
  },
  'TestJobGraph.test_get_action_graph_for_job': { differs: 'a graph goes across jobs' },
}
accountFor(
  "Tron's events",
  readCases('tron/triggers.json').cases.map((row) => [textOf(row['test']), row] as const),
  triggers,
)
