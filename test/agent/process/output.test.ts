// What commands wrote: bounded, with its head and its tail, readable by line from its end, told in brief of a failure,
// and read from other nodes.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { processLimits } from '../../../agent/process/limits.ts'
import { OutputExchange } from '../../../agent/process/output-exchange.ts'
import type { Processes } from '../../../agent/process/processes.ts'
import { nodeId } from '../../../lib/base/ids.ts'
import type { OutputMessage, OutputPart, OutputQuery } from '../../../lib/run/output.ts'
import { ProcessBench, readBytes, until } from './process-bench.ts'

const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
const stdout = { process: 'run', stream: 'stdout' } as const
const { outputHeadBytes: head, outputTailBytes: tail, outputSlackBytes: slack } = processLimits
let bench: ProcessBench
let processes: Processes

beforeEach(() => {
  bench = new ProcessBench()
  processes = bench.open()
})
afterEach(async () => {
  await bench.end()
})

async function run(command: string) {
  processes.spawn({ process: 'run', command, environment })
  return bench.endOf('run')
}

/** Whether files can have holes here, which take no space. */
function hasHoles(): boolean {
  const place = fs.mkdtempSync(path.join(fs.realpathSync('/tmp'), 'hocket-holes-'))
  try {
    fs.writeFileSync(path.join(place, 'file'), Buffer.alloc(100_000, 1))
    const words = ['--punch-hole', '--offset', '0', '--length', '65536', path.join(place, 'file')]
    execFileSync('fallocate', words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    fs.rmSync(place, { recursive: true })
  }
}

describe('of much output', () => {
  const total = head + tail + 40 * slack

  test('the head and the tail are kept, and the middle is counted', async () => {
    await run(`head -c ${total} /dev/zero | tr '\\0' x; printf 'the end'`)
    const first = await processes.readOutput({ ...stdout, from: { byte: head - 10 } })
    expect(Buffer.from(first.base64, 'base64').toString()).toBe('x'.repeat(10))
    const next = await processes.readOutput({ ...stdout, from: { byte: head } })
    expect(next.writtenBytes).toBe(total + 7)
    expect(next.fromByte).toBeGreaterThan(head + 38 * slack)
    expect(next.writtenBytes - next.fromByte).toBeGreaterThanOrEqual(tail)
    const rest = await readBytes(processes, stdout, next.fromByte)
    expect(rest).toHaveLength(total + 7 - next.fromByte)
    expect(rest.subarray(-10).toString()).toBe('xxxthe end')
    const { blocks } = fs.statSync(path.join(bench.runsDirectory, 'run', 'stdout'))
    if (hasHoles() && blocks * 512 > head + tail + 2 * slack) throw new Error(`it takes ${blocks} blocks`)
  })

  test('a line of ten megabytes is whole', async () => {
    await run(`head -c 10000000 /dev/zero | tr '\\0' y; echo`)
    const bytes = await readBytes(processes, stdout)
    expect(bytes.equals(Buffer.from(`${'y'.repeat(10_000_000)}\n`))).toBe(true)
  })

  test('a command that goes on writing is bounded while it runs', async () => {
    const command = `while :; do head -c ${4 * slack} /dev/zero; sleep 0.05; done`
    processes.spawn({ process: 'run', command, environment })
    const gap = path.join(bench.runsDirectory, 'run', 'stdout.gap')
    await until(() => fs.existsSync(gap))
    const before = fs.readFileSync(gap, 'latin1')
    await until(() => fs.readFileSync(gap, 'latin1') !== before)
    const part = await processes.readOutput({ ...stdout, from: { byte: head } })
    expect(part.fromByte).toBeGreaterThan(head)
    processes.signal('run', 'SIGKILL')
    await bench.endOf('run')
  })
})

test.each([
  ['printf "a\\nb\\nc\\n"', 2, 'b\nc\n'],
  ['printf "a\\nb\\nc"', 2, 'b\nc'],
  ['printf "a\\nb\\nc\\n"', 9, 'a\nb\nc\n'],
  ['printf "a\\nb\\n"', 0, ''],
  ['printf "\\n\\n\\n"', 2, '\n\n'],
  ['true', 3, ''],
])('of %j the last %d lines are %j', async (command, lastLines, text) => {
  await run(command)
  const { base64 } = await processes.readOutput({ ...stdout, from: { lastLines } })
  expect(Buffer.from(base64, 'base64').toString()).toBe(text)
})

test.each([
  ['echo out; echo one >&2; echo two >&2; exit 1', 'one\ntwo'],
  ['echo out; exit 1', 'out'],
  ['seq 1 100 >&2; exit 1', Array.from({ length: 10 }, (_, i) => 91 + i).join('\n')],
  ['printf "\\377\\n" >&2; kill -KILL $$', '\uFFFD'],
  ['head -c 100000 /dev/zero | tr "\\0" z; exit 1', 'z'.repeat(processLimits.lastLinesBytes)],
])('of the failure of %j the last lines are told', async (command, lastLines) => {
  expect(await run(command)).toMatchObject({ kind: 'child-exited', lastLines })
})

test('of a success, and of a failure that said nothing, there are none', async () => {
  expect(await run('echo out')).not.toHaveProperty('lastLines')
  processes.spawn({ process: 'next', command: 'exit 1', environment })
  expect(await bench.endOf('next')).not.toHaveProperty('lastLines')
})

describe('from another node', () => {
  const [alpha, beta] = [nodeId('alpha'), nodeId('beta')]
  const part: OutputPart = { fromByte: 0, base64: 'YQ==', writtenBytes: 1, isRunning: true }
  const query: OutputQuery = { ...stdout, from: { byte: 0 } }

  function pair(read: (query: OutputQuery) => Promise<OutputPart>, isUp = true) {
    const heard: OutputMessage[] = []
    const asking: OutputExchange = new OutputExchange({
      self: alpha,
      read,
      send: (_, message) => {
        heard.push(message)
        if (isUp) answering.hear(alpha, message)
        return isUp
      },
    })
    const answering = new OutputExchange({
      self: beta,
      read,
      send: (_, message) => {
        asking.hear(beta, message)
        return true
      },
    })
    return { asking, answering, heard }
  }

  test('it comes by question and answer, and one’s own without', async () => {
    const { asking, heard } = pair(async () => part)
    expect(await asking.read(beta, query)).toEqual({ kind: 'part', part })
    expect(heard).toEqual([{ kind: 'output-asked', askId: 1, query }])
    expect(await asking.read(alpha, query)).toEqual({ kind: 'part', part })
    expect(heard).toHaveLength(1)
  })

  test.each([
    ['that cannot be reached', 'it cannot be reached', async () => part, false],
    ['whose files cannot be read', 'it cannot read its files: Error: EIO', async () => fail('EIO'), true],
  ] as const)('%s the reader is told', async (_what, why, read, isUp) => {
    const { asking } = pair(read, isUp)
    expect(await asking.read(beta, query)).toEqual({ kind: 'away', why })
  })

  test('whoever waits for one that goes away is told at once', async () => {
    const { asking } = pair(() => new Promise(() => undefined))
    const waiting = asking.read(beta, query)
    asking.lost(alpha)
    asking.lost(beta)
    expect(await waiting).toEqual({ kind: 'away', why: 'it cannot be reached any more' })
  })

  test('an answer that another node gives is none', async () => {
    const { asking } = pair(() => new Promise(() => undefined))
    const waiting = asking.read(beta, query)
    asking.hear(nodeId('gamma'), { kind: 'output-told', askId: 1, part })
    asking.close()
    expect(await waiting).toEqual({ kind: 'away', why: 'this agent stops' })
  })

  async function fail(text: string): Promise<never> {
    throw new Error(text)
  }
})
