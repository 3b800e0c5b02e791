// An agent inside another program: it opens and closes as a whole, as often as one likes, and never ends the process.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startAgent } from '../../agent/agent.ts'
import { createLog } from '../../agent/log.ts'
import { defaultSettings, type AgentSettings } from '../../agent/settings.ts'
import { readVersion } from '../../agent/version.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let directory: string
let logged: string
const log = createLog({ level: 'info', format: 'lines', colour: false, write: (line) => (logged += line) })

beforeEach(() => {
  logged = ''
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-embedded-'))
})

afterEach(() => fs.rmSync(directory, { recursive: true, force: true }))

const settings = (more: Partial<AgentSettings> = {}): AgentSettings => ({
  ...defaultSettings(path.join(directory, 'data')),
  name: 'alpha',
  listen: ['127.0.0.1:0'],
  http: '127.0.0.1:0',
  ...more,
})

describe('an embedded agent', () => {
  test('answers what it is asked, and can be stopped and started again', async () => {
    const first = await startAgent(settings(), log)
    expect(first).toMatchObject({ how: 'founded', version: readVersion() })
    const answer = await first.ask({ kind: 'status' })
    expect(answer).toMatchObject({ kind: 'status', status: { node: 'alpha', clusterId: first.clusterId } })
    await first.stop({ drain: false })
    expect(await first.ended).toBe(null)
    await expect(first.ask({ kind: 'status' })).rejects.toThrow('Cannot answer')

    const second = await startAgent(settings(), log)
    expect(second).toMatchObject({ how: 'known', nodeId: first.nodeId, clusterId: first.clusterId })
    await second.stop({ drain: true })
  })

  test('listens to no signal of the process', async () => {
    const count = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')
    const before = count()
    const agent = await startAgent(settings(), log)
    expect(count()).toBe(before)
    await agent.stop({ drain: false })
  })

  test('leaves nothing behind when it cannot start', async () => {
    const agent = await startAgent(settings(), log)
    const taken = new URL(agent.httpAddress).host
    const other = settings({ dataDirectory: path.join(directory, 'other'), http: taken })
    await expect(startAgent(other, log)).rejects.toThrow(/^Cannot listen for HTTP on/)
    await agent.stop({ drain: false })
    const later = await startAgent(other, log)
    expect(later.httpAddress).toBe(agent.httpAddress)
    await later.stop({ drain: false })
  })

  test('stops by itself, and says why, when its disk fails', async () => {
    const jobs = path.join(directory, 'jobs')
    fs.mkdirSync(jobs)
    const agent = await startAgent(settings({ configDirectory: jobs }), log)
    // Somebody removes its logs; the next document needs a new one.
    fs.rmSync(path.join(directory, 'data/logs'), { recursive: true })
    fs.writeFileSync(
      path.join(jobs, 'a.yaml'),
      'jobs: { a: { schedule: every 1h, actions: { b: { command: "true" } } } }\n',
    )
    const why = await agent.ended
    expect(why?.message).toMatch(/^Cannot (write log|sync) /)
    expect(logged).not.toContain('undefined')
  })
})
