// How agents become a cluster, on real connections: by the token alone, and never by accident.
import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CategoryView, JobView, NodeView, StatusView } from '../../lib/view/question.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let home: AgentHome

beforeEach(() => {
  home = new AgentHome()
})

afterEach(async () => home.close())

const status = async (agent: AgentProcess) => agent.get<StatusView>('status')
const liveNodes = async (agent: AgentProcess) =>
  (await agent.get<{ nodes: readonly NodeView[] }>('nodes')).nodes
    .filter(({ state }) => state === 'live')
    .map(({ name }) => name)
    .sort()

async function tokenOf(agent: AgentProcess): Promise<string> {
  await agent.ready()
  const { code, out, err } = await hocket(['join-token', '--data-dir', agent.dataDirectory])
  expect({ code, err }).toMatchObject({
    code: 0,
    err: expect.stringContaining('Only agents on this host') as string,
  })
  expect(out).toMatch(/^hkt1_\S+\n$/)
  return out.trim()
}

/** `/ip4/127.0.0.1/tcp/1` as `127.0.0.1:1`. */
const addressText = (address = '') => address.replace(/^\/ip4\/(.+)\/tcp\/(\d+)$/, '$1:$2')

const expectAllToSee = async (agents: readonly AgentProcess[], names: readonly string[]) =>
  until(`all to see ${names.join()}`, async () => {
    const seen = await Promise.all(agents.map(liveNodes))
    return seen.every((each) => each.join() === names.join())
  })

describe('a join token', () => {
  test('is all that another agent needs, and no more after its first meeting', async () => {
    const alpha = home.start('alpha')
    const token = await tokenOf(alpha)
    const beta = home.start('beta', { environment: { HOCKET_JOIN: token } })
    expect((await beta.ready()).how).toBe('joining')
    await expectAllToSee([alpha, beta], ['alpha', 'beta'])
    expect(beta.messages()).toContain('joined the cluster')
    expect((await status(beta)).clusterId).toBe((await status(alpha)).clusterId)
    expect(beta.output + alpha.output).not.toContain(token)
    await beta.stop()
    const again = home.start('beta')
    expect((await again.ready()).how).toBe('known')
    await expectAllToSee([alpha, again], ['alpha', 'beta'])
  })

  test('of any agent of the cluster will do, and brings what all know', async () => {
    const alpha = home.start('alpha')
    alpha.drop('a.yaml', 'jobs: { one: { schedule: every 1h, actions: { a: { command: "true" } } } }\n')
    const beta = home.start('beta', { words: ['--join', await tokenOf(alpha)] })
    await expectAllToSee([alpha, beta], ['alpha', 'beta'])
    const gamma = home.start('gamma', { words: ['--join', await tokenOf(beta)] })
    await expectAllToSee([alpha, beta, gamma], ['alpha', 'beta', 'gamma'])
    await until('the definitions', async () => {
      const { jobs } = await gamma.get<{ jobs: readonly JobView[] }>('jobs')
      return jobs.map(({ name }) => name).join() === 'a.one'
    })
    gamma.drop('c.yaml', 'jobs: { two: { schedule: every 1h, actions: { a: { command: "true" } } } }\n')
    await until('the definitions of the newest everywhere', async () => {
      const { categories } = await alpha.get<{ categories: readonly CategoryView[] }>('config')
      return (
        categories
          .map(({ category }) => category)
          .sort()
          .join() === 'a,c'
      )
    })
  })

  test('that nobody answers is waited with: no second cluster is ever founded', async () => {
    const alpha = home.start('alpha')
    const token = await tokenOf(alpha)
    const { clusterId } = await status(alpha)
    const mesh = addressText((await alpha.ready()).mesh[0])
    await alpha.kill()
    const beta = home.start('beta', { words: ['--join', token] })
    await beta.ready()
    expect(await status(beta)).toMatchObject({
      state: 'joining',
      clusterId,
      witnesses: { wanted: 0, members: [] },
    })
    await beta.stop()
    // Started without the token it still waits.
    const patient = home.start('beta')
    expect((await patient.ready()).how).toBe('joining')
    expect(await status(patient)).toMatchObject({ state: 'joining', clusterId })
    const back = home.start('alpha', { words: ['--listen', mesh] })
    await expectAllToSee([back, patient], ['alpha', 'beta'])
  })

  test('of another cluster is refused by a data directory that has one', async () => {
    const alpha = home.start('alpha')
    const other = home.start('other')
    const token = await tokenOf(other)
    await alpha.ready()
    await alpha.stop()
    const again = home.start('alpha', { words: ['--join', token] })
    expect(await again.ended).toEqual({ code: 1, signal: null })
    expect(again.errors).toBe(
      'hocket: Cannot join the cluster of the token: the data directory belongs to another cluster already, expected an empty one (give another with --data-dir)\n',
    )
  })

  test.each([
    ['nonsense', 'it does not begin with hkt1_'],
    ['hkt1_abcdefghijklmnop', 'it is damaged'],
  ])('such as "%s" is refused without being repeated', async (token, why) => {
    const agent = home.start('alpha', { words: ['--join', token] })
    expect(await agent.ended).toEqual({ code: 1, signal: null })
    expect(agent.errors).toContain(`hocket: Cannot use the join token: ${why}`)
    expect(agent.errors).not.toContain(token)
  })

  test('of a data directory that no agent ever used is refused', async () => {
    const { code, err } = await hocket(['join-token', '--data-dir', home.at('nowhere')])
    expect(code).toBe(1)
    expect(err).toMatch(/^hocket: Cannot make a join token: no agent has ever run on ".*nowhere", expected/)
  })
})

test('an agent with another key is refused at the transport, and both say so in one line', async () => {
  const alpha = home.start('alpha')
  const stranger = home.start('stranger')
  const mesh = (await alpha.ready()).mesh[0] ?? ''
  const { nodeId } = await alpha.ready()
  await stranger.ready()
  await stranger.stop()
  // It believes that alpha is one of its own cluster.
  fs.writeFileSync(`${stranger.dataDirectory}/peers.json`, JSON.stringify([{ nodeId, addresses: [mesh] }]))
  const back = home.start('stranger')
  const address = addressText(mesh)
  await until('the stranger to say so', () =>
    back
      .messages()
      .some((text) =>
        text.startsWith(`Cannot join the node at "${address}": the other end holds another cluster key`),
      ),
  )
  await until('the refusal', () =>
    alpha
      .messages()
      .some((text) =>
        text.startsWith('Refused a connection from "127.0.0.1": the other end holds another cluster key'),
      ),
  )
  expect(await liveNodes(alpha)).toEqual(['alpha'])
})

test('an agent that comes back on another address is found again by all without help', async () => {
  const alpha = home.start('alpha')
  const token = await tokenOf(alpha)
  const beta = home.start('beta', { words: ['--join', token] })
  const gamma = home.start('gamma', { words: ['--join', token] })
  await expectAllToSee([alpha, beta, gamma], ['alpha', 'beta', 'gamma'])
  const before = (await alpha.ready()).mesh
  await alpha.kill()
  const back = home.start('alpha')
  expect((await back.ready()).mesh).not.toEqual(before)
  await expectAllToSee([back, beta, gamma], ['alpha', 'beta', 'gamma'])
})
