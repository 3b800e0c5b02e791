// The program as a shell runs it: what is written to nobody any more is over, without a word.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outputOf, written } from './api/fake-output.ts'
import { FakeAgent } from './cli/fake-agent.ts'

const main = path.join(import.meta.dirname, '../../dist/agent/main.js')
let agent: FakeAgent
beforeEach(async () => {
  agent = await FakeAgent.open()
  agent.api.output = outputOf(written(Buffer.alloc(2_000_000, 'line\n')))
})
afterEach(() => agent.close())

/** Of the program, not of what reads it. */
async function piped(words: string): Promise<{ readonly out: string; readonly err: string }> {
  const line = `{ "$0" "$1" ${words} --data-dir "$2"; echo "ended with $?" >&2; } | head -n 1`
  const shell = spawn('sh', ['-c', line, process.execPath, main, agent.directory])
  const [out, err] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  return { out, err }
}

test.each(['logs shop.a.7', 'logs shop.a.7 --json', 'runs --json'])(
  'hocket %s | head ends with it',
  async (words) => {
    const { out, err } = await piped(words)
    expect(out.split('\n')).toHaveLength(2)
    expect(err).toBe('ended with 0\n')
  },
)
