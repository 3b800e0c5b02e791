// A headless Chromium for the tests of the viewer: the system's own, found on the PATH; where there is none the tests
// are skipped. Every message of a page's console and every failed request is kept, so that a test can say there was none.
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Null where this machine has none. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const places = folders.flatMap((folder) => names.map((name) => path.join(folder, name)))
  return places.find(isProgram) ?? null
}

function isProgram(place: string): boolean {
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Chromium's own sandbox needs more than a container or root has; what it shows here is only what we serve. */
export async function openBrowser(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...more] })
}

export type Look = { readonly scheme: 'light' | 'dark'; readonly width: number }

export class Viewer {
  readonly page: Page
  /** What the console said and what could not be had, since the last look. */
  complaints: string[] = []
  readonly #context: BrowserContext

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.message))
  }

  static async open(browser: Browser, { scheme, width }: Look): Promise<Viewer> {
    const context = await browser.newContext({
      colorScheme: scheme,
      viewport: { width, height: 900 },
      timezoneId: 'UTC',
    })
    return new Viewer(context, await context.newPage())
  }

  async close(): Promise<void> {
    await this.#context.close()
  }

  /** Violations of accessibility that axe calls serious or critical, each in one line. */
  async seriousFaults(): Promise<string[]> {
    // Not by a script element, which the page's policy rightly refuses.
    await this.page.evaluate(axe.source)
    const { violations } = await this.page.evaluate<AxeResults>('axe.run()')
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
  }
}
