// The viewer in a real browser against a real cluster of three agents, one of them lost, with ten thousand jobs, failed
// runs and hostile texts. Screenshots of every page in both themes and two widths are left in dist/screenshots.
import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { JobView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from '../cluster/agent-process.ts'
import { findChromium, openBrowser, Viewer, type Look } from './browser.ts'
import { hostileNames, many, services, shop, strange } from './viewer-definitions.ts'

vi.setConfig({ testTimeout: 150_000, hookTimeout: 240_000 })

const chromium = findChromium()
const screenshots = path.resolve(import.meta.dirname, '../../dist/screenshots')
const looks: readonly Look[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 390 },
  { scheme: 'dark', width: 390 },
]
const pages = [
  '/',
  '/jobs',
  '/jobs/shop.report',
  '/runs',
  '/runs/shop.report.-1',
  '/services',
  '/services/web.shop',
  '/nodes',
  '/nodes/gamma',
  '/schedule',
  '/config',
]
const openMsMax = 1000
const liveMsMax = 1000
/** Where others keep the machine busy, a page may take so much longer than a picture of a few bytes. */
const busyFactor = 10

let home: AgentHome
let browser: Browser
let alpha: AgentProcess
let beta: AgentProcess
let address: string
let token: string
/** Somebody whose browser has kept the token. */
let known: Viewer

describe.skipIf(chromium === null)('the viewer (it needs a Chromium on the PATH)', () => {
  beforeAll(async () => {
    home = new AgentHome()
    alpha = home.start('alpha', { words: ['--witnesses', '3', '--session-ttl', '4s'] })
    address = (await alpha.ready()).http
    token = fs.readFileSync(`${alpha.dataDirectory}/token`, 'utf8').trim()
    const { out } = await hocket(['join-token', '--data-dir', alpha.dataDirectory])
    const [second, third] = ['beta', 'gamma'].map((name) =>
      home.start(name, {
        words: ['--join', out.trim(), '--session-ttl', '4s', '--label', 'disk=ssd'],
      }),
    )
    beta = second!
    await until('three nodes', async () => (await alpha.get<StatusView>('status')).nodes.live === 3, 60_000)
    await put('shop', shop)
    fs.writeFileSync(home.at('life'), '')
    await put('strange', strange)
    await put('web', services(home.directory))
    await put('many', many(10_000))
    browser = await openBrowser(chromium ?? '')
    known = await Viewer.open(browser, { scheme: 'light', width: 1280 })
    await known.page.addInitScript(`localStorage.setItem('hocket-token', '${token}')`)
    await until('a run that failed', async () => (await runsOf('state=failed')).length > 0, 30_000)
    await third!.kill()
    await until(
      'the node to be lost',
      async () => (await alpha.get<StatusView>('status')).nodes.live === 2,
      30_000,
    )
    await until(
      'a run elsewhere',
      async () => (await alpha.get<{ run: RunView }>('runs/shop.report.-1')).run.node !== 'gamma',
      60_000,
    )
    fs.mkdirSync(screenshots, { recursive: true })
  })

  afterAll(async () => {
    await browser?.close()
    fs.rmSync(home.at('life'), { force: true })
    await home.close()
  })

  describe.each(looks)('in $scheme, $width wide', (look) => {
    let viewer: Viewer

    beforeAll(async () => {
      viewer = await Viewer.open(browser, look)
      await viewer.page.addInitScript(`localStorage.setItem('hocket-token', '${token}')`)
    })

    afterAll(async () => viewer.close())

    beforeEach(() => {
      viewer.complaints = []
    })

    test.each(pages)('%s opens within a second, without a complaint, for everybody', async (place) => {
      let bestMs = Infinity
      for (let attempt = 0; attempt < 3 && bestMs > openMsMax; attempt++) {
        const startedAtMs = performance.now()
        await viewer.page.goto(address + place)
        await viewer.page.waitForSelector('h1')
        bestMs = Math.min(bestMs, performance.now() - startedAtMs)
      }
      await viewer.page.waitForSelector('.connection.is-live')
      await viewer.page.waitForSelector('.waiting', { state: 'detached' })
      const name = `${place.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '') || 'overview'}-${look.scheme}-${look.width}`
      await viewer.page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true })
      expect(await viewer.seriousFaults()).toEqual([])
      const overflow = await viewer.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      expect(overflow, 'the page is wider than the window').toBeLessThanOrEqual(0)
      expect(viewer.complaints).toEqual([])
      expect(await viewer.page.evaluate('"wasHacked" in globalThis')).toBe(false)
      const isBusy = bestMs > openMsMax
      expect(bestMs).toBeLessThan(isBusy ? busyFactor * (await paceOf(viewer)) : openMsMax)
    })
  })

  describe('a run', () => {
    test('shows what it writes as it comes, and is stopped by its button', async () => {
      await post('jobs/shop.long/start')
      await until('its run', async () => (await runsOf('job=shop.long')).length > 0)
      await known.page.goto(`${address}/runs/shop.long.-1`)
      await known.page.waitForSelector('pre:text("line 3")')
      await known.page.click('button:text-is("Stop")')
      await known.page.waitForSelector('h1 .state:text("failed")')
      expect(await known.page.isVisible('text=/granted to node .* by the votes of/')).toBe(true)
    })

    test('goes on by its button, with what had not succeeded', async () => {
      await known.page.click('.head button:text-is("Retry")')
      await known.page.waitForSelector('h2:text("Attempts")')
      await known.page.waitForSelector('h1 .state:text("running")')
      await known.page.click('.head button:text-is("Kill")')
      await known.page.waitForSelector('h1 .state:text("failed")')
      expect(known.complaints).toEqual([])
    })

    test('of hostile output is shown as text', async () => {
      await known.page.goto(`${address}/runs/shop.report.-1`)
      await known.page.click('summary:has-text("extract")')
      await known.page.waitForSelector('pre:text("⟨202E⟩gnp.exe")')
      await known.page.waitForSelector('pre:text("␛[31mred")')
      expect(await known.page.evaluate('"wasHacked" in globalThis')).toBe(false)
    })
  })

  test.each(hostileNames)('a job that is called %j is called so on every page', async (name) => {
    const { page } = known
    await page.goto(`${address}/jobs?filter=${encodeURIComponent(name.slice(0, 12))}`)
    const shown = `strange.${name.replace('\u202E', '⟨202E⟩')}`
    await page.getByRole('link', { name: shown }).click()
    await page.getByRole('heading', { level: 1, name: shown }).waitFor()
    await page.click('button:text-is("Run now")')
    await page.getByRole('link', { name: `${shown}.1` }).click()
    await page.getByRole('heading', { level: 1, name: `${shown}.1` }).waitFor()
    expect(await page.evaluate('"wasHacked" in globalThis')).toBe(false)
  })

  test('a line of ten megabytes is shown by its end, and the page goes on answering', async () => {
    const { page } = known
    await post('jobs/shop.flood/start')
    await until('its end', async () => (await runsOf('job=shop.flood&state=succeeded')).length > 0, 30_000)
    await page.goto(`${address}/runs/shop.flood.-1`)
    await page.waitForSelector('pre:has-text("the end")')
    await page.waitForSelector('text=only the last')
    const startedAtMs = performance.now()
    await page.click('button:text-is("stderr")')
    await page.waitForSelector('text=it wrote nothing')
    expect(performance.now() - startedAtMs).toBeLessThan(5 * liveMsMax)
  })

  test('an address that nothing has is a page for a browser, and a problem for a program', async () => {
    await known.page.goto(`${address}/nothing/here`)
    await known.page.waitForSelector('h1:text("There is no such page")')
    const reply = await fetch(`${address}/nothing/here`)
    expect(reply.status).toBe(404)
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    const missing = await fetch(`${address}/api/v1/nothing`, { headers: { accept: 'text/html' } })
    expect(missing.status).toBe(404)
  })

  test('a backfill runs the slots that are chosen, and shows how far it is', async () => {
    const { page } = known
    await page.goto(`${address}/jobs/shop.hourly`)
    await page.fill('input[type=datetime-local] >> nth=0', '2026-11-01T00:30')
    await page.fill('input[type=datetime-local] >> nth=1', '2026-11-01T04:30')
    await page.click('button:text-is("Run 4 slots")')
    await page.waitForSelector('text=4 of 4 over')
    const runs = await runsOf('job=shop.hourly&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z')
    expect(runs.map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => 'succeeded'))
  })

  test('what a revision changed is shown line by line', async () => {
    const { page } = known
    await put('notes', 'jobs:\n  one:\n    schedule: "every 1h"\n    actions: {a: {command: "true"}}\n')
    await put('notes', 'jobs:\n  one:\n    schedule: "every 2h"\n    actions: {a: {command: "true"}}\n')
    await page.goto(`${address}/jobs/notes.one`)
    await page.click('.actions summary >> nth=0')
    await page.waitForSelector('.diff .is-removed:has-text("every 1h")')
    expect(await page.textContent('.diff .is-added')).toContain('every 2h')
  })

  test('a service is stopped and started by its buttons, and shown so as it happens', async () => {
    const { page } = known
    known.complaints = []
    await page.goto(`${address}/services`)
    await page.waitForSelector('section:has-text("web.broken") .state:text("failed")')
    await page.click('a:text("web.shop")')
    await page.waitForSelector('h1 .state:text("up")')
    await page.click('.head button:text-is("Stop") >> nth=0')
    await page.waitForSelector('h1 .state:text("down")')
    await page.click('.head button:text-is("Start") >> nth=0')
    await page.waitForSelector('h1 .state:text("up")')
    expect(known.complaints).toEqual([])
  })

  test('a node is drained and takes part again by its buttons', async () => {
    const { page } = known
    await page.goto(`${address}/nodes`)
    await page.waitForSelector('section:has-text("Away") >> section:has-text("gamma")')
    await page.click('h2 a:text("beta")')
    await page.click('button:text-is("Drain")')
    await page.waitForSelector('h1 .state:text("drained")')
    await page.click('button:text-is("Activate")')
    await page.waitForSelector('h1 .state:text("drained")', { state: 'detached' })
    expect(await page.textContent('h1')).toContain('live')
  })

  test('the cluster is paused and goes on by its buttons', async () => {
    const { page } = known
    await page.goto(`${address}/nodes`)
    await page.click('button:text("Pause the cluster")')
    await page.click('nav >> text=Overview')
    await page.waitForSelector('h1:text("The cluster is paused")')
    await page.click('button:text("Resume")')
    await page.waitForSelector('h1:text("The cluster is paused")', { state: 'detached' })
    expect((await alpha.get<StatusView>('status')).pause).toBeNull()
  })

  test('runs and the coming day are filtered in place', async () => {
    const { page } = known
    await page.goto(`${address}/runs`)
    await page.selectOption('select', 'failed')
    await page.waitForFunction('document.querySelectorAll(".rows .tone-good").length === 0')
    await page.fill('input[type=search]', 'shop.report')
    await page.waitForURL(/state=failed&job=shop.report/)
    await page.click('nav >> text=Schedule')
    await page.waitForSelector('h1:text("The coming 24 hours")')
    await page.fill('input[type=search]', 'shop.hourly')
    // The picture begins with the quarter that is going on: in the first of an hour its slot is over, the last not there yet.
    const slots = new Date().getUTCMinutes() < 15 ? 23 : 24
    await page.waitForSelector(`text=${slots} slots of 1 job`)
    expect(await page.textContent('h1')).toBe('The coming 24 hours')
  })

  describe('for somebody with the token', () => {
    let viewer: Viewer

    beforeAll(async () => {
      viewer = await Viewer.open(browser, { scheme: 'light', width: 1280 })
    })

    beforeEach(() => {
      viewer.complaints = []
    })

    afterAll(async () => viewer.close())

    test('what happens in the cluster is on the screen within a second', async () => {
      await viewer.page.goto(`${address}/jobs/shop.report`)
      await viewer.page.waitForSelector('.connection.is-live')
      let bestMs = Infinity
      for (const isEnabled of [false, true, false, true]) {
        const shown = viewer.page.waitForSelector(`button:text("${isEnabled ? 'Disable' : 'Enable'}")`)
        const startedAtMs = performance.now()
        await post(`jobs/shop.report/${isEnabled ? 'enable' : 'disable'}`)
        await shown
        bestMs = Math.min(bestMs, performance.now() - startedAtMs)
      }
      expect(bestMs).toBeLessThan(liveMsMax)
    })

    test('a log-in is asked for where a token is needed, and is kept in memory only', async () => {
      await viewer.page.goto(`${address}/config/shop`)
      await viewer.page.click('button:text("Log in")')
      await viewer.page.fill('input[name=token]', token)
      await viewer.page.click('dialog button.loud')
      await viewer.page.waitForSelector('text=report:')
      expect(await viewer.page.evaluate('localStorage.getItem("hocket-token")')).toBeNull()
    })

    test('a file that is dropped is shown job by job, and applied when somebody says so', async () => {
      await viewer.page.setInputFiles('input[type=file]', {
        name: 'shop.yaml',
        mimeType: 'application/yaml',
        buffer: Buffer.from(shop.replace('every 2s', 'every 3s')),
      })
      await viewer.page.waitForSelector('text=1 changed')
      await viewer.page.click('button:text("Apply")')
      await viewer.page.waitForSelector('text=shop is applied')
      expect((await alpha.get<{ job: JobView }>('jobs/shop.report')).job.schedule).toBe('every 3s')
    })

    test('a job is disabled and enabled again by its buttons', async () => {
      await viewer.page.click('nav >> text=Jobs')
      await viewer.page.fill('input[type=search]', 'shop.')
      await viewer.page.click('a:text("shop.report")')
      await viewer.page.click('button:text("Disable")')
      await viewer.page.click('button:text("Enable")')
      await viewer.page.waitForSelector('button:text("Disable")')
      expect(viewer.complaints).toEqual([])
    })

    test('a lost connection is shown, and heals by itself when the agent is back', async () => {
      const { http } = await beta.ready()
      await viewer.page.goto(http)
      await viewer.page.waitForSelector('.connection.is-live')
      await beta.kill()
      await viewer.page.waitForSelector('.connection.is-lost')
      beta = home.start('beta', { words: ['--http', new URL(http).host] })
      await viewer.page.waitForSelector('.connection.is-live', { timeout: 100_000 })
      expect(await viewer.page.isVisible('h1')).toBe(true)
    })
  })
})

async function paceOf({ page }: Viewer): Promise<number> {
  const startedAtMs = performance.now()
  await page.evaluate('fetch("/mark.svg").then((reply) => reply.text())')
  return performance.now() - startedAtMs
}

async function put(category: string, text: string): Promise<void> {
  await asked('PUT', `config/${category}?file=${category}.yaml`, text)
}

async function post(place: string): Promise<void> {
  await asked('POST', place, '{}', 'application/json')
}

async function asked(method: string, place: string, body: string, type = 'application/yaml'): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  const response = await fetch(`${address}/api/v1/${place}`, { method, headers, body })
  if (!response.ok) throw new Error(`${place}: ${await response.text()}`)
}

async function runsOf(filter: string): Promise<readonly RunView[]> {
  return (await alpha.get<{ runs: readonly RunView[] }>(`runs?${filter}`)).runs
}
