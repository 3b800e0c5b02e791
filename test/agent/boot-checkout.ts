// A checkout in a temporary folder for the tests of the boot script: the real script, with an `npm` and a compiler
// that write down that they were called, and a program that says how it was started. All run as real processes.
import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

const npmScript = `#!/bin/sh
echo "$@" >> npm.log
while [ -e hold ]; do sleep 0.02; done
[ ! -e npm-fails ] || exit 3
mkdir -p node_modules/typescript/bin
cp package-lock.json node_modules/.package-lock.json
cp compiler.cjs node_modules/typescript/bin/tsc
`

const compilerScript = `
const fs = require('fs')
fs.appendFileSync('tsc.log', process.argv.slice(2).join(' ') + '\\n')
if (fs.existsSync('tsc-fails')) process.exit(2)
fs.mkdirSync('dist/agent', { recursive: true })
fs.copyFileSync('program.js', 'dist/agent/main.js')
`

const program = `
const [word] = process.argv.slice(2)
if (word === 'wait') {
  process.on('SIGTERM', () => process.exit(44))
  setInterval(() => {}, 1000)
}
const said = { words: process.argv.slice(2), pid: process.pid, path: process.env.PATH, bundled: process.env.BUNDLED }
said.join = process.env.HOCKET_JOIN
const fs = await import('node:fs')
const list = '/proc/self/cmdline'
if (fs.existsSync(list)) said.listed = fs.readFileSync(list, 'utf8').replaceAll('\\0', ' ').trim()
console.log(JSON.stringify(said))
if (word === 'exit') process.exit(Number(process.argv[3]))
if (word === 'die') process.kill(process.pid, 'SIGKILL')
`

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

type Said = {
  readonly words: string[]
  readonly pid: number
  readonly path: string
  readonly bundled?: string
  readonly join?: string
  /** What a list of processes shows of it, where that can be read. */
  readonly listed?: string
}

type Boot = {
  readonly pid: number
  readonly output: () => string
  readonly errors: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<End>
}

export class BootCheckout {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'hocket-boot-'))

  readonly #children: ChildProcess[] = []

  constructor() {
    mkdirSync(this.at('agent'))
    mkdirSync(this.at('bin'))
    for (const name of ['boot.js', 'hocket.js'])
      copyFileSync(path.join(root, 'agent', name), this.at(`agent/${name}`))
    this.write('agent/source.ts', 'export const a = 1\n')
    this.write('program.js', program)
    this.write('compiler.cjs', compilerScript)
    this.write('bin/npm', npmScript)
    chmodSync(this.at('bin/npm'), 0o755)
    for (const name of ['tsconfig.json', 'tsconfig.base.json']) this.write(name, '{}')
    this.needNode('22.13')
    this.lock({ 'node_modules/typescript': { version: '1.0.0', integrity: 'a' } })
  }

  at(name: string): string {
    return path.join(this.folder, name)
  }

  write(name: string, text: string): void {
    writeFileSync(this.at(name), text)
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true })
  }

  lock(packages: Readonly<Record<string, object>>): void {
    this.write('package-lock.json', JSON.stringify({ packages: { '': {}, ...packages } }))
  }

  needNode(floor: string): void {
    this.write('package.json', JSON.stringify({ type: 'module', engines: { node: `>=${floor}` } }))
  }

  /** Puts a Node.js where the development packages bring one: the running one behind a script that marks its use. */
  bringNode(): void {
    const bin = this.at(`node_modules/node-${process.platform}-${process.arch}/bin`)
    mkdirSync(bin, { recursive: true })
    writeFileSync(path.join(bin, 'node'), `#!/bin/sh\nBUNDLED=yes exec '${process.execPath}' "$@"\n`)
    chmodSync(path.join(bin, 'node'), 0o755)
  }

  calls(tool: 'npm' | 'tsc'): string[] {
    const log = this.at(`${tool}.log`)
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
  }

  start(
    words: readonly string[],
    script = 'agent/boot.js',
    searched = `${this.at('bin')}:/usr/bin:/bin`,
  ): Boot {
    const env = { PATH: searched }
    const child = spawn(process.execPath, [script, ...words], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const heard = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.err += text))
    const ended = new Promise<End>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }))
    })
    this.#children.push(child)
    return {
      pid: child.pid ?? 0,
      output: () => heard.out,
      errors: () => heard.err,
      kill: (signal) => child.kill(signal),
      ended,
    }
  }

  /** Runs to the end; what the program said is undefined when it did not start. */
  async run(words: readonly string[], script?: string, searched?: string) {
    const boot = this.start(words, script, searched)
    const end = await boot.ended
    const said = boot.output() === '' ? undefined : (JSON.parse(boot.output()) as Said)
    return { ...end, pid: boot.pid, errors: boot.errors(), said }
  }

  close(): void {
    for (const child of this.#children) child.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
