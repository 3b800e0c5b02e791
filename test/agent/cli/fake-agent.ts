// A data directory in which an agent seems to run: its API is real, and a test speaks for its core.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { TestApi, testToken } from '../api/test-api.ts'

export class FakeAgent {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-cli-'))
  readonly api: TestApi

  private constructor(api: TestApi) {
    this.api = api
    const file = { pid: process.pid, httpAddress: api.address }
    fs.writeFileSync(path.join(this.directory, 'agent.json'), JSON.stringify(file))
    fs.writeFileSync(path.join(this.directory, 'token'), `${testToken}\n`)
  }

  static async open(): Promise<FakeAgent> {
    return new FakeAgent(await TestApi.open())
  }

  write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.directory, name)), { recursive: true })
    fs.writeFileSync(path.join(this.directory, name), text)
  }

  remove(name: string): void {
    fs.rmSync(path.join(this.directory, name))
  }

  /** The commands that the core was given. */
  commands(): TestApi['commanded'][number]['command'][] {
    return this.api.commanded.map(({ command }) => command)
  }

  async close(): Promise<void> {
    await this.api.close()
    fs.rmSync(this.directory, { recursive: true })
  }
}
