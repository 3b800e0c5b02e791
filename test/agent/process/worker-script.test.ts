// The wrapper script by itself, in every shell and with every way to a session that this machine has.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import { Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ownAccount } from '../../../agent/process/account.ts'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { requestText, type SpawnRequest } from '../../../agent/process/request-text.ts'
import { readRun } from '../../../agent/process/run-record.ts'
import { splitLines } from '../../../agent/process/split-lines.ts'
import { readUptimeMs } from '../../../agent/process/uptime.ts'
import { sessionMakers, workerScript, type SessionMaker } from '../../../agent/process/worker-script.ts'

const shells = distinct(
  [['/bin/sh'], ['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']],
  ([program = '']) => program,
)
const makers = distinct(sessionMakers, (maker) => maker)
const ways = shells.flatMap((shell) => makers.map((maker) => [shell, maker] as const))
const hasPs = spawnSync('ps', ['-o', 'lstart=', '-p', '1']).status === 0
const account = ownAccount()
const directories: string[] = []
const children: ChildProcess[] = []

/** Those whose program exists, each program once. */
function distinct<One>(all: readonly One[], programOf: (one: One) => string): One[] {
  const present = all.filter((one) => fs.existsSync(programOf(one)))
  return [...new Map(present.map((one) => [fs.realpathSync(programOf(one)), one])).values()]
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true })
})

class WorkerBench {
  readonly runs = fs.mkdtempSync(path.join(os.tmpdir(), "hocket worker's \n place-"))
  readonly child: ChildProcess
  readonly #line: Socket
  readonly #heard: string[] = []
  #onHeard: () => void = () => undefined

  constructor(shell: readonly string[], maker: SessionMaker, procDirectory = '/proc') {
    directories.push(this.runs)
    const [program = '', ...words] = shell
    this.child = spawn(
      program,
      [...words, '-c', workerScript(maker), 'hocket-worker', this.runs, procDirectory],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
        env: {},
        detached: true,
      },
    )
    children.push(this.child)
    const line = this.child.stdio[3]
    if (!(line instanceof Socket)) throw new Error('no socket')
    this.#line = line
    line.on(
      'data',
      splitLines((text) => {
        this.#heard.push(text)
        this.#onHeard()
      }),
    )
  }

  async run(
    name: string,
    command: string,
    environment: Readonly<Record<string, string>> = {},
    more: Partial<SpawnRequest> = {},
  ): Promise<string[]> {
    const place = path.join(this.runs, name)
    fs.mkdirSync(place)
    fs.writeFileSync(
      path.join(place, 'request'),
      requestText({ process: name, command, environment, ...more }, { bootId: 'boot', account }),
    )
    return this.hand(name)
  }

  async hand(name: string): Promise<string[]> {
    this.#heard.length = 0
    this.#line.write(`${name}\n`)
    await new Promise<void>((resolve) => {
      this.#onHeard = () => this.#heard.at(-1) === 'ended' && resolve()
    })
    return [...this.#heard]
  }

  /** The socket ends, as it does when the launcher is gone. */
  async end(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.child.on('exit', (code) => resolve(code)))
    this.#line.destroy()
    return ended
  }

  read(name: string, file: string): string {
    return fs.readFileSync(path.join(this.runs, name, file), 'latin1')
  }
}

describe.each(ways)('in %s by %s', (shell, maker) => {
  test('a worker takes one run after another, and goes when its socket ends', async () => {
    const worker = new WorkerBench(shell, maker)
    for (let i = 0; i < 5; i++) {
      const [started, ended] = await worker.run(`run${i}`, `echo "out $A"; echo err >&2; exit ${i}`, {
        A: `it's ${i}`,
      })
      expect(`${started}\n`).toBe(worker.read(`run${i}`, 'started'))
      expect(ended).toBe('ended')
      expect(worker.read(`run${i}`, 'exit')).toMatch(new RegExp(`^ended ${i}( bash)?\\n *$`))
      expect(worker.read(`run${i}`, 'stdout')).toBe(`out it's ${i}\n`)
      expect(worker.read(`run${i}`, 'stderr')).toBe('err\n')
    }
    expect(await worker.end()).toBe(0)
  })

  test('a leased command is executed while there is time, and not from then on', async () => {
    const worker = new WorkerBench(shell, maker)
    const nowMs = readUptimeMs('/proc') ?? 0
    // Whatever its environment is, the shell counts in tens: neither IFS nor these names may mislead it.
    const environment = { IFS: '.0123', HOCKET_UPTIME: '1', PS4: 'x', A: '1' }
    const soon = nowMs + 60_000
    const tries = [
      { sessionMs: soon, slotMs: soon, words: ['started', 'ended'] },
      { sessionMs: soon, slotMs: null, words: ['started', 'ended'] },
      { sessionMs: nowMs, slotMs: null, words: ['ended'] },
      { sessionMs: nowMs, slotMs: soon, words: ['ended'] },
      { sessionMs: soon, slotMs: nowMs, words: ['ended'] },
    ]
    for (const [i, { words, ...notAfter }] of tries.entries()) {
      const heard = await worker.run(`run${i}`, 'echo "$A $IFS"', environment, { notAfter })
      expect(heard.map((line) => line.split(' ')[0])).toEqual(words)
      const isStarted = words.length === 2
      expect(worker.read(`run${i}`, 'stdout')).toMatch(isStarted ? /^1 / : /^$/)
      expect(worker.read(`run${i}`, 'exit')).toMatch(isStarted ? /^ended 0/ : /^late\nended 0/)
      const record = await readRun(path.join(worker.runs, `run${i}`), new ProcessTable('/proc'))
      expect(record).toMatchObject(isStarted ? { kind: 'ended' } : { kind: 'not-started', why: 'too-late' })
    }
  })

  test('a leased command is not executed where the uptime cannot be read', async () => {
    const worker = new WorkerBench(shell, maker, '/nonexistent')
    const notAfter = { sessionMs: 1e12, slotMs: null }
    expect(await worker.run('run', 'echo ran', {}, { notAfter })).toEqual(['ended'])
    expect(worker.read('run', 'exit')).toMatch(/^late\nended 0/)
    expect(worker.read('run', 'stdout')).toBe('')
  })

  test('a command leads a session and a group of its own, with its own number', async () => {
    const worker = new WorkerBench(shell, maker)
    await worker.run('run', 'ps -o pid=,pgid=,sid= -p $$')
    const [pid, group, session] = worker.read('run', 'stdout').trim().split(/\s+/)
    expect([group, session]).toEqual([pid, pid])
    expect(worker.read('run', 'started')).toMatch(
      new RegExp(`^started ${pid} \\d+ ${worker.child.pid} \\d+ [\\w-]+\\n$`),
    )
  })

  test('a command has no descriptor of its worker, and no signal ignored or blocked', async () => {
    const worker = new WorkerBench(shell, maker)
    await worker.run(
      'run',
      'for fd in /proc/$$/fd/*; do readlink "$fd"; done; grep -E "^Sig(Ign|Blk):" /proc/self/status',
    )
    const place = path.join(worker.runs, 'run')
    const written = worker.read('run', 'stdout')
    const signals = `SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${'0'.repeat(16)}\n`
    expect(written.startsWith(`/dev/null\n${place}/stdout\n${place}/stderr\n`)).toBe(true)
    expect(written.endsWith(signals)).toBe(true)
    expect(written.slice(0, -signals.length)).not.toMatch(/socket:|exit$/m)
  })

  test('a signal to the worker neither ends it nor loses the record', async () => {
    const worker = new WorkerBench(shell, maker)
    await worker.run('run', `kill -HUP $PPID; kill -INT $PPID; kill -QUIT $PPID; kill -TERM $PPID; exit 4`)
    expect(worker.read('run', 'exit')).toMatch(/^ended 4/)
    await worker.run('next', 'exit 5')
    expect(worker.read('next', 'exit')).toMatch(/^ended 5/)
  })

  test('a worker whose launcher is gone still writes how its command ended', async () => {
    const worker = new WorkerBench(shell, maker)
    const running = worker.run('run', 'while [ ! -e "$GO" ]; do sleep 0.02; done; exit 6', {
      GO: `${worker.runs}/go`,
    })
    while (!fs.existsSync(path.join(worker.runs, 'run', 'started')))
      await new Promise((resolve) => setTimeout(resolve, 5))
    const ended = worker.end()
    fs.writeFileSync(path.join(worker.runs, 'go'), '')
    expect(await ended).not.toBeNull()
    expect(worker.read('run', 'exit')).toMatch(/^ended 6/)
    void running
  })

  test('a run that was withdrawn is not executed', async () => {
    const worker = new WorkerBench(shell, maker)
    fs.mkdirSync(path.join(worker.runs, 'run'))
    const request = { process: 'run', command: 'echo executed', environment: {} }
    fs.writeFileSync(
      path.join(worker.runs, 'run', 'request'),
      requestText(request, { bootId: 'boot', account }),
    )
    fs.writeFileSync(path.join(worker.runs, 'run', 'started'), 'withdrawn\n')
    expect(await worker.hand('run')).toEqual(['ended'])
    expect(worker.read('run', 'stdout')).toBe('')
    expect(worker.read('run', 'started')).toBe('withdrawn\n')
  })

  test('a run whose directory or request is missing is not executed, and the worker goes on', async () => {
    const worker = new WorkerBench(shell, maker)
    expect(await worker.hand('nothing')).toEqual(['ended'])
    fs.mkdirSync(path.join(worker.runs, 'empty'))
    expect(await worker.hand('empty')).toEqual(['ended'])
    expect(fs.existsSync(path.join(worker.runs, 'empty', 'started'))).toBe(false)
    await worker.run('run', 'exit 5')
    expect(worker.read('run', 'exit')).toMatch(/^ended 5/)
  })

  test.skipIf(!hasPs || shell[0] === '/bin/busybox')(
    'without /proc the processes are told by what ps says of their start',
    async () => {
      const worker = new WorkerBench(shell, maker, '/nonexistent')
      const running = worker.run('run', 'while [ ! -e "$GO" ]; do sleep 0.02; done', {
        GO: `${worker.runs}/go`,
      })
      const place = path.join(worker.runs, 'run')
      while (!fs.existsSync(path.join(place, 'stdout')))
        await new Promise((resolve) => setTimeout(resolve, 5))
      const table = new ProcessTable('/nonexistent')
      while ((await readRun(place, table)).kind !== 'running')
        await new Promise((resolve) => setTimeout(resolve, 20))
      fs.writeFileSync(path.join(worker.runs, 'go'), '')
      await running
      expect(await readRun(place, table)).toMatchObject({ kind: 'ended', exit: { kind: 'code', code: 0 } })
    },
  )
})

test('this machine has a shell and a way to a session', () => {
  console.log(`worker script: ${ways.map(([[shell], maker]) => `${shell} by ${maker}`).join(', ')}`)
  expect(ways.length).toBeGreaterThan(0)
})
