// The data directory: who gets it, who is refused and told why, and what lies in it.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readAgentFile } from '../../../agent/store/agent-file.ts'
import { openDataDirectory, readToken, type DataDirectory } from '../../../agent/store/data-directory.ts'

const holder = path.join(import.meta.dirname, 'holder.ts')
const isRoot = process.getuid?.() === 0
const made: string[] = []
const children: ChildProcess[] = []
const opened: DataDirectory[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true, force: true })
})

function makeDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-data-'))
  made.push(directory)
  return directory
}

async function open(directory: string): Promise<DataDirectory> {
  const data = await openDataDirectory(directory)
  opened.push(data)
  return data
}

/** Starts a process that opens the directory, and answers with what it says: `open` or why not. */
async function hold(directory: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [holder, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}

describe('a data directory', () => {
  test('is made with all above it, for this user alone', async () => {
    const directory = path.join(makeDirectory(), 'var', 'hocket')
    const data = await open(directory)
    expect(data.path).toBe(directory)
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700)
    expect(fs.statSync(data.logsPath).mode & 0o777).toBe(0o700)
    expect(fs.statSync(data.runsPath).mode & 0o777).toBe(0o700)
    expect(fs.statSync(path.join(directory, 'token')).mode & 0o777).toBe(0o600)
  })

  test('that lay open to others is closed to them', async () => {
    const directory = makeDirectory()
    fs.chmodSync(directory, 0o755)
    await open(directory)
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700)
  })

  test('keeps its token and its small files from one agent to the next', async () => {
    const directory = makeDirectory()
    const first = await openDataDirectory(directory)
    expect(first.token).toMatch(/^[\w-]{43}$/)
    expect(await first.readFile('identity')).toBeNull()
    await first.writeFileSynced('identity', new Uint8Array([0, 1, 255]))
    await first.close()
    const second = await open(directory)
    expect(second.token).toBe(first.token)
    expect(await readToken(directory)).toBe(first.token)
    expect(Buffer.from((await second.readFile('identity')) ?? [])).toEqual(Buffer.from([0, 1, 255]))
    expect(fs.statSync(path.join(directory, 'identity')).mode & 0o777).toBe(0o600)
  })

  test('tells where its agent is, as long as it is there', async () => {
    const directory = makeDirectory()
    expect(await readAgentFile(directory)).toBeNull()
    const data = await openDataDirectory(directory)
    expect(await readAgentFile(directory)).toEqual({ pid: process.pid, httpAddress: null })
    await data.tellAddress('http://127.0.0.1:8600')
    expect(await readAgentFile(directory)).toEqual({ pid: process.pid, httpAddress: 'http://127.0.0.1:8600' })
    await data.close()
    expect(await readAgentFile(directory)).toBeNull()
  })

  test.each(['', '{', '[]', '{"pid":"1"}', 'null'])(
    'has an agent.json of %j taken for none',
    async (text) => {
      const directory = makeDirectory()
      fs.writeFileSync(path.join(directory, 'agent.json'), text)
      expect(await readAgentFile(directory)).toBeNull()
    },
  )
})

describe('a second agent on one data directory', () => {
  test('is refused with the pid that holds it', async () => {
    const directory = makeDirectory()
    const { child, said } = await hold(directory)
    expect(said).toBe('open')
    await expect(openDataDirectory(directory)).rejects.toMatchObject({
      holderPid: child.pid,
      message: `Cannot open data directory "${directory}": the agent with pid ${child.pid} has it, expected one agent for each data directory`,
    })
  })

  test('is refused within one process too', async () => {
    const directory = makeDirectory()
    await open(directory)
    await expect(openDataDirectory(directory)).rejects.toMatchObject({ holderPid: process.pid })
  })

  test('takes it over as soon as the first was killed', async () => {
    const directory = makeDirectory()
    const { child } = await hold(directory)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await readAgentFile(directory))?.pid).toBe(child.pid)
    await open(directory)
    expect((await readAgentFile(directory))?.pid).toBe(process.pid)
  })

  test('is not kept out by a number that another process bears by now', async () => {
    const directory = makeDirectory()
    await (await openDataDirectory(directory)).close()
    fs.writeFileSync(path.join(directory, 'agent.json'), '{"pid":1,"httpAddress":null}')
    expect((await open(directory)).path).toBe(directory)
  })

  test('is refused when many start at once: one has it, the others name that one', async () => {
    const directory = path.join(makeDirectory(), 'new')
    const all = await Promise.all(Array.from({ length: 6 }, () => hold(directory)))
    const winners = all.filter(({ said }) => said === 'open')
    expect(winners).toHaveLength(1)
    for (const { said } of all.filter((one) => one !== winners[0])) {
      expect(said).toContain(`the agent with pid ${winners[0]?.child.pid} has it`)
    }
  })
})

describe('a directory that cannot be used', () => {
  test('because it is a file, is refused in one line', async () => {
    const file = path.join(makeDirectory(), 'file')
    fs.writeFileSync(file, '')
    await expectRefused(file, 'it is not a directory, expected a directory')
    await expectRefused(path.join(file, 'below'), 'it is not a directory, expected a directory')
  })

  test("because it is another's, is refused and left as it was", async () => {
    const directory = makeDirectory()
    fs.writeFileSync(path.join(directory, 'thesis.tex'), 'x')
    await expectRefused(
      directory,
      `it holds "thesis.tex" and is none of hocket's, expected an empty directory or one that hocket made`,
    )
    expect(fs.readdirSync(directory)).toEqual(['thesis.tex'])
  })

  test('because another version wrote it, is refused and left as it was', async () => {
    const directory = makeDirectory()
    fs.writeFileSync(path.join(directory, 'format'), 'hocket data 9\n')
    await expectRefused(
      directory,
      'its format is "hocket data 9", expected "hocket data 1", or the version of hocket that wrote it',
    )
    expect(fs.readdirSync(directory)).toEqual(['format'])
  })

  test('because this user may not use it, is refused in one line', async ({ skip }) => {
    skip(isRoot, 'root may use every directory')
    const directory = makeDirectory()
    fs.chmodSync(directory, 0o500)
    await expectRefused(
      path.join(directory, 'below'),
      'this user may not use it, expected a directory that this user owns',
    )
  })

  test('because its disk is full, is refused in one line', async ({ skip }) => {
    skip(!isRoot, 'only root can mount a small disk')
    const directory = makeDirectory()
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,nr_inodes=1', 'hocket-test', directory])
    skip(mount.status !== 0, 'this root cannot mount, so no disk is filled')
    try {
      await expectRefused(directory, 'the disk is full, expected free space')
    } finally {
      spawnSync('umount', [directory])
    }
  })
})

async function expectRefused(directory: string, why: unknown): Promise<void> {
  const error: unknown = await openDataDirectory(directory).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ name: 'DataDirectoryRefused', holderPid: null })
  const message = error instanceof Error ? error.message : ''
  expect(message).toMatch(/^Cannot open data directory "[^\n]+": [^\n]+$/)
  expect(message.slice(`Cannot open data directory "${directory}": `.length)).toEqual(why)
}
