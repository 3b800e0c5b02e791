// What is hidden in what commands write: each value, in whatever part of the output it is read, and nothing else.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runDirectoryName } from '../../../agent/process/run-record.ts'
import { readLastLines, readOutput } from '../../../agent/process/run-output.ts'
import { maskSecrets, type Secrets } from '../../../agent/process/secrets.ts'

const of = (...values: string[]): Secrets => ({ valueOf: () => undefined, values: () => values })
const masked = (text: string, secrets: Secrets, isEnd = false) =>
  maskSecrets(Buffer.from(text), secrets, isEnd).toString()

describe('a value', () => {
  test.each([
    ['once and twice', 'a hunter2 b hunter2', ['hunter2'], 'a ******* b *******'],
    ['beside another that begins with it', 'hunter2 hunter22', ['hunter2', 'hunter22'], '******* ********'],
    ['that is not there', 'hunter3', ['hunter2'], 'hunter3'],
    ['with characters of several bytes', 'x pässword y', ['pässword'], 'x ********* y'],
    [
      'of several lines, line by line',
      'KEY\nMIIEvQIBADAN\nKEY',
      ['BEGIN KEY\nMIIEvQIBADAN\nEND'],
      'KEY\n************\nKEY',
    ],
    ['whose last line ends', 'a hunter2, b', ['hunter2\n'], 'a *******, b'],
  ])('%s', (_, text, values, shown) => {
    expect(masked(text, of(...values))).toBe(shown)
  })

  test('that is only begun at the end of what there is so far', () => {
    expect(masked('pass: hunt', of('hunter2'), true)).toBe('pass: ****')
    expect(masked('pass: hun', of('hunter2'), true)).toBe('pass: hun')
    expect(masked('pass: hunt', of('hunter2'), false)).toBe('pass: hunt')
  })
})

describe('output', () => {
  let runs: string
  let directory: string

  beforeEach(() => {
    runs = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-masked-'))
    directory = path.join(runs, runDirectoryName('shop.a.1.run.1', 1))
    fs.mkdirSync(directory)
  })

  afterEach(() => fs.rmSync(runs, { recursive: true }))

  test('hides a value from whichever byte it is read', async () => {
    const text = 'before hunter2hunter2 after hunter2'
    fs.writeFileSync(path.join(directory, 'stdout'), text)
    const whole = 'before ************** after *******'
    for (let byte = 0; byte <= text.length; byte++) {
      const query = { process: 'shop.a.1.run.1', stream: 'stdout', from: { byte } } as const
      const { base64, fromByte, writtenBytes } = await readOutput(runs, query, of('hunter2'))
      expect([fromByte, writtenBytes]).toEqual([byte, text.length])
      expect(Buffer.from(base64, 'base64').toString()).toBe(whole.slice(byte))
    }
  })

  test('hides it where the last lines of a failure begin in the middle of it', async () => {
    const value = `secret-${'0123456789'.repeat(70)}`
    for (let more = 0; more < 900; more += 37) {
      fs.writeFileSync(path.join(directory, 'stderr'), `${value}\n${'y'.repeat(50 + more)}\nend`)
      const lines = await readLastLines(directory, of(value))
      expect(lines).toMatch(/\nend$/)
      expect(lines).not.toMatch(/\d{4}/)
    }
  })
})
