// What a thousand listeners to /api/v1/events cost that nothing is told, and how late they are when something is: the
// memory of the API's process with and without them, and the time from the telling to the last that heard it.

import { fork, type ChildProcess } from 'node:child_process'
import http from 'node:http'
import { openApi } from '../agent/api/api-server.ts'
import { createLog } from '../agent/log.ts'

const listeners = 1000
const rounds = 20

type Word = { readonly address?: string; readonly rssBytes?: number }

export async function benchListeners(): Promise<void> {
  if (process.send !== undefined) return serve()
  const child = fork(process.argv[1] ?? '', ['listeners'])
  const { address = '' } = await heard(child)
  const before = await memoryOf(child)
  const heardAt: number[] = []
  let wanted: (() => void) | undefined
  const onData = (part: string) => {
    if (!part.includes('event: claim')) return
    heardAt.push(performance.now())
    if (heardAt.length === listeners) wanted?.()
  }
  const responses = await Promise.all(Array.from({ length: listeners }, async () => listen(address, onData)))
  const after = await memoryOf(child)
  const lags: number[] = []
  for (let round = 0; round < rounds; round++) {
    heardAt.length = 0
    const all = new Promise<void>((resolve) => (wanted = resolve))
    const toldAt = performance.now()
    child.send('tell')
    await all
    lags.push(...heardAt.map((at) => at - toldAt))
  }
  lags.sort((left, right) => left - right)
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  console.log(`${listeners} idle listeners: ${megabytes(after - before)} more (${megabytes(before)} before)`)
  console.log(
    `from the telling to the hearing: half in ${Math.round(lags[lags.length >> 1] ?? 0)} ms, the last in ${Math.round(lags.at(-1) ?? 0)} ms`,
  )
  for (const response of responses) response.destroy()
  child.disconnect()
}

async function serve(): Promise<void> {
  const nobody = async (): Promise<never> => Promise.reject(new Error('nobody asks'))
  const api = await openApi({
    listen: '127.0.0.1:0',
    core: { ask: nobody, command: nobody },
    logUrl: null,
    audit: {
      isBroken: false,
      note: async () => undefined,
      read: async () => ({ records: [], away: [] }),
      verify: async () => ({ verdicts: [], away: [] }),
    },
    askHost: async () => null,
    outputs: { read: async () => Promise.reject(new Error('nobody reads')) },
    tls: null,
    isInsecure: false,
    names: [],
    token: 'bench',
    version: 'bench',
    log: createLog({ level: 'warn', format: 'lines', colour: false, write: () => undefined }),
  })
  process.on('message', (word) => {
    if (word === 'tell')
      api.tell({ kind: 'claim', job: 'a.b', slot: '2026-11-21T12:00:00Z', run: 1, node: 'a' })
    else process.send?.({ rssBytes: process.memoryUsage().rss })
  })
  process.on('disconnect', () => void api.close())
  process.send?.({ address: api.address })
}

async function heard(child: ChildProcess): Promise<Word> {
  return new Promise((resolve) => child.once('message', (word) => resolve(word as Word)))
}

async function memoryOf(child: ChildProcess): Promise<number> {
  const answer = heard(child)
  child.send('memory')
  return (await answer).rssBytes ?? 0
}

async function listen(address: string, onData: (part: string) => void): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.get(new URL('/api/v1/events', address), { agent: false }, (response) => {
      response.setEncoding('utf8').on('data', onData)
      response.on('error', () => undefined)
      resolve(response)
    })
    request.on('error', reject)
  })
}
