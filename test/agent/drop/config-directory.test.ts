// The watched directory's promises, on real files: what is whole is told once, what is half-written never, and files
// that vanish together are not taken for a wish.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigDirectory } from '../../../agent/drop/config-directory.ts'
import { createLog } from '../../../agent/log.ts'

let directory: string
let opened: ConfigDirectory | undefined
let told: string[]
let logged: string

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-drop-'))
  told = []
  logged = ''
})

afterEach(async () => {
  await opened?.close()
  opened = undefined
  fs.rmSync(directory, { recursive: true, force: true })
})

const at = (name: string) => path.join(directory, name)
const write = (name: string, text: string) => fs.writeFileSync(at(name), text)
/** A file that was written a minute ago. */
const writeOld = (name: string, text: string) => {
  write(name, text)
  fs.utimesSync(at(name), Date.now() / 1000 - 60, Date.now() / 1000 - 60)
}

async function open(options: { quietMs?: number; pollMs?: number } = {}): Promise<void> {
  opened = await ConfigDirectory.open({
    directory,
    onDropped: ({ fileName, text, isStartup }) =>
      told.push(`${isStartup ? 'found' : 'dropped'} ${fileName}: ${text}`),
    onRemoved: (fileName) => told.push(`removed ${fileName}`),
    log: createLog({ level: 'warn', format: 'lines', colour: false, write: (line) => (logged += line) }),
    quietMs: 60,
    pollMs: 150,
    ...options,
  })
}

const expectTold = async (...lines: string[]) => vi.waitFor(() => expect(told).toEqual(lines), 5000)

describe('a file that lies there at the start', () => {
  test('is told before anything else, as found', async () => {
    writeOld('a.yaml', 'one')
    writeOld('b.json', 'two')
    await open({ quietMs: 0 })
    expect(told).toEqual(['found a.yaml: one', 'found b.json: two'])
  })

  test('and was written just now is told when it is quiet', async () => {
    write('a.yaml', 'one')
    await open()
    await expectTold('found a.yaml: one')
  })
})

describe('a dropped file', () => {
  test('is told once, by the notice of the system long before the poll', async () => {
    await open({ pollMs: 60_000 })
    write('a.yaml', 'one')
    await expectTold('dropped a.yaml: one')
  })

  test('is told when no notice comes', async () => {
    await open()
    const watched = fs.readdirSync(directory)
    expect(watched).toEqual([])
    // Another directory comes under the same name: nothing watches it yet.
    fs.renameSync(directory, `${directory}.old`)
    fs.mkdirSync(directory)
    write('a.yaml', 'one')
    fs.rmdirSync(`${directory}.old`)
    await expectTold('dropped a.yaml: one')
    write('a.yaml', 'two')
    await expectTold('dropped a.yaml: one', 'dropped a.yaml: two')
  })

  test('that is still being written is told only whole', async () => {
    await open({ quietMs: 600 })
    let text = ''
    for (const part of ['jobs:\n', '- name: a\n', '  node: any\n', '  schedule: every 1s\n']) {
      text += part
      fs.appendFileSync(at('a.yaml'), part)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    await vi.waitFor(() => expect(told).not.toEqual([]), 5000)
    expect(told).toEqual([`dropped a.yaml: ${text}`])
  })

  test('is not told again when it is only touched', async () => {
    await open()
    write('a.yaml', 'one')
    await expectTold('dropped a.yaml: one')
    write('a.yaml', 'one')
    fs.utimesSync(at('a.yaml'), 1, 1)
    write('b.yaml', 'two')
    await expectTold('dropped a.yaml: one', 'dropped b.yaml: two')
  })

  test('that was replaced by a rename is told anew', async () => {
    await open()
    write('a.yaml', 'one')
    await expectTold('dropped a.yaml: one')
    write('.a.yaml.swp', 'two')
    fs.renameSync(at('.a.yaml.swp'), at('a.yaml'))
    await expectTold('dropped a.yaml: one', 'dropped a.yaml: two')
  })

  test('is passed over when it is hidden, temporary, a directory, or no config file', async () => {
    await open()
    for (const name of ['.hidden.yaml', 'a.yaml~', '#a.yaml#', 'a.yaml.swp', '4913', 'README.md'])
      write(name, 'x')
    fs.mkdirSync(at('folder.yaml'))
    write('z.yaml', 'one')
    await expectTold('dropped z.yaml: one')
    expect(logged.trimEnd().split('\n')).toEqual([
      expect.stringContaining('passed over config file "README.md": its name does not end in'),
    ])
  })

  test('that is no text changes nothing and is complained of once', async () => {
    await open()
    fs.writeFileSync(at('a.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
    await vi.waitFor(() => expect(logged).toContain('"a.yaml" cannot be read'), 5000)
    write('b.yaml', 'two')
    await expectTold('dropped b.yaml: two')
    expect(logged.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('a file that is gone', () => {
  test('is told as removed while another is there', async () => {
    writeOld('a.yaml', 'one')
    writeOld('b.yaml', 'two')
    await open({ quietMs: 0 })
    fs.unlinkSync(at('a.yaml'))
    await expectTold('found a.yaml: one', 'found b.yaml: two', 'removed a.yaml')
  })

  test('is told as removed when it was the only one', async () => {
    await open()
    write('a.yaml', 'one')
    await expectTold('dropped a.yaml: one')
    fs.unlinkSync(at('a.yaml'))
    await expectTold('dropped a.yaml: one', 'removed a.yaml')
  })

  test('for a moment only, while an editor replaces it, is not', async () => {
    await open({ quietMs: 400 })
    write('a.yaml', 'one')
    write('b.yaml', 'two')
    await expectTold('dropped a.yaml: one', 'dropped b.yaml: two')
    fs.unlinkSync(at('a.yaml'))
    write('a.yaml', 'three')
    await expectTold('dropped a.yaml: one', 'dropped b.yaml: two', 'dropped a.yaml: three')
  })

  test.each([
    ['all its files at once', () => fs.readdirSync(directory).forEach((name) => fs.unlinkSync(at(name)))],
    ['the directory itself', () => fs.rmSync(directory, { recursive: true })],
    [
      'the disk on which it was',
      () => {
        fs.renameSync(directory, `${directory}.old`)
        fs.mkdirSync(directory)
        fs.rmSync(`${directory}.old`, { recursive: true })
      },
    ],
  ])('with %s is not, and what comes back changes nothing', async (_, vanish) => {
    await open()
    write('a.yaml', 'one')
    write('b.yaml', 'two')
    await expectTold('dropped a.yaml: one', 'dropped b.yaml: two')
    vanish()
    await vi.waitFor(() => expect(logged).toMatch(/empty all at once|cannot be read/), 5000)
    fs.mkdirSync(directory, { recursive: true })
    write('a.yaml', 'one')
    write('b.yaml', 'two')
    write('c.yaml', 'three')
    await expectTold('dropped a.yaml: one', 'dropped b.yaml: two', 'dropped c.yaml: three')
  })
})

test('a config directory that is not there is one clear line', async () => {
  fs.rmSync(directory, { recursive: true })
  await expect(open()).rejects.toThrow(
    /^Cannot watch config directory ".*": there is no such directory, expected/,
  )
})
