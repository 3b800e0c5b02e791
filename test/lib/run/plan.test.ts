// What a granted run is going to do: commands rendered once, from the slot and never from the clock.

import { expect, test } from 'vitest'
import { assert } from '../../../lib/base/assert.ts'
import { environmentOf } from '../../../lib/run/environment.ts'
import { grantedChild, grantedRun, latestPlan } from '../../../lib/run/plan.ts'
import { jobNamed, TEN } from '../claim/job-named.ts'
import { entry, RunBench } from './run-bench.ts'

const facts = { name: 'alpha', hostname: 'alpha.example', lastSuccessMs: TEN - 3_600_000 }
const at10 = { ...entry(), slotMs: TEN, unit: `s${TEN}` }
const commandOf = (command: string) =>
  grantedRun(jobNamed({ actions: { a: { command } } }), at10, facts).plan[0]!

test.each([
  ['echo {shortdate-1}', 'echo 2026-11-20'],
  ['echo %(ymdh)s on {node}', 'echo 2026-11-21T10 on alpha.example'],
  ['echo {last_success#ymdh} {attempt} {token}', `echo 2026-11-21T09 1 ${at10.token}`],
  ['awk "{{print $1}}"', 'awk "{print $1}"'],
])('%s becomes %s', (command, text) => {
  expect(commandOf(command)).toMatchObject({ command: text, fault: null })
})

test('env, cwd and stdin are rendered as the command is, and what has its default is left out', () => {
  const action = {
    command: 'true',
    user: 'www-data',
    shell: '/bin/bash',
    cwd: '/srv/{shortdate}',
    stdin: '{node}',
    env: { DAY: '{ymd}', JOB: '{name}' },
    success_exit_codes: [0, 3],
  }
  const [full] = grantedRun(jobNamed({ actions: { a: action } }), at10, facts).plan
  expect(full).toEqual({
    name: 'a',
    requires: [],
    command: 'true',
    user: 'www-data',
    shell: '/bin/bash',
    cwd: '/srv/2026-11-21',
    stdin: 'alpha.example',
    env: { DAY: '2026-11-21', JOB: 'shop.report' },
    successExitCodes: [0, 3],
    fault: null,
  })
  expect(commandOf('true')).toEqual({ name: 'a', requires: [], command: 'true', fault: null })
})

test('a request is rendered like a command, and started as one', () => {
  const http = {
    url: 'http://{node}/refresh?day={shortdate}',
    method: 'POST',
    headers: { 'x-token': '{token}' },
    body: '{{"job":"{name}"}}',
    expect_status: [200, 204],
    ca_file: '/etc/ssl/ours.pem',
  }
  const run = grantedRun(jobNamed({ actions: { a: { http } } }), at10, facts)
  const rendered = {
    url: 'http://alpha.example/refresh?day=2026-11-21',
    method: 'POST',
    headers: { 'x-token': String(at10.token) },
    body: '{"job":"shop.report"}',
    expectStatus: [200, 204],
    caFile: '/etc/ssl/ours.pem',
  }
  expect(run.plan).toMatchObject([{ command: '', http: rendered, fault: null }])
  const bench = new RunBench()
  bench.renew()
  bench.hold({ ...run, entry: entry(), startAtMs: entry().slotMs, isLeased: false })
  expect(bench.take().effects).toMatchObject([{ kind: 'spawn', http: rendered, lease: null }])
  // An agent that comes back knows that there is no process to look for.
  expect(bench.successor(20_000).take().effects).toMatchObject([{ kind: 'adopt', isRequest: true }])
})

test('what came of a request stands in place of an exit code', () => {
  const bench = new RunBench()
  bench.renew()
  const run = grantedRun(jobNamed({ actions: { a: { http: { url: 'http://x' } } } }), at10, facts)
  bench.hold({ ...run, entry: entry(), startAtMs: entry().slotMs, isLeased: false })
  const [spawn] = bench.take().effects
  assert(spawn?.kind === 'spawn', 'it is started')
  const said = 'answered 503 Service Unavailable, expected 200 to 299'
  const times = { startedAtMs: TEN, endedAtMs: TEN + 1 }
  bench.happens({
    kind: 'child-exited',
    process: spawn.process,
    exit: { kind: 'code', code: 1 },
    said,
    ...times,
  })
  expect(bench.take().changes).toMatchObject([
    { kind: 'finish', outcome: { kind: 'failed', why: `action a ${said}` } },
  ])
})

test('the environment tells the run in our words and in those of Tron, whatever the definition says of them', () => {
  const env = { PATH: '/opt/bin', LEVEL: '3', HOCKET_TOKEN: '999', TRON_ACTION: 'x' }
  const run = grantedRun(jobNamed({ actions: { a: { command: 'true', env } } }), at10, facts)
  const held = { ...run, actions: {}, phase: 'running', outcome: null } as const
  expect(environmentOf(held, run.plan[0]!, 'alpha')).toMatchObject({
    PATH: '/opt/bin',
    LEVEL: '3',
    HOCKET_TOKEN: String(at10.token),
    TRON_JOB_NAMESPACE: 'shop',
    TRON_JOB_NAME: 'report',
    TRON_RUN_NUM: String(at10.run),
    TRON_ACTION: 'a',
  })
})

test('a command that cannot be rendered fails its action, and nothing is spawned', () => {
  const bench = new RunBench()
  bench.renew()
  const fault = 'Cannot render "{x}"'
  const run = grantedRun(jobNamed(), entry(), facts)
  bench.hold({ ...run, isLeased: false, plan: run.plan.map((action) => ({ ...action, fault })) })
  const { effects, changes } = bench.take()
  expect(effects).toEqual([])
  expect(changes).toMatchObject([
    { kind: 'finish', outcome: { kind: 'failed', why: expect.stringContaining(fault) as string } },
  ])
})

test('an action elsewhere is carried out by the definition that its run was claimed with', () => {
  const older = jobNamed({ actions: { a: { command: 'echo {attempt} old', env: { X: '1' } } } })
  const job = { ...jobNamed({ actions: { b: { command: 'echo new' } } }), revision: '2:a:y' }
  const child = { token: 7, unit: at10.unit, node: at10.node, action: 'a', tried: 2, on: null }
  const definitions = new Map([
    ['1:a:x', older.definition],
    [job.revision, job.definition],
  ])
  const planOf = (revision: string | undefined) => {
    const elsewhere = { ...at10, child: { ...child, ...(revision !== undefined && { revision }) } }
    return grantedChild(job, elsewhere, { facts, definitionAt: (name) => definitions.get(name) }).plan
  }
  expect(planOf('1:a:x')).toMatchObject([{ name: 'a', command: 'echo 2 old', env: { X: '1' }, fault: null }])
  expect(planOf('2:a:y')).toMatchObject([{ fault: 'its job has no such action any more' }])
  expect(planOf('0:a:w')).toMatchObject([{ fault: 'revision 0:a:w of its job is not kept any more' }])
  // Asked for by an agent of an older version.
  expect(planOf(undefined)).toMatchObject([{ fault: 'its job has no such action any more' }])
})

test('what is tried again with the newest definition says which that is', () => {
  const run = { ...grantedRun(jobNamed({ actions: { a: { command: 'old' } } }), at10, facts) }
  const held = { ...run, actions: {}, phase: 'running', outcome: null } as const
  const job = { ...jobNamed({ actions: { a: { command: 'new' } } }), revision: '2:a:y' }
  expect(latestPlan(job, held, { action: 'a', facts })).toMatchObject({ command: 'new', revision: '2:a:y' })
  expect(latestPlan({ ...job, revision: run.revision }, held, { action: 'a', facts })).not.toHaveProperty(
    'revision',
  )
})
