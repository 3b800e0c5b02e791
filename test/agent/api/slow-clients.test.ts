// Clients that open connections and send next to nothing: they are dropped in time, keep nobody from being answered, and
// nothing of what they began is done.
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestApi, testToken } from './test-api.ts'

const requestMs = 500
/** After that long at the latest they are looked for. */
const lookEveryMs = requestMs / 5
let api: TestApi

beforeEach(async () => {
  api = await TestApi.open('warn', { requestMs })
})
afterEach(async () => api.close())

const head = `POST /api/v1/jobs/shop.a/start HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer ${testToken}\r\n`

test.each([
  ['nothing at all', '', null],
  ['half of a line', 'GET /api/v1/st', null],
  ['its headers letter by letter', head, 'x-more: a'],
  [
    'its body letter by letter',
    `${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    ' ',
  ],
  [
    'its body piece by piece without saying how long it is',
    `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    '1\r\n \r\n',
  ],
])('whoever sends %s is dropped, and does nothing', async (_, begins, goesOn) => {
  const { port, host } = new URL(api.address)
  const sockets = Array.from({ length: 50 }, () => net.connect(Number(port), '127.0.0.1'))
  const openedAtMs = performance.now()
  const ended = sockets.map(async (socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    await once(socket, 'close')
  })
  for (const socket of sockets) socket.write(begins.replace('HOST', host))
  const dripping = setInterval(() => {
    for (const socket of sockets) if (goesOn !== null && socket.writable) socket.write(goesOn)
  }, lookEveryMs)
  try {
    // Meanwhile others are answered.
    expect((await api.request('/api/v1/status')).status).toBe(200)
    await Promise.all(ended)
  } finally {
    clearInterval(dripping)
    for (const socket of sockets) socket.destroy()
  }
  const tookMs = performance.now() - openedAtMs
  expect(tookMs).toBeGreaterThan(requestMs - lookEveryMs)
  expect(tookMs).toBeLessThan(requestMs * 20)
  expect(api.commanded).toEqual([])
})
