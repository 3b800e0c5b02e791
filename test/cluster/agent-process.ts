// Real agents as real processes, for tests, the demo and the benchmarks: each in a data directory below one temporary
// directory, on ports of the system's choice. What was started here is ended here, by its process id.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { guardHome } from './guard-home.ts'

/** Where the program lies. */
export const root = findRoot()

/** The program beside which this file lies: the sources under a Node.js that reads them, or what was built. */
export const mainFile = findMain()

/** Where Node.js keeps what it made of the sources: an agent starts in half the time then. */
const compileCache = path.join(root, 'node_modules/.cache/node-compile')

export type AgentOptions = {
  /** Further words, such as `--witnesses 3`. */
  readonly words?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** A shell's words before the program, such as `ulimit -f 100`. */
  readonly before?: string
  /** The words of a program that runs the rest in place of itself, such as `ip netns exec NAME`. */
  readonly through?: readonly string[]
  /** In place of main.ts: a program that takes the same words. */
  readonly program?: string
  /** Where its API is reached, if not where it says: `http://10.0.0.1:7460`. */
  readonly apiAddress?: string
}

export type AgentEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

type Ready = {
  readonly http: string
  readonly mesh: readonly string[]
  readonly nodeId: string
  readonly how: string
}

const apiPatienceMs = 20_000

/** One agent's process. Its output is JSON lines. */
export class AgentProcess {
  readonly name: string
  readonly dataDirectory: string
  readonly configDirectory: string
  readonly ended: Promise<AgentEnd>
  readonly #child: ChildProcess
  readonly #apiAddress: string | undefined
  #output = ''
  #errors = ''
  #ready: Ready | undefined
  #end: AgentEnd | undefined

  constructor(home: string, name: string, options: AgentOptions = {}) {
    this.name = name
    this.dataDirectory = path.join(home, name)
    this.configDirectory = path.join(home, `${name}-jobs`)
    fs.mkdirSync(this.configDirectory, { recursive: true })
    this.#apiAddress = options.apiAddress
    const words = [
      options.program ?? mainFile,
      'agent',
      `--name=${name}`,
      `--data-dir=${this.dataDirectory}`,
      `--config-dir=${this.configDirectory}`,
      '--log-format=json',
      ...withDefault(options.words ?? [], '--listen', '127.0.0.1:0'),
    ]
    const all = withDefault(words, '--http', '127.0.0.1:0')
    const shell = options.before === undefined ? [] : ['/bin/sh', '-c', `${options.before}; exec "$0" "$@"`]
    const [program = '', ...rest] = [...(options.through ?? []), ...shell, process.execPath, ...all]
    this.#child = spawn(program, rest, {
      cwd: home,
      env: { ...bareEnvironment(), ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
    this.#child.on('error', (error) => (this.#errors += error.message))
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.#end = { code, signal }
        resolve(this.#end)
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#end === undefined
  }

  /** Everything that it said on both outputs. */
  get output(): string {
    return this.#output + this.#errors
  }

  get errors(): string {
    return this.#errors
  }

  /** The texts of its log lines. */
  messages(): string[] {
    return records(this.#output).map((record) => String(record['msg']))
  }

  /** Resolves when it answers; rejects with what it said when it ended before. */
  async ready(timeoutMs = 100_000): Promise<Ready> {
    await until(
      `agent ${this.name} to be ready`,
      () => this.#ready !== undefined || !this.isRunning,
      timeoutMs,
    )
    if (this.#ready === undefined)
      throw new Error(`Agent ${this.name} ended before it was ready:\n${this.output}`)
    return this.#ready
  }

  /** An answer of its API to its own user; rejects when it does not answer with 200. */
  async get<Answer>(place: string): Promise<Answer> {
    return JSON.parse(await this.text(place)) as Answer
  }

  /** The same as it was sent. */
  async text(place: string): Promise<string> {
    return (await this.bytes(place)).toString()
  }

  async bytes(place: string): Promise<Buffer> {
    const response = await this.open(place)
    const body = await buffer(response)
    if (response.statusCode !== 200) throw new Error(`${place}: ${response.statusCode} ${body.toString()}`)
    return body
  }

  /** The same, to be read as slowly as one likes. */
  async open(place: string): Promise<http.IncomingMessage> {
    const { http: ownAddress } = await this.ready()
    // Wherever it is reached, it is called by the name by which it knows itself.
    const token = fs.readFileSync(path.join(this.dataDirectory, 'token'), 'utf8').trim()
    const headers = { host: new URL(ownAddress).host, authorization: `Bearer ${token}` }
    return openPlace(`${this.#apiAddress ?? ownAddress}/api/v1/${place}`, headers)
  }

  /** Writes a config file as an editor would: whole, and then in its place. */
  drop(fileName: string, text: string): void {
    const unfinished = path.join(this.configDirectory, `.${fileName}`)
    fs.writeFileSync(unfinished, text)
    fs.renameSync(unfinished, path.join(this.configDirectory, fileName))
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }

  async stop(): Promise<AgentEnd> {
    this.signal('SIGTERM')
    return this.ended
  }

  #hear(text: string): void {
    this.#output += text
    if (this.#ready !== undefined || !this.#output.includes('the agent is ready')) return
    const record = records(this.#output).find(({ msg }) => msg === 'the agent is ready')
    if (record !== undefined) this.#ready = record as Ready & Record<string, unknown>
  }
}

/** A temporary directory and the agents in it. */
export class AgentHome {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-'))
  readonly #isOver = guardHome(this.directory)
  readonly #agents: AgentProcess[] = []

  start(name: string, options?: AgentOptions): AgentProcess {
    const agent = new AgentProcess(this.directory, name, options)
    this.#agents.push(agent)
    return agent
  }

  at(name: string): string {
    return path.join(this.directory, name)
  }

  /** Ends every agent, waits for what they started (commands of tests end by themselves), and clears up. */
  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill()))
    await until(`processes of ${this.directory} to end`, () => leftOvers(this.directory).length === 0)
    fs.rmSync(this.directory, { recursive: true, force: true, maxRetries: 10 })
    this.#isOver()
  }
}

/** What a command of `hocket` says and how it ends. */
export async function hocket(
  words: readonly string[],
  options: {
    readonly cwd?: string
    readonly environment?: Readonly<Record<string, string>>
    readonly through?: readonly string[]
  } = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const [program = '', ...rest] = [...(options.through ?? []), process.execPath, mainFile, ...words]
  const child = spawn(program, rest, {
    cwd: options.cwd ?? os.tmpdir(),
    env: { ...bareEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, ...said }
}

/** Looks again and again until it is so; rejects with what was waited for. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 100_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`)
    await delay(25)
  }
}

/** As fetch() does, but for the header `host`, which fetch() writes itself. */
async function openPlace(
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.get(address, { headers, agent: false, timeout: apiPatienceMs }, resolve)
    request.on('timeout', () =>
      request.destroy(new Error(`${address} did not answer in ${apiPatienceMs} ms`)),
    )
    request.on('error', reject)
  })
}

/** The folder of package.json, also above what was built. */
function findRoot(): string {
  const above = path.resolve(import.meta.dirname, '../..')
  return fs.existsSync(path.join(above, 'package.json')) ? above : path.dirname(above)
}

function findMain(): string {
  const extension = path.extname(import.meta.filename)
  const beside = path.join(root, extension === '.js' ? 'dist/agent/main.js' : 'agent/main.ts')
  // A Node.js that cannot read types needs what was built.
  return beside.endsWith('.js') || process.features.typescript !== false
    ? beside
    : path.join(root, 'dist/agent/main.js')
}

function withDefault(words: readonly string[], flag: string, value: string): string[] {
  return words.includes(flag) ? [...words] : [...words, flag, value]
}

/** No setting of the caller's environment reaches an agent. */
function bareEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', HOME = os.homedir(), TMPDIR = os.tmpdir() } = process.env
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE: compileCache }
}

function records(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Processes whose words name the directory: launchers, and workers with what they run. */
function leftOvers(directory: string): number[] {
  if (!fs.existsSync('/proc/self/cmdline')) return []
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(directory)
      } catch {
        return false
      }
    })
    .map(Number)
}
