// One agent as a real process: what it says and answers, what it leaves running, and that it refuses clearly.
import fs from 'node:fs'
import net from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CategoryView, JobView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** One job, one action. */
const job = (name: string, schedule: string, command: string, more = '') => `
jobs:
  ${name}:
    schedule: ${schedule}
    ${more}
    actions:
      only:
        command: ${command}
`

async function runsOf(agent: AgentProcess, query = ''): Promise<readonly RunView[]> {
  return (await agent.get<{ runs: readonly RunView[] }>(`runs${query}`)).runs
}

describe('an agent that runs', () => {
  let home: AgentHome
  let agent: AgentProcess

  beforeAll(async () => {
    home = new AgentHome()
    agent = home.start('alpha', { words: ['--label', 'disk=ssd'] })
    agent.drop(
      'hello.yaml',
      job('tick', 'every 1s', 'echo "$HOCKET_JOB $HOCKET_SLOT $HOCKET_NODE" >> "$EVIDENCE"').replace(
        '"$EVIDENCE"',
        home.at('evidence'),
      ),
    )
    await agent.ready()
  })

  afterAll(async () => home.close())

  const jobNames = async () =>
    (await agent.get<{ jobs: readonly JobView[] }>('jobs')).jobs.map(({ name }) => name)

  test('founded a cluster by itself and says so', async () => {
    expect((await agent.ready()).how).toBe('founded')
    const status = await agent.get<StatusView>('status')
    expect(status).toMatchObject({ node: 'alpha', witnesses: { wanted: 1 }, nodes: { known: 1, live: 1 } })
  })

  test('has run a dropped job within five seconds', async () => {
    await until('a run', async () => (await runsOf(agent, '?state=succeeded')).length > 0)
    const [run] = await runsOf(agent, '?state=succeeded')
    expect(run).toMatchObject({ job: 'hello.tick', node: 'alpha', attempt: 1 })
    expect(fs.readFileSync(home.at('evidence'), 'utf8')).toMatch(
      /^hello\.tick \d{4}-\d\d-\d\dT[\d:.]+Z alpha$/m,
    )
    // The best of three: other tests run beside this one.
    const tookMs: number[] = []
    for (const name of ['first', 'second', 'third']) {
      const droppedAtMs = performance.now()
      agent.drop(`${name}.yaml`, job('tick', 'every 1s', `touch ${home.at(name)}`))
      await until(`the ${name} file to be there`, () => fs.existsSync(home.at(name)))
      tookMs.push(performance.now() - droppedAtMs)
      fs.rmSync(`${agent.configDirectory}/${name}.yaml`)
      await until(`the ${name} job to be gone`, async () => (await jobNames()).join() === 'hello.tick')
      if (Math.min(...tookMs) < 5000) break
    }
    expect(Math.min(...tookMs)).toBeLessThan(5000)
  })

  test('answers the command line that names its data directory', async () => {
    const where = ['--data-dir', agent.dataDirectory]
    for (const [words, expected] of [
      [['status'], /^node +alpha\nstate +ready$/m],
      [['jobs'], /^hello\.tick +every 1s .*alpha/m],
      [['runs'], /^hello\.tick\.\d+ .*succeeded +alpha/m],
      [['nodes'], /^alpha \* +live +yes .*disk=ssd/m],
      [['config', 'status'], /^hello +applied +1 +0 +alpha \(hello\.yaml\)/m],
      [['jobs', 'hello.tick'], /action +only: echo/],
    ] as const) {
      const { code, out, err } = await hocket([...words, ...where])
      expect({ words, code, err }).toEqual({ words, code: 0, err: '' })
      expect(out).toMatch(expected)
    }
    const { out } = await hocket(['status', '--json', ...where])
    expect((JSON.parse(out) as StatusView).node).toBe('alpha')
  })

  test('is found in .hocket of the working directory and of the home', async () => {
    fs.mkdirSync(home.at('elsewhere'), { recursive: true })
    fs.symlinkSync(agent.dataDirectory, home.at('elsewhere/.hocket'))
    expect((await hocket(['status'], { cwd: home.at('elsewhere') })).out).toContain('alpha')
    expect((await hocket(['status'], { environment: { HOME: home.at('elsewhere') } })).out).toContain('alpha')
    expect(
      (await hocket(['status'], { environment: { HOCKET_DATA_DIR: agent.dataDirectory } })).out,
    ).toContain('alpha')
  })

  test('keeps its secrets from other users', () => {
    expect(fs.statSync(agent.dataDirectory).mode & 0o077).toBe(0)
    for (const name of ['token', 'identity', 'cluster.json']) {
      expect(fs.statSync(`${agent.dataDirectory}/${name}`).mode & 0o077).toBe(0)
    }
  })

  test('refuses a second agent on its data directory, and names the first', async () => {
    const second = home.start('alpha')
    expect(await second.ended).toMatchObject({ code: 1 })
    expect(second.errors).toBe(
      `hocket: Cannot open data directory "${agent.dataDirectory}": the agent with pid ${agent.pid} has it, expected one agent for each data directory\n`,
    )
    expect(agent.isRunning).toBe(true)
  })

  test('tells of a broken config file where it is broken, changes nothing, and applies it when it is mended', async () => {
    agent.drop('bad.yaml', 'jobs:\n  a:\n    schedul: every 1s\n    actions: {x: {command: "true"}}\n')
    await until('the complaint', () => agent.messages().some((text) => text.startsWith('bad.yaml:3:5: ')))
    const { categories } = await agent.get<{ categories: readonly CategoryView[] }>('config')
    const bad = categories.find(({ category }) => category === 'bad')
    expect(bad).toMatchObject({ state: 'refused', jobs: 0 })
    expect(bad?.problems[0]).toMatchObject({ file: 'bad.yaml', line: 3, column: 5 })
    const shown = await hocket(['config', 'status', '--data-dir', agent.dataDirectory])
    expect(shown.code).toBe(1)
    expect(shown.out).toMatch(/^! bad\.yaml:3:5: .*schedul.*schedule/m)
    const names = (await agent.get<{ jobs: readonly JobView[] }>('jobs')).jobs.map(({ name }) => name)
    expect(names).toEqual(['hello.tick'])
    agent.drop('bad.yaml', job('a', 'every 1h', '"true"'))
    await until(
      'the mended file',
      async () => (await hocket(['config', 'status', '--data-dir', agent.dataDirectory])).code === 0,
    )
  })

  test('deletes the jobs of a file that is removed', async () => {
    agent.drop('gone.yaml', job('a', 'every 1h', '"true"'))
    const names = async () =>
      (await agent.get<{ jobs: readonly JobView[] }>('jobs')).jobs.map(({ name }) => name)
    await until('the job', async () => (await names()).includes('gone.a'))
    fs.unlinkSync(`${agent.configDirectory}/gone.yaml`)
    await until('the job to go', async () => !(await names()).includes('gone.a'))
    expect(await names()).toContain('hello.tick')
  })

  test('stops with exit code 0 when it is asked to', async () => {
    expect(await agent.stop()).toEqual({ code: 0, signal: null })
    expect(agent.messages().slice(-2)).toEqual(['stopping: what runs goes on', 'stopped'])
    const { code, err } = await hocket(['status', '--data-dir', agent.dataDirectory])
    expect(code).toBe(1)
    expect(err).toMatch(
      /^hocket: Cannot find a running agent: .* \(start it with: hocket agent --data-dir .*\)\n$/,
    )
  })
})

describe('what an agent started', () => {
  let home: AgentHome

  beforeEach(() => {
    home = new AgentHome()
  })

  afterEach(async () => home.close())

  /** What the first run wrote; the slots after it are skipped while it runs. */
  const lines = () => {
    const text = fs.existsSync(home.at('evidence')) ? fs.readFileSync(home.at('evidence'), 'utf8') : ''
    return text.split('\n').filter((line) => line.endsWith(' 1'))
  }
  const long = () =>
    job(
      'a',
      'every 1s',
      `"echo begin $HOCKET_RUN >> ${home.at('evidence')}; until [ -e ${home.at('go')} ]; do sleep 0.05; done; echo end $HOCKET_RUN >> ${home.at('evidence')}"`,
      'overlap: skip',
    )
  const first = async (agent: AgentProcess) =>
    (await runsOf(agent, '?job=a.a&limit=1000')).find(({ id }) => id === 'a.a.1')?.state
  const hasBegun = async (agent: AgentProcess) => {
    await agent.ready()
    await until('the command to begin', () => lines().length === 1)
  }

  test('outlives its SIGKILL, is found again, and ends as what it was', async () => {
    const killed = home.start('alpha', { words: ['--session-ttl', '3s'] })
    killed.drop('a.yaml', long())
    await hasBegun(killed)
    await killed.kill()
    const second = home.start('alpha', { words: ['--session-ttl', '3s'] })
    await until('the run to be shown', async () => (await first(second)) === 'running')
    fs.writeFileSync(home.at('go'), '')
    await until('the run to succeed', async () => (await first(second)) === 'succeeded')
    expect(lines()).toEqual(['begin 1', 'end 1'])
  })

  test('and what ended while no agent was there ends as what it was', async () => {
    const killed = home.start('alpha', { words: ['--session-ttl', '3s'] })
    killed.drop('a.yaml', long())
    await hasBegun(killed)
    await killed.kill()
    fs.writeFileSync(home.at('go'), '')
    await until('the command to end', () => lines().length === 2)
    const second = home.start('alpha', { words: ['--session-ttl', '3s'] })
    await until('the run to succeed', async () => (await first(second)) === 'succeeded')
    expect(lines()).toEqual(['begin 1', 'end 1'])
  })

  test('goes on when it is asked to stop', async () => {
    const agent = home.start('alpha')
    agent.drop('a.yaml', long())
    await hasBegun(agent)
    expect(await agent.stop()).toEqual({ code: 0, signal: null })
    expect(lines()).toEqual(['begin 1'])
    fs.writeFileSync(home.at('go'), '')
    await until('the command to end', () => lines().length === 2)
  })

  test('is waited for when it drains', async () => {
    const agent = home.start('alpha', { words: ['--drain'] })
    agent.drop('a.yaml', long())
    await hasBegun(agent)
    agent.signal('SIGTERM')
    await until('the agent to stop', async () => (await agent.get<StatusView>('status')).state === 'stopping')
    expect(agent.isRunning).toBe(true)
    fs.writeFileSync(home.at('go'), '')
    expect(await agent.ended).toEqual({ code: 0, signal: null })
    expect(lines()).toEqual(['begin 1', 'end 1'])
  })

  test('is waited for no more when a draining agent is asked twice', async () => {
    const agent = home.start('alpha', { words: ['--drain'] })
    agent.drop('a.yaml', long())
    await hasBegun(agent)
    agent.signal('SIGTERM')
    await until('the agent to stop', () => agent.messages().some((text) => text.startsWith('stopping')))
    agent.signal('SIGTERM')
    expect(await agent.ended).toEqual({ code: 0, signal: null })
    expect(lines()).toEqual(['begin 1'])
    fs.writeFileSync(home.at('go'), '')
  })
})

describe('an agent that cannot start', () => {
  let home: AgentHome
  let taken: net.Server
  let port: number

  beforeAll(async () => {
    home = new AgentHome()
    taken = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    port = (taken.address() as net.AddressInfo).port
  })

  afterAll(async () => {
    taken.close()
    await home.close()
  })

  const refusal = async (name: string, options: Parameters<AgentHome['start']>[1]) => {
    const agent = home.start(name, options)
    expect(await agent.ended).toMatchObject({ signal: null })
    expect(agent.errors.trimEnd().split('\n')).toHaveLength(1)
    expect((await agent.ended).code).not.toBe(0)
    return agent.errors
  }

  test('because the port of its API is in use says so', async () => {
    expect(await refusal('a', { words: ['--http', `127.0.0.1:${port}`] })).toMatch(
      /^hocket: Cannot listen for HTTP on "127\.0\.0\.1:\d+": the port is in use by another process, expected a free one/,
    )
  })

  test('because the port of its mesh is in use says so', async () => {
    expect(await refusal('b', { words: ['--listen', `127.0.0.1:${port}`] })).toMatch(
      /^hocket: Cannot listen on address "127\.0\.0\.1:\d+": the port is in use by another process/,
    )
  })

  test('because its API would be open to other hosts says so', async () => {
    expect(await refusal('c', { words: ['--http', '0.0.0.0:0'] })).toContain('it is not a loopback address')
  })

  test('because its data directory is a file says so', async () => {
    fs.writeFileSync(home.at('d'), '')
    expect(await refusal('d', {})).toContain('it is not a directory, expected a directory')
  })

  test('because something else lives in its data directory says so', async () => {
    fs.mkdirSync(home.at('e'))
    fs.writeFileSync(home.at('e/thesis.tex'), '')
    expect(await refusal('e', {})).toContain('it holds "thesis.tex" and is none of hocket\'s')
  })

  test('because the config directory is not there says so', async () => {
    expect(await refusal('f', { words: ['--config-dir', home.at('nowhere')] })).toContain(
      'there is no such directory',
    )
  })

  test('because its journal is damaged says so, and does not vote with it', async () => {
    const agent = home.start('g')
    await agent.ready()
    await agent.stop()
    const journal = `${agent.dataDirectory}/logs/journal.log`
    const bytes = fs.readFileSync(journal)
    bytes[20] = (bytes[20] ?? 0) ^ 1
    fs.writeFileSync(journal, bytes)
    expect(await refusal('g', {})).toMatch(
      /Cannot start on data directory ".*": its journal is damaged at byte 0/,
    )
  })

  test('because a setting is wrong says all that is wrong', async () => {
    const agent = home.start('h', { words: ['--witnesses', '2', '--session-ttl', '1s'] })
    expect(await agent.ended).toEqual({ code: 1, signal: null })
    expect(agent.errors).toMatch(
      /^hocket: Cannot use --witnesses "2".*\nhocket: Cannot use --session-ttl "1s".*\n$/,
    )
  })

  test('because it was asked wrongly says what was meant, and exits with 2', async () => {
    const { code, err } = await hocket(['agent', '--witneses', '3'])
    expect({ code, err }).toEqual({
      code: 2,
      err: 'hocket: Cannot use option --witneses: hocket agent has none of that name, expected perhaps --witnesses\n',
    })
  })
})

test('an agent whose disk takes no more stops with one clear line, and loses no run that it showed', async () => {
  const home = new AgentHome()
  try {
    // A bound on the size of files stands in for the disk: it needs no other user's rights.
    const agent = home.start('alpha', { before: 'ulimit -f 24' })
    agent.drop('a.yaml', job('tick', 'every 1s', `echo "$HOCKET_RUN" >> ${home.at('evidence')}`))
    await agent.ready()
    expect(await agent.ended).toEqual({ code: 1, signal: null })
    const last = agent.messages().at(-1)
    expect(last).toBe('the agent stopped by itself')
    expect(agent.output).toMatch(/Cannot write log \\"[^"]+\\": /)
    const again = home.start('alpha')
    await again.ready()
    const started = fs.readFileSync(home.at('evidence'), 'utf8').trim().split('\n')
    await until(
      'all runs to be shown',
      async () => (await runsOf(again, '?limit=1000')).length >= started.length,
      15_000,
    )
    const shown = (await runsOf(again, '?limit=1000')).map(({ id }) => id)
    for (const run of started) expect(shown).toContain(`a.tick.${run}`)
    expect(new Set(started).size).toBe(started.length)
  } finally {
    await home.close()
  }
})
