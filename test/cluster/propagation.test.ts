// How definitions reach everybody, on real agents: by command and by file, stale files, edits under running jobs.
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ConfigChangeView } from '../../lib/view/config-change-view.ts'
import type { CategoryView, JobView, RevisionView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let home: AgentHome
let alpha: AgentProcess
let beta: AgentProcess
let gamma: AgentProcess

/** Three agents that vote, for all tests; each test has categories of its own. */
beforeAll(async () => {
  home = new AgentHome()
  alpha = home.start('alpha', { words: ['--witnesses', '3'] })
  await alpha.ready()
  const { out } = await hocket(['join-token', '--data-dir', alpha.dataDirectory])
  beta = home.start('beta', { words: ['--join', out.trim()] })
  gamma = home.start('gamma', { words: ['--join', out.trim()] })
  for (const agent of [alpha, beta, gamma])
    await until(`${agent.name} to be ready`, async () => {
      await agent.ready()
      const { state, nodes } = await agent.get<StatusView>('status')
      return state === 'ready' && nodes.live === 3
    })
})

afterAll(async () => home.close())

const by = async (agent: AgentProcess, ...words: string[]) =>
  hocket([...words, '--data-dir', agent.dataDirectory], { cwd: home.directory })

const jobsOf = async (agent: AgentProcess) =>
  (await agent.get<{ jobs: readonly JobView[] }>('jobs')).jobs.map(({ name }) => name)

const categoryOf = async (agent: AgentProcess, name: string) =>
  (await agent.get<{ categories: readonly CategoryView[] }>('config')).categories.find(
    ({ category }) => category === name,
  )

/** As a program would that has the token; sooner than a process of the command line. */
async function put(agent: AgentProcess, name: string, text: string): Promise<ConfigChangeView> {
  const { http } = await agent.ready()
  const token = fs.readFileSync(`${agent.dataDirectory}/token`, 'utf8').trim()
  const response = await fetch(`${http}/api/v1/config/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/yaml' },
    body: text,
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as ConfigChangeView
}

const job = (schedule: string, command = 'true', more = '') =>
  `jobs:\n  tick:\n    schedule: "${schedule}"\n    ${more}\n    actions:\n      x:\n        command: '${command}'\n`

test('a file that is applied by command on one agent is in force on all, under the name of who did it', async () => {
  fs.writeFileSync(home.at('shop.yaml'), job('every 1h'))
  const tried = await by(beta, 'config', 'apply', '--dry-run', 'shop.yaml')
  expect(tried.out).toMatch(/^shop: 1 created \(only tried, nothing is done\)\n\+ shop\.tick\n {4}next /)
  expect(await jobsOf(beta)).toEqual([])
  const applied = await by(beta, 'config', 'apply', 'shop.yaml')
  expect(applied).toMatchObject({ code: 0, err: '' })
  expect(applied.out).toMatch(/^shop: 1 created \(revision 1\)\n/)
  await until('the job everywhere', async () => (await jobsOf(alpha)).join() === 'shop.tick')
  const history = await by(alpha, 'config', 'history', 'shop', '--json')
  const { revisions } = JSON.parse(history.out) as { revisions: readonly RevisionView[] }
  expect(revisions).toMatchObject([{ node: 'beta', fileName: 'shop.yaml', isCurrent: true }])
  expect(revisions[0]?.user).toBeTruthy()
  const disabled = await by(alpha, 'disable', 'shop.tick')
  expect(disabled.out).toBe('job "shop.tick" is disabled\n')
  await until('it to be disabled everywhere', async () => (await by(beta, 'jobs')).out.includes('disabled'))
  expect((await by(beta, 'config', 'delete', 'shop')).code).toBe(0)
  await until('it to be gone everywhere', async () => (await jobsOf(alpha)).length === 0)
  expect((await by(alpha, 'config', 'rollback', 'shop')).code).toBe(0)
  await until('it to be back everywhere', async () => (await jobsOf(beta)).join() === 'shop.tick')
  expect((await by(beta, 'config', 'delete', 'shop')).code).toBe(0)
})

test('an old file that lies there at a start is not applied, and says how to apply it on purpose', async () => {
  const alone = home.start('alone')
  alone.drop('shop.yaml', job('every 1h', 'echo one'))
  await until('the first', async () => (await categoryOf(alone, 'shop'))?.state === 'applied')
  alone.drop('shop.yaml', job('every 1h', 'echo two'))
  await until('the second', async () => (await categoryOf(alone, 'shop'))?.revision.startsWith('2:') === true)
  await alone.stop()
  alone.drop('shop.yaml', job('every 1h', 'echo one'))
  const back = home.start('alone')
  await until('the stale file to be seen', async () => (await categoryOf(back, 'shop'))?.state === 'stale')
  expect((await by(back, 'config', 'get', 'shop')).out).toContain('echo two')
  const shown = await by(back, 'config', 'status')
  expect(shown.code).toBe(1)
  const [, command = ''] = /to apply it on purpose: hocket (.*)$/m.exec(shown.out) ?? []
  expect(command).toBe(`config apply ${back.configDirectory}/shop.yaml`)
  expect(await by(back, ...command.split(' '))).toMatchObject({ code: 0, err: '' })
  expect((await by(back, 'config', 'get', 'shop')).out).toContain('echo one')
  expect((await by(back, 'config', 'status')).code).toBe(0)
  await back.stop()
})

// Both wait for the clock: side by side, each with a category of its own.
describe.concurrent('under edits from all sides', () => {
  const everyMs = 1000

  /** The instants at which commands ran, each as often as it did. */
  const evidence = (category: string) => {
    const file = home.at(`evidence-${category}`)
    return (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((slot) => Date.parse(slot))
      .sort((left, right) => left - right)
  }
  /** Each round on another agent; from claim to start, at another phase of the second each time. */
  const edit = async (category: string, rounds: number, scheduleOf: (round: number) => string) => {
    for (let round = 0; round <= rounds; round++) {
      const command = `echo $HOCKET_SLOT >> ${home.at(`evidence-${category}`)}`
      // Where a run may not overlap the one before, a late one would excuse the next for not running.
      const more = `overlap: allow\n    summary: round ${round}`
      await put([alpha, beta, gamma][round % 3]!, category, job(scheduleOf(round), command, more))
      if (round === 0) await until('the first runs', () => evidence(category).length > 2)
      await new Promise((resolve) => setTimeout(resolve, 730))
    }
  }
  /** What ran up to a few slots after the last edit; a slot that is given back may start a few seconds late. */
  const settled = async (category: string) => {
    const last = Math.max(...evidence(category))
    const isLater = () => Math.max(...evidence(category)) >= last + 10 * everyMs
    await until('runs after the last edit', isLater)
    return evidence(category).filter((slot) => slot <= last + 4 * everyMs)
  }
  const decided = async (agent: AgentProcess, category: string) =>
    (await agent.get<{ runs: readonly RunView[] }>(`runs?job=${category}.tick&limit=1000`)).runs.filter(
      ({ range }) => range !== null,
    )

  test('no slot of a job runs twice, and none is left out', async () => {
    await edit('edited', 12, () => 'every 1s')
    const slots = await settled('edited')
    const expected = Array.from(
      { length: (slots.at(-1)! - slots[0]!) / everyMs + 1 },
      (_, i) => slots[0]! + i * everyMs,
    )
    expect(slots).toEqual(expected)
    expect(await decided(alpha, 'edited')).toEqual([])
    expect((await by(gamma, 'config', 'delete', 'edited')).code).toBe(0)
  })

  test('of its schedule no slot runs twice, and what the change passed over is recorded', async () => {
    const schedules = ['every 1s', 'cron * * * * * *']
    await edit('moved', 9, (round) => schedules[round % 2]!)
    const slots = await settled('moved')
    expect(slots.filter((slot, i) => slot === slots[i - 1])).toEqual([])
    const missing: number[] = []
    for (let slot = slots[0]!; slot < slots.at(-1)!; slot += everyMs)
      if (!slots.includes(slot)) missing.push(slot)
    await until('a record of each slot that did not run', async () => {
      const records = await decided(beta, 'moved')
      return missing.every((slot) =>
        records.some(({ range, slot: to }) => Date.parse(range!.from) <= slot && slot <= Date.parse(to)),
      )
    })
    expect((await by(gamma, 'config', 'delete', 'moved')).code).toBe(0)
  })
})

test('a file of 20,000 jobs is applied by command and reaches three agents', async () => {
  const agents = [alpha, beta, gamma]
  const jobs = Array.from(
    { length: 20_000 },
    (_, i) =>
      `  job-${i}:\n    schedule: "cron ${i % 60} ${i % 24} * * *"\n    actions: { run: { command: "echo ${i} of {shortdate}" } }\n`,
  )
  fs.writeFileSync(home.at('many.yaml'), `jobs:\n${jobs.join('')}`)
  const begunMs = performance.now()
  const applied = await by(beta, 'config', 'apply', 'many.yaml')
  expect(applied).toMatchObject({ code: 0, err: '' })
  expect(applied.out).toMatch(/^many: 20000 created \(revision 1\)\n/)
  const appliedMs = performance.now()
  // On a busy machine an agent that reads so much may answer late.
  const counts = async () =>
    Promise.all(
      agents.map(async (agent) =>
        agent.get<StatusView>('status').then(
          ({ jobs: count }) => count,
          () => null,
        ),
      ),
    )
  await until('all jobs everywhere', async () => (await counts()).every((count) => count === 20_000), 120_000)
  const everywhereMs = performance.now()
  console.log(
    `20,000 jobs: applied in ${Math.round(appliedMs - begunMs)} ms, on three agents after ${Math.round(everywhereMs - begunMs)} ms`,
  )
})
