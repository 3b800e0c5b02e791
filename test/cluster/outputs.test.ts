// What commands write, on a real agent and by its API: a great deal of it, what is no text, and a reader who does not
// read.
import fs from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'

const headBytes = 4 * 1_048_576
const tailBytes = 12 * 1_048_576
const muchBytes = 400 * 1_048_576
const burstBytes = 8 * 1_048_576
let home: AgentHome
let agent: AgentProcess

beforeAll(async () => {
  home = new AgentHome()
  agent = home.start('alone')
  const everyByte = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(
    '',
  )
  const commands = {
    much: `head -c ${muchBytes - 8} /dev/zero; printf 'the end\\n'`,
    bytes: `printf '${everyByte}\\303\\050'; printf '\\377\\376' >&2`,
    slow: `head -c ${burstBytes} /dev/zero; while [ ! -e ${home.at('go')} ]; do sleep 0.2; done; echo last`,
  }
  const jobs = Object.entries(commands).map(
    ([name, command]) => `  ${name}: {actions: {a: {command: ${JSON.stringify(command)}}}}`,
  )
  agent.drop('out.yaml', `jobs:\n${jobs.join('\n')}\n`)
  await until('the jobs to be known', async () => (await agent.get<Jobs>('jobs')).jobs.length === jobs.length)
  const words = Object.keys(commands).map((name) => [
    'start',
    `out.${name}`,
    '--data-dir',
    agent.dataDirectory,
  ])
  for (const started of await Promise.all(words.map((each) => hocket(each))))
    if (started.code !== 0) throw new Error(started.err)
}, 120_000)
afterAll(async () => {
  fs.writeFileSync(home.at('go'), '')
  await home.close()
}, 60_000)

type Jobs = { readonly jobs: readonly unknown[] }

async function runOf(job: string): Promise<RunView | undefined> {
  const { runs } = await agent.get<{ readonly runs: readonly RunView[] }>(`runs?limit=10&job=out.${job}`)
  return runs[0]
}

async function isOver(job: string): Promise<boolean> {
  return (await runOf(job))?.state === 'succeeded'
}

test('of hundreds of megabytes the head and the tail are kept, and the middle is counted', async () => {
  await until('it to be over', () => isOver('much'))
  const body = await agent.bytes('runs/out.much.HEAD/output')
  const said = /\n\[(\d+) bytes are not kept\]\n/.exec(body.toString('latin1'))
  const missing = Number(said?.[1])
  expect(said?.index).toBe(headBytes)
  expect(body.length - (said?.[0].length ?? 0) + missing).toBe(muchBytes)
  expect(body.length).toBeGreaterThanOrEqual(headBytes + tailBytes)
  expect(body.length).toBeLessThan(headBytes + tailBytes + 2 * 1_048_576)
  expect(body.subarray(-8).toString()).toBe('the end\n')
}, 120_000)

test('what is no text comes as it was written, both streams apart', async () => {
  await until('it to be over', () => isOver('bytes'))
  const every = Array.from({ length: 256 }, (_, byte) => byte)
  expect([...(await agent.bytes('runs/out.bytes.HEAD/output'))]).toEqual([...every, 0xc3, 0x28])
  expect([...(await agent.bytes('runs/out.bytes.HEAD/output?stream=stderr'))]).toEqual([0xff, 0xfe])
}, 120_000)

test('who follows and does not read holds nothing up, and misses nothing', async () => {
  await until('it to be there', async () => (await runOf('slow'))?.state === 'running')
  const response = await agent.open('runs/out.slow.HEAD/output?follow=true')
  // Nobody reads: only what buffers hold is on its way.
  fs.writeFileSync(home.at('go'), '')
  await until('it to be over', () => isOver('slow'))
  const parts: Buffer[] = []
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part)
  const body = Buffer.concat(parts)
  expect(body.length).toBe(burstBytes + 5)
  expect(body.subarray(-5).toString()).toBe('last\n')
}, 120_000)
