// One host of a test's cluster and the agent on it, with all that can be done to it. Each fault stands in the log from
// before it begins until the agent answers again.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { errorCode } from '../../../lib/base/error-code.ts'
import type { StatusView } from '../../../lib/view/question.ts'
import { AgentProcess, hocket, until, type AgentEnd } from '../agent-process.ts'
import { ordersVariable, writeOrders, type Orders } from '../tampering/orders.ts'
import type { FaultLog } from './fault-log.ts'
import { apiPort, meshPort, type HostNetwork } from './host-network.ts'
import { isOnPath, runProgram } from './run-program.ts'

const tamperedAgent = path.resolve(
  import.meta.dirname,
  `../tampering/tampered-agent${path.extname(import.meta.filename)}`,
)

export type HostOptions = {
  readonly name: string
  readonly home: string
  readonly network: HostNetwork
  readonly faults: FaultLog
  /** The words that every start of the agent gets. */
  readonly words: readonly string[]
  /** What it is always told to do. */
  readonly orders: Orders
}

export class Host {
  readonly name: string
  readonly #options: HostOptions
  readonly #ordersFile: string
  #agent: AgentProcess | null = null
  /** What earlier agents of this host said. */
  #output = ''

  constructor(options: HostOptions) {
    this.name = options.name
    this.#options = options
    this.#ordersFile = path.join(options.home, `${options.name}-orders.json`)
    this.order({})
  }

  get agent(): AgentProcess {
    if (this.#agent === null) throw new Error(`Cannot ask host ${this.name}: no agent was started on it`)
    return this.#agent
  }

  get isUp(): boolean {
    return this.#agent?.isRunning === true
  }

  /** Of its last agent. */
  get pid(): number {
    return this.#agent?.pid ?? 0
  }

  get dataDirectory(): string {
    return path.join(this.#options.home, this.name)
  }

  /** All that its agents ever said. */
  get output(): string {
    return this.#output + (this.#agent?.output ?? '')
  }

  /** Starts an agent; the fault that its absence is ends when it votes and claims (see `isReady`). */
  start(more: { readonly words?: readonly string[]; readonly joinToken?: string } = {}): AgentProcess {
    const { home, network, words } = this.#options
    if (this.isUp) throw new Error(`Cannot start an agent on host ${this.name}: one runs there`)
    this.#output = this.output
    this.#agent = new AgentProcess(home, this.name, {
      program: tamperedAgent,
      through: network.on(this.name),
      apiAddress: `http://${network.address(this.name)}:${apiPort}`,
      environment: {
        [ordersVariable]: this.#ordersFile,
        ...(more.joinToken !== undefined && { HOCKET_JOIN: more.joinToken }),
      },
      words: [
        ...words,
        ...(more.words ?? []),
        '--listen',
        `0.0.0.0:${meshPort}`,
        '--http',
        `127.0.0.1:${apiPort}`,
      ],
    })
    return this.#agent
  }

  async status(): Promise<StatusView> {
    return this.agent.get<StatusView>('status')
  }

  /** It can claim: a majority renewed its session. */
  async isReady(): Promise<boolean> {
    if (!this.isUp) return false
    const status = await this.status().catch(() => null)
    return status?.state === 'ready' && status.session.isValid
  }

  async whenReady(timeoutMs?: number): Promise<void> {
    await this.agent.ready(timeoutMs)
    await until(`the agent of ${this.name} to be ready to claim`, async () => this.isReady(), timeoutMs)
    this.#options.faults.end({ kind: 'down', host: this.name })
  }

  /** Waits until it says of itself that its memory cannot be believed. */
  async whenQuarantined(): Promise<void> {
    await this.agent.ready()
    await until(`the agent of ${this.name} to be quarantined`, async () => {
      const { state, complaints } = await this.status()
      return state === 'degraded' && complaints.some((text) => text.includes('quarantined'))
    })
  }

  /** Has something done by `hocket` on this host. */
  async do(...words: readonly string[]): Promise<void> {
    const { code, out, err } = await this.ask(words)
    if (code !== 0) throw new Error(`hocket ${words.join(' ')} on ${this.name} ended with ${code}: ${err}`)
    this.#options.faults.note(`${this.name}: hocket ${words.join(' ')}: ${out.trim()}`)
  }

  /** What `hocket` says on this host. */
  async ask(words: readonly string[]): ReturnType<typeof hocket> {
    const through = this.#options.network.on(this.name)
    return hocket([...words, '--data-dir', this.dataDirectory], { through })
  }

  async kill(): Promise<void> {
    this.#options.faults.begin({ kind: 'down', host: this.name })
    await this.agent.kill()
  }

  async stop(): Promise<AgentEnd> {
    this.#options.faults.begin({ kind: 'down', host: this.name })
    return this.agent.stop()
  }

  /** Is told at once what it is to do; without a word it does nothing more than ever. */
  order(orders: Orders): void {
    writeOrders(this.#ordersFile, { ...this.#options.orders, ...orders })
  }

  /** Waits until the agent has ended by what it was ordered to do. */
  async died(timeoutMs?: number): Promise<void> {
    await until(`the agent of ${this.name} to end`, () => !this.isUp, timeoutMs)
    this.#options.faults.begin({ kind: 'down', host: this.name })
    this.order({})
  }

  /** As a witness it accepts, and nobody hears of it. */
  loseAccepts(): void {
    this.#options.faults.begin({ kind: 'lossy', host: this.name })
    this.order({ losesAccepts: true })
  }

  answerAgain(): void {
    this.order({})
    this.#options.faults.end({ kind: 'lossy', host: this.name })
  }

  pause(): void {
    this.#options.faults.begin({ kind: 'paused', host: this.name })
    this.agent.signal('SIGSTOP')
  }

  goOn(): void {
    this.agent.signal('SIGCONT')
    this.#options.faults.end({ kind: 'paused', host: this.name })
  }

  /** The data directory as it is now, as an image for later. */
  saveImage(name: string): string {
    const image = path.join(this.#options.home, `image-${name}`)
    fs.rmSync(image, { recursive: true, force: true })
    execFileSync('cp', ['-a', this.dataDirectory, image])
    return image
  }

  /** Puts an image in the place of the data directory; of this host or another one. */
  restoreImage(image: string): void {
    this.wipe()
    execFileSync('cp', ['-a', image, this.dataDirectory])
  }

  /** From now on its agent is not to be trusted, by its own word or by others'. */
  distrust(): void {
    this.#options.faults.begin({ kind: 'untrusted', host: this.name })
  }

  trust(): void {
    this.#options.faults.end({ kind: 'untrusted', host: this.name })
  }

  wipe(): void {
    if (this.isUp) throw new Error(`Cannot change the disk of host ${this.name}: its agent runs`)
    fs.rmSync(this.dataDirectory, { recursive: true, force: true })
  }

  /** A disk of its own for the data directory, which no agent has seen yet; the janitor takes it away. */
  async mountSmallDisk(): Promise<void> {
    fs.mkdirSync(this.dataDirectory, { mode: 0o700 })
    await runProgram(['mount', '-t', 'tmpfs', '-o', 'size=8m,mode=700', 'hocket-test', this.dataDirectory])
  }

  /** Not a byte more can be written. */
  fillDisk(): void {
    this.#options.faults.begin({ kind: 'down', host: this.name })
    const file = fs.openSync(this.#ballast, 'w')
    const bytes = Buffer.alloc(4096)
    try {
      for (;;) fs.writeSync(file, bytes)
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC') throw error
    } finally {
      fs.closeSync(file)
    }
  }

  emptyDisk(): void {
    fs.rmSync(this.#ballast)
  }

  get #ballast(): string {
    return path.join(this.dataDirectory, 'ballast')
  }

  /** The next write that the agent wants on the disk fails; it is to stop by itself. */
  async failNextSync(): Promise<void> {
    const { pid } = this.agent
    if (pid <= 1) throw new Error(`Cannot trace process ${pid}: expected the agent's`)
    this.#options.faults.begin({ kind: 'down', host: this.name })
    const inject = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=1']
    const tracer = spawn('strace', ['-f', '-p', String(pid), '-o', '/dev/null', ...inject], {
      stdio: 'ignore',
    })
    const isTraced = new Promise<void>((resolve, reject) => {
      tracer.on('error', reject)
      tracer.on('close', () => resolve())
    })
    await Promise.all([this.agent.ended, isTraced])
  }
}

/** Whether calls of the system can be made to fail. */
export function hasTracer(): boolean {
  return isOnPath('strace')
}
