// The store on a real disk: what every store promises, and what a disk can do to it.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openLogStore, type LogStore } from '../../../agent/store/log-store.ts'
import { logStoreSuite } from './log-store-suite.ts'

const committer = path.join(import.meta.dirname, 'committer.ts')
const made: string[] = []
afterEach(() => {
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true, force: true })
})

function makeDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-store-'))
  made.push(directory)
  return directory
}

logStoreSuite(() => {
  const directory = makeDirectory()
  let store: LogStore | null = null
  return Promise.resolve({
    open: async () => {
      await store?.close()
      return (store = await openLogStore(directory))
    },
    end: async () => store?.close(),
  })
})

describe('the files of a store', () => {
  test('are readable by this user alone', async () => {
    const directory = path.join(makeDirectory(), 'logs')
    const store = await openLogStore(directory)
    await store.commit([
      { kind: 'append', log: 'votes', text: 'one\n', sync: true },
      { kind: 'rewrite', log: 'journal', text: 'one\n' },
    ])
    await store.close()
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700)
    expect(fs.readdirSync(directory).toSorted()).toEqual(['journal.log', 'votes.log'])
    for (const name of fs.readdirSync(directory)) {
      expect(fs.statSync(path.join(directory, name)).mode & 0o777).toBe(0o600)
    }
  })

  test('that a crash left unfinished are cleared away, and what is not ours stays', async () => {
    const directory = makeDirectory()
    const orphan = `@${'0'.repeat(64)}.name`
    for (const name of ['votes.log.new', orphan, 'README']) fs.writeFileSync(path.join(directory, name), 'x')
    const store = await openLogStore(directory)
    expect(store.names()).toEqual([])
    await store.close()
    expect(fs.readdirSync(directory)).toEqual(['README'])
  })

  test('show damage as it is: bytes are read one by one, not decoded', async () => {
    const directory = makeDirectory()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    fs.writeFileSync(path.join(directory, 'votes.log'), bytes)
    const store = await openLogStore(directory)
    expect(Buffer.from(await store.read('votes'), 'latin1')).toEqual(bytes)
    expect(store.lengthBytes('votes')).toBe(256)
    await store.close()
  })

  test('do not stay open by the thousand', async () => {
    const store = await openLogStore(makeDirectory())
    const before = openDescriptors()
    for (let i = 0; i < 300; i++) {
      await store.commit([{ kind: 'append', log: `document/${i}`, text: 'one\n', sync: false }])
    }
    expect(openDescriptors() - before).toBeLessThanOrEqual(128)
    await store.close()
    expect(openDescriptors()).toBe(before)
  })
})

describe('a process that is killed while it commits', () => {
  test.each([1, 2, 3])('has on the disk all that it acknowledged, and in order (%d)', async (round) => {
    const directory = makeDirectory()
    const child = spawn(process.execPath, [committer, directory, 'loop'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    const killed = new Promise<void>((resolve) => child.on('close', () => resolve()))
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      output += text
      if (output.length > round * 900) child.kill('SIGKILL')
    })
    await killed
    const acknowledged = Number(output.trimEnd().split('\n').at(-1)?.split(' ')[0])
    expect(acknowledged).toBeGreaterThan(100)

    const store = await openLogStore(directory)
    const votes = (await store.read('votes')).split('\n')
    for (let i = 0; i <= acknowledged; i++) expect(votes[i]).toBe(`vote ${i}`)
    const rewritten = await store.read('document/rewritten')
    expect(rewritten).toMatch(/^(\d+\n){50}$/)
    expect(Number(rewritten.split('\n')[0])).toBeGreaterThanOrEqual(Math.floor(acknowledged / 10) * 10)
    await store.close()
  })
})

const isStraced = spawnSync('strace', ['-V']).status === 0
if (!isStraced) console.log('skipped: no strace, so no sync and no rename is made to fail')

describe.skipIf(!isStraced)('a disk that fails', () => {
  test.each(['fdatasync', 'fsync', 'pwrite64', 'rename'])('in %s closes the store for ever', (call) => {
    const directory = makeDirectory()
    const report = runCommitter(directory, [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      `trace=${call}`,
      '-e',
      `inject=${call}:error=EIO`,
    ])
    expect(report).toEqual({ first: 'io', second: 'io', isMessageOneLine: true })
  })
})

test.skipIf(!isStraced)(
  'nothing is acknowledged before the disk has it, and the directory where names changed',
  () => {
    const directory = fs.realpathSync(makeDirectory())
    const trace = path.join(directory, 'trace')
    const calls = 'fdatasync,fsync,rename,unlink,write'
    const words = ['-f', '-qq', '-y', '-o', trace, '-e', `trace=${calls}`, process.execPath, committer]
    expect(spawnSync('strace', [...words, path.join(directory, 'logs'), 'once']).status).toBe(0)
    const lines = fs
      .readFileSync(trace, 'latin1')
      .split('\n')
      .flatMap((line) => readCall(line, directory))
    const [, ...commits] = lines.join(' ').split('write acknowledged')
    const [opening, first = ''] = lines.join(' ').split('write acknowledged')[0]?.split('write opened') ?? []
    expect(opening?.trim()).toBe('fsync /logs fsync')
    expect([first, ...commits].map((text) => text.trim())).toEqual([
      'fsync /logs/votes.log fsync /logs',
      'fdatasync /logs/votes.log',
      '',
      'fsync /logs/votes.log',
      'fsync /logs/votes.log.new rename /logs/votes.log.new fsync /logs',
      'unlink /logs/votes.log fsync /logs',
      '',
      'fsync /logs/journal.log fsync /logs',
      '',
    ])
  },
)

const canMount = mountSmall(makeDirectory())
if (!canMount) console.log('skipped: this user cannot mount, so no disk is filled')

describe.skipIf(!canMount)('a full disk', () => {
  test('closes the store with the word "full", and loses nothing that was acknowledged', async () => {
    const directory = makeDirectory()
    expect(mountSmall(directory, 'keep')).toBe(true)
    try {
      const store = await openLogStore(path.join(directory, 'logs'))
      let kept = 0
      const fill = async (): Promise<void> => {
        for (;;) {
          await store.commit([{ kind: 'append', log: 'votes', text: `${'x'.repeat(9_999)}\n`, sync: true }])
          kept++
        }
      }
      await expect(fill()).rejects.toThrow('Cannot write log "votes": the disk is full (ENOSPC)')
      await expect(store.commit([])).rejects.toMatchObject({ kind: 'full' })
      expect(kept).toBeGreaterThan(10)
      await store.close()
      const again = await openLogStore(path.join(directory, 'logs'))
      expect((await again.read('votes')).slice(0, kept * 10_000)).toBe(`${'x'.repeat(9_999)}\n`.repeat(kept))
      await again.close()
    } finally {
      execFileSync('umount', [directory])
    }
  })
})

function runCommitter(directory: string, [program = '', ...words]: readonly string[]): unknown {
  const result = spawnSync(program, [...words, process.execPath, committer, directory, 'fail'], {
    encoding: 'utf8',
  })
  expect(result.stderr).toBe('')
  return JSON.parse(result.stdout)
}

/** A call on the directory's files, or the write of an acknowledgement, from a line such as `12 fsync(21</x/logs>) = 0`. */
function readCall(line: string, directory: string): string[] {
  const [, call = '', rest = ''] = /^\d+ +(\w+)\((.*)/.exec(line) ?? []
  const said = /"(opened|acknowledged)\\n"/.exec(rest)?.[1]
  if (call === 'write') return said === undefined ? [] : [`write ${said}`]
  const file = /[<"](\/[^>"]*)[>"]/.exec(rest)?.[1] ?? ''
  return file.startsWith(directory) ? [`${call} ${file.slice(directory.length)}`.trim()] : []
}

function openDescriptors(): number {
  return fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd').length : 0
}

/** Mounts one megabyte of memory as a disk; false when this user may not. */
function mountSmall(directory: string, after: 'keep' | 'unmount' = 'unmount'): boolean {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'hocket-test', directory]).status === 0
  if (mounted && after === 'unmount') spawnSync('umount', [directory])
  return mounted
}
