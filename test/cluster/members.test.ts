// Who takes part and who votes, as one story of real agents: they become three witnesses by themselves, one is drained, one
// leaves, one is replaced, one is removed, and at last two of three disks are lost. A job runs every second all along.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { StatusView, WitnessesView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'
import { ordersVariable, writeOrders } from './tampering/orders.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const program = path.join(import.meta.dirname, 'tampering/tampered-agent.ts')
const everyMs = 1000

describe('agents that come and go', () => {
  const agents = new Map<string, AgentProcess>()
  let home: AgentHome
  let token = ''

  const agentOf = (name: string): AgentProcess => agents.get(name)!
  const statusOf = async (name: string) => agentOf(name).get<StatusView>('status')

  function start(name: string, words: readonly string[] = []): void {
    const environment = {
      [ordersVariable]: home.at('orders.json'),
      ...(token !== '' && { HOCKET_JOIN: token }),
    }
    const settings = ['--session-ttl=4s', '--claim-ahead=1s', ...words]
    agents.set(name, home.start(name, { program, environment, words: settings }))
  }

  const whenReady = async (name: string) =>
    until(`${name} to be ready to claim`, async () => {
      await agentOf(name).ready()
      const { state, session } = await statusOf(name)
      return state === 'ready' && session.isValid
    })

  /** What a command says; an order may have to wait until somebody else can vote. */
  const by = async (name: string, ...words: string[]) =>
    hocket([...words, '--data-dir', agentOf(name).dataDirectory])
  const whenDone = async (name: string, ...words: string[]) =>
    until(`hocket ${words.join(' ')}`, async () => (await by(name, ...words)).code === 0)

  const votersBy = async (name: string) =>
    (await agentOf(name).get<WitnessesView>('witnesses')).members.map(({ node }) => node).toSorted()
  const whenVoting = async (seenBy: string, ...names: string[]) =>
    until(`${names.join()} to vote`, async () => (await votersBy(seenBy)).join() === names.join())

  const starts = () =>
    (fs.existsSync(home.at('evidence')) ? fs.readFileSync(home.at('evidence'), 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [slot = '', node = ''] = line.split(' ')
        return { slotMs: Date.parse(slot), node }
      })
  const startsOn = (name: string, sinceMs: number) =>
    starts().filter(({ node, slotMs }) => node === name && slotMs > sinceMs)
  const whenRunningOn = async (name: string) => {
    const sinceMs = Date.now()
    await until(`a run on ${name}`, () => startsOn(name, sinceMs).length > 0)
  }

  beforeAll(async () => {
    home = new AgentHome()
    writeOrders(home.at('orders.json'), { patience: { witnessJoinAfterMs: 2000 } })
    start('alpha')
    const command = `echo "$HOCKET_SLOT $HOCKET_NODE" >> ${home.at('evidence')}`
    agentOf('alpha').drop(
      'members.yaml',
      `jobs:\n  tick: { schedule: every 1s, overlap: allow, actions: { x: { command: '${command}' } } }\n`,
    )
    await whenReady('alpha')
    await until('the first run', () => starts().length > 0)
  })

  afterAll(async () => home.close())

  test('vote when they stayed: one witness becomes three by itself, and a fourth agent waits', async () => {
    expect(await votersBy('alpha')).toEqual(['alpha'])
    token = (await by('alpha', 'join-token')).out.trim()
    start('beta')
    start('gamma')
    await whenVoting('alpha', 'alpha', 'beta', 'gamma')
    start('delta')
    await whenReady('delta')
    await whenVoting('delta', 'alpha', 'beta', 'gamma')
    await whenRunningOn('delta')
  })

  test('that are drained start nothing more until they are activated', async () => {
    expect(await by('alpha', 'drain', 'beta')).toMatchObject({ code: 0, err: '' })
    // What was claimed ahead still starts.
    await until('beta to start nothing', () => startsOn('beta', Date.now() - 3000).length === 0)
    const drainedAtMs = Date.now()
    await until('three more slots', () => starts().filter(({ slotMs }) => slotMs > drainedAtMs).length >= 3)
    expect(startsOn('beta', drainedAtMs)).toEqual([])
    expect(await by('beta', 'activate')).toMatchObject({ code: 0, err: '' })
    await whenRunningOn('beta')
  })

  test('hand their vote over when they leave, stop by themselves, and are not let in again', async () => {
    await whenDone('beta', 'leave')
    expect(await agentOf('beta').ended).toMatchObject({ code: 0 })
    await whenVoting('alpha', 'alpha', 'delta', 'gamma')
    start('beta')
    const sinceMs = Date.now()
    await Promise.race([agentOf('beta').ended, delay(4000)])
    expect(startsOn('beta', sinceMs)).toEqual([])
    await agentOf('beta').kill()
  })

  test('vote for another one when a person says so', async () => {
    start('epsilon')
    await whenReady('epsilon')
    await whenDone('alpha', 'witnesses', 'replace', 'gamma')
    await whenVoting('alpha', 'alpha', 'delta', 'epsilon')
    expect(await votersBy('gamma')).not.toContain('gamma')
    await whenRunningOn('gamma')
  })

  test('are replaced before they are removed, and refused when they come back', async () => {
    await agentOf('epsilon').kill()
    await whenDone('alpha', 'nodes', 'remove', 'epsilon')
    await whenVoting('alpha', 'alpha', 'delta', 'gamma')
    start('epsilon')
    const sinceMs = Date.now()
    await Promise.race([agentOf('epsilon').ended, delay(4000)])
    expect(startsOn('epsilon', sinceMs)).toEqual([])
    await agentOf('epsilon').kill()
  })

  test('go on when a person says so after the disks of two of three witnesses were lost', async () => {
    for (const name of ['delta', 'gamma']) {
      await agentOf(name).kill()
      fs.rmSync(agentOf(name).dataDirectory, { recursive: true })
    }
    await until('alpha to miss them', async () => (await statusOf('alpha')).state === 'no-majority')
    const refused = await by('alpha', 'witnesses', 'recover')
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('--yes')
    // It is certain only when nobody has answered for some seconds.
    await whenDone('alpha', 'witnesses', 'recover', '--yes')
    await whenReady('alpha')
    await whenRunningOn('alpha')
    for (const name of ['delta', 'gamma']) start(name)
    await whenVoting('alpha', 'alpha', 'delta', 'gamma')
  })

  test('have run no slot twice meanwhile, and say what became of each', async () => {
    const slots = starts().map(({ slotMs }) => slotMs)
    expect(slots.filter((slotMs, i) => slots.indexOf(slotMs) !== i)).toEqual([])
    const [firstMs, lastMs] = [Math.min(...slots), Math.max(...slots)]
    const untold = async () => {
      const { runs } = await agentOf('gamma').get<{ runs: readonly RunView[] }>(
        'runs?job=members.tick&limit=1000',
      )
      const told = (slotMs: number) =>
        runs.some(({ slot, range, state }) => {
          const fromMs = Date.parse(range?.from ?? slot)
          return fromMs <= slotMs && slotMs <= Date.parse(slot) && state !== 'running'
        })
      const all = Array.from({ length: (lastMs - firstMs) / everyMs + 1 }, (_, i) => firstMs + i * everyMs)
      return all.filter((slotMs) => !told(slotMs)).map((slotMs) => new Date(slotMs).toISOString())
    }
    await until('every slot to be told', async () => (await untold()).length === 0).catch(() => undefined)
    expect(await untold()).toEqual([])
  })
})
