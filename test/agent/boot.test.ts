// The promises of the boot script, on real processes: what is installed and built and when, which Node.js runs the
// program, and that a caller sees the program's own exit code and signal.
import { spawnSync } from 'node:child_process'
import { existsSync, utimesSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BootCheckout } from './boot-checkout.ts'

const oneLine = /^hocket: Cannot [^\n]+\n$/
let checkout: BootCheckout

beforeEach(() => {
  checkout = new BootCheckout()
})

afterEach(() => {
  checkout.close()
})

describe('the install', () => {
  test('happens when there is none, and only once', async () => {
    expect((await checkout.run(['program.js'])).code).toBe(0)
    expect((await checkout.run(['program.js'])).code).toBe(0)
    expect(checkout.calls('npm')).toEqual([
      'ci --include=dev --include=optional --no-audit --no-fund --loglevel=error',
    ])
  })

  test('happens again when the lock file names another version', async () => {
    await checkout.run(['program.js'])
    checkout.lock({ 'node_modules/typescript': { version: '1.0.1', integrity: 'b' } })
    await checkout.run(['program.js'])
    expect(checkout.calls('npm')).toHaveLength(2)
  })

  test('does not happen again for a touched lock file or a package of another platform', async () => {
    await checkout.run(['program.js'])
    checkout.lock({
      'node_modules/typescript': { version: '1.0.0', integrity: 'a' },
      'node_modules/of-another-platform': { version: '1.0.0', integrity: 'c', optional: true },
    })
    utimesSync(checkout.at('package-lock.json'), Date.now() / 1000 + 60, Date.now() / 1000 + 60)
    await checkout.run(['program.js'])
    expect(checkout.calls('npm')).toHaveLength(1)
  })

  test('is done by one of two that start at once, and both run', async () => {
    checkout.write('hold', '')
    const first = checkout.start(['program.js'])
    await vi.waitFor(() => expect(checkout.calls('npm')).toHaveLength(1), 10_000)
    const second = checkout.start(['program.js'])
    await vi.waitFor(() => expect(second.errors()).toContain(`waiting for process ${first.pid}`), 10_000)
    checkout.remove('hold')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    expect(await second.ended).toEqual({ code: 0, signal: null })
    expect(checkout.calls('npm')).toHaveLength(1)
  })

  test('takes over from a process that was killed while it installed', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    checkout.write('.boot.lock', String(pid))
    expect((await checkout.run(['program.js'])).code).toBe(0)
    expect(existsSync(checkout.at('.boot.lock'))).toBe(false)
  })

  test('that fails stops the start with one line and leaves no lock', async () => {
    checkout.write('npm-fails', '')
    const { code, errors, said } = await checkout.run(['program.js'])
    expect({ code, said }).toEqual({ code: 1, said: undefined })
    expect(errors).toContain('hocket: Cannot install packages: npm ci ended with 3\n')
    expect(existsSync(checkout.at('.boot.lock'))).toBe(false)
  })

  test('says that npm is missing where it is', async () => {
    const { code, errors } = await checkout.run(['program.js'], undefined, '/nowhere')
    expect(code).toBe(1)
    expect(errors).toContain('Cannot install packages: there is no npm on the PATH')
  })
})

describe('the build', () => {
  test('happens before a built program runs, and again only when a source changed', async () => {
    expect((await checkout.run(['dist/agent/main.js'])).code).toBe(0)
    await checkout.run(['dist/agent/main.js'])
    expect(checkout.calls('tsc')).toEqual(['-b'])
    checkout.write('agent/source.ts', 'export const a = 12\n')
    await checkout.run(['dist/agent/main.js'])
    expect(checkout.calls('tsc')).toEqual(['-b', '-b'])
  })

  test('does not happen for a program that is not built', async () => {
    await checkout.run(['program.js'])
    expect(checkout.calls('tsc')).toEqual([])
  })

  test('that fails stops the start, and is tried again', async () => {
    checkout.write('tsc-fails', '')
    const { code, errors, said } = await checkout.run(['dist/agent/main.js'])
    expect({ code, said }).toEqual({ code: 1, said: undefined })
    expect(errors).toContain('hocket: Cannot build dist: ')
    checkout.remove('tsc-fails')
    expect((await checkout.run(['dist/agent/main.js'])).code).toBe(0)
  })
})

describe('the program', () => {
  test('runs in the process that was started when its Node.js will do', async () => {
    const { said, pid } = await checkout.run(['program.js', 'a', '--b', 'c d'])
    expect(said).toMatchObject({ words: ['a', '--b', 'c d'], pid })
  })

  test.each([
    ['the running Node.js', false, ['--join', 'hkt1_secret']],
    ['the running Node.js', false, ['--join=hkt1_secret']],
    ['one that was installed', true, ['--join', 'hkt1_secret']],
  ])(
    'under %s (%s) has a join token %j in no list of processes, and gets it all the same',
    async (_, isBrought, words) => {
      if (isBrought) {
        checkout.bringNode()
        checkout.needNode('99.0')
      }
      const { said } = await checkout.run(['program.js', 'agent', ...words, '--name', 'a'])
      expect(said).toMatchObject({ words: ['agent', '--name', 'a'], join: 'hkt1_secret' })
      // Where there are no lists to read, its words are all that is to be seen.
      const listed = said?.listed ?? 'agent --name a'
      expect(listed).toMatch(/agent --name a$/)
      expect(listed).not.toContain('hkt1_')
    },
  )

  test('runs under the Node.js that was installed when the running one is too old', async () => {
    checkout.bringNode()
    checkout.needNode('99.0')
    const { code, said } = await checkout.run(['program.js', 'exit', '7'])
    expect(code).toBe(7)
    expect(said).toMatchObject({ words: ['exit', '7'], bundled: 'yes' })
    expect(said?.path).toMatch(/^[^:]+\/node_modules\/node-[^/:]+\/bin:/)
  })

  test('gets the signals of its caller, who sees how it ended', async () => {
    checkout.bringNode()
    checkout.needNode('99.0')
    const waiting = checkout.start(['program.js', 'wait'])
    await vi.waitFor(() => expect(waiting.output()).not.toBe(''), 10_000)
    waiting.kill('SIGTERM')
    expect(await waiting.ended).toEqual({ code: 44, signal: null })
    const killed = await checkout.run(['program.js', 'die'])
    expect(killed.signal).toBe('SIGKILL')
  })

  test.each(['agent/boot.js', 'agent/hocket.js'])(
    'is refused by %s in one line on an old Node.js',
    async (script) => {
      await checkout.run(['program.js'])
      checkout.needNode('99.0')
      const { code, errors, said } = await checkout.run(['program.js'], script)
      expect({ code, said }).toEqual({ code: 1, said: undefined })
      expect(errors).toMatch(oneLine)
      expect(errors).toContain(`"${process.versions.node}": it is too old, expected 99.0 or newer`)
    },
  )

  test('is refused in one line when there is no such file', async () => {
    await checkout.run(['program.js'])
    const { code, errors } = await checkout.run(['nothing.js'])
    expect(code).toBe(1)
    expect(errors).toMatch(oneLine)
  })
})

test('the installed command runs what was published and neither installs nor builds', async () => {
  await checkout.run(['dist/agent/main.js'])
  for (const name of ['tsconfig.json', 'package-lock.json', 'node_modules', 'program.js'])
    checkout.remove(name)
  const { code, said, pid } = await checkout.run(['status'], 'agent/hocket.js')
  expect({ code, said }).toMatchObject({ code: 0, said: { words: ['status'], pid } })
  expect([checkout.calls('npm').length, checkout.calls('tsc').length]).toEqual([1, 1])
})
