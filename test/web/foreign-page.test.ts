// A page of somebody else in a real browser on the agent's host: whatever it tries, it changes nothing and reads nothing,
// also when its name was made to point here (DNS rebinding).
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { TestApi, testToken } from '../agent/api/test-api.ts'
import { findChromium, openBrowser } from './browser.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const chromium = findChromium()

type Sent = {
  readonly method?: string
  readonly mode?: 'no-cors'
  readonly headers?: Record<string, string>
  readonly body?: string
}

describe.skipIf(chromium === null)('a page of somebody else (it needs a Chromium on the PATH)', () => {
  let api: TestApi
  let browser: Browser
  let page: Page
  const foreign = http.createServer((_, reply) =>
    reply.setHeader('content-type', 'text/html').end('<h1>evil'),
  )

  beforeAll(async () => {
    api = await TestApi.open()
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
    browser = await openBrowser(chromium ?? '', ['--host-resolver-rules=MAP evil.example 127.0.0.1'])
    page = await browser.newPage()
  })

  afterAll(async () => {
    await browser.close()
    foreign.close()
    await api.close()
  })

  beforeEach(async () => {
    api.commanded.length = 0
    await page.goto(`http://localhost:${(foreign.address() as AddressInfo).port}/`)
  })

  /** What the page gets to read; null for nothing. */
  const read = async (path: string, more: Sent = {}) =>
    page.evaluate(
      async ([url, init]) =>
        fetch(url, init).then(
          async (reply) => reply.text(),
          () => null,
        ),
      [`${api.address}${path}`, more] as const,
    )

  test('reads nothing, not even what needs no token', async () => {
    for (const path of ['/healthz', '/metrics', '/api/v1/status', '/api/v1/jobs', '/api/v1/openapi.json'])
      expect([path, await read(path)]).toEqual([path, null])
    const events = await page.evaluate(
      async (url) =>
        new Promise((resolve) => {
          const source = new EventSource(url)
          source.addEventListener('open', () => resolve('open'))
          source.addEventListener('error', () => resolve('refused'))
        }),
      `${api.address}/api/v1/events`,
    )
    expect(events).toBe('refused')
  })

  test('changes nothing, neither with what a browser sends unasked nor with a token that it has', async () => {
    const path = '/api/v1/jobs/shop.a/disable'
    const asked = api.audit.entries.length
    // Without a body of another kind a browser sends these at once, and asks nobody before.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      await read(path, { method: 'POST', mode: 'no-cors', headers: { 'content-type': type }, body: '{}' })
    await read(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${testToken}` },
      body: '{}',
    })
    await page.evaluate(`navigator.sendBeacon('${api.address}${path}', '{}')`)
    await page.setContent(`<form method="post" action="${api.address}${path}"><button>go</button></form>`)
    await page.click('button')
    await page.waitForURL(`${api.address}${path}`)
    expect(await page.textContent('body')).toContain('it is not this agent')
    expect(api.commanded).toEqual([])
    // Each that came as far as the agent is a line in its audit log.
    const refusals = api.audit.entries.slice(asked)
    expect(refusals.length).toBeGreaterThan(2)
    expect(new Set(refusals.map(({ outcome }) => outcome))).toEqual(new Set(['forbidden']))
  })

  test('is refused under a name that was made to point here', async () => {
    const reply = await page.goto(`http://evil.example:${new URL(api.address).port}/api/v1/status`)
    expect(reply?.status()).toBe(421)
    expect(await page.textContent('body')).not.toContain('alpha')
  })
})
