// How far something is that takes long: the line that a person sees, and where nobody sees one.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { backfillCommand } from '../../../agent/cli/backfill-command.ts'
import { drainCommand } from '../../../agent/cli/drain-command.ts'
import { showJoining } from '../../../agent/cli/join-progress.ts'
import { Progress } from '../../../agent/cli/progress.ts'
import { displayWidth } from '../../../agent/cli/table.ts'
import type { Answer } from '../../../lib/view/question.ts'
import { sampleAnswer, sampleRun } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

class Screen {
  text = ''
  atMs = 0
  readonly errorColumns: number | null
  constructor(columns: number | null) {
    this.errorColumns = columns
  }
  readonly error = (text: string) => (this.text += text)
  readonly nowMs = () => this.atMs
  /** The line that stands there now. */
  get line(): string {
    return this.text.split('\r\u001B[K').at(-1) ?? ''
  }
}

describe('progress on a terminal', () => {
  test('is one line that is drawn over, with a bar, counts and how many are left, and is gone in the end', () => {
    const screen = new Screen(80)
    const progress = new Progress('backfill shop.a', screen)
    progress.show({ done: 0, total: 8 })
    expect(screen.line).toBe('backfill shop.a: ░░░░░░░░░░░░░░░░░░░░ 0 of 8')
    screen.atMs = 1000
    progress.show({ done: 2, total: 8, more: '3 under way' })
    expect(screen.line).toBe('backfill shop.a: █████░░░░░░░░░░░░░░░ 2 of 8, 3 under way')
    progress.clear()
    expect(screen.line).toBe('')
    expect(screen.text).not.toContain('\n')
  })

  test('tells the time that is left only when enough was done to know it', () => {
    const screen = new Screen(100)
    const progress = new Progress('x', screen)
    progress.show({ done: 100, total: 200 })
    screen.atMs = 4000
    progress.show({ done: 104, total: 200 })
    expect(screen.line).not.toContain('left')
    screen.atMs = 10_000
    progress.show({ done: 110, total: 200 })
    expect(screen.line).toContain('110 of 200, about 1 min 30 s left')
    screen.atMs = 20_000
    progress.show({ done: 200, total: 200 })
    expect(screen.line).not.toContain('left')
  })

  test('never is wider than the terminal, and takes nothing from a name that commands it', () => {
    const screen = new Screen(40)
    new Progress('backfill 倉庫\u001B[2J', screen).show({ done: 0, total: 3, more: 'x'.repeat(100) })
    expect(screen.line).toContain('倉庫�[2J')
    expect(screen.line.endsWith('…')).toBe(true)
    expect(displayWidth(screen.line)).toBeLessThan(40)
  })

  test('is drawn ten times a second at most', () => {
    const screen = new Screen(80)
    const progress = new Progress('x', screen)
    for (screen.atMs = 0; screen.atMs < 1000; screen.atMs++) progress.show({ done: screen.atMs, total: 1000 })
    expect(screen.text.split('\r').length - 1).toBe(10)
  })
})

test('into a pipe progress is a plain line each ten seconds, and none of what is quick', () => {
  const screen = new Screen(null)
  const progress = new Progress('x', screen)
  for (screen.atMs = 0; screen.atMs <= 25_000; screen.atMs += 500)
    progress.show({ done: screen.atMs / 1000, total: 100, more: 'a' })
  progress.clear()
  expect(screen.text).toBe('x: 10 of 100, a, about 1 min 30 s left\nx: 20 of 100, a, about 1 min 20 s left\n')
})

describe('a command that takes long', () => {
  let agent: FakeAgent
  beforeEach(async () => (agent = await FakeAgent.open()))
  afterEach(() => agent.close())
  const run = async (words: readonly string[], errorColumns: number | null) =>
    typed([backfillCommand, drainCommand], [...words, '--data-dir', agent.directory], {
      ...(errorColumns !== null && { errorColumns }),
    })

  /** Each run goes on until it was looked at a second time. */
  const endWhenLookedAt = () => {
    const looks = new Map<string, number>()
    agent.api.answer = async (question): Promise<Answer> => {
      if (question.kind !== 'runs') return sampleAnswer(question)
      const runs = agent.commands().flatMap((command) => {
        if (command.kind !== 'start-job') return []
        const { requestId } = command
        looks.set(requestId, (looks.get(requestId) ?? 0) + 1)
        return [
          { ...sampleRun, requestId, state: looks.get(requestId)! > 1 ? 'succeeded' : 'running' } as const,
        ]
      })
      return { kind: 'runs', runs, next: null }
    }
  }
  const backfill = ['backfill', 'shop.a', '--dates', '2026-11-01,2026-11-02,2026-11-03', '-P', '2']

  test('shows a backfill as it goes, beside the table that is its answer', async () => {
    endWhenLookedAt()
    const { code, out, err } = await run(backfill, 100)
    expect(code).toBe(0)
    expect(out).toMatch(/^SLOT +RUN +STATE\n(2026-11-0\dT00:00:00Z +shop.a.7 +succeeded\n){3}$/)
    expect(err).toContain('backfill shop.a: ░░░░░░░░░░░░░░░░░░░░ 0 of 3, ')
    expect(err.endsWith('\r\u001B[K')).toBe(true)
  })

  test.each([[backfill], [['drain', 'alpha', '--wait']]])(
    '%j says nothing of it beside --json',
    async (words) => {
      endWhenLookedAt()
      const { out, err } = await run([...words, '--json'], 100)
      expect(err).toBe('')
      expect(JSON.parse(out)).toBeTypeOf('object')
    },
  )

  test('shows for what a drained node is waited for, until nothing is left', async () => {
    let looks = 0
    const startedAt = new Date(Date.now() - 125_000).toISOString()
    agent.api.answer = async (question): Promise<Answer> => {
      if (question.kind !== 'runs') return sampleAnswer(question)
      const runs = looks++ < 2 ? [{ ...sampleRun, state: 'running' as const, startedAt }] : []
      return { kind: 'runs', runs, next: null }
    }
    const { code, out, err } = await run(['drain', 'alpha', '--wait'], 100)
    expect(code).toBe(0)
    expect(out).toMatch(/\nnothing runs there any more, after \d/)
    expect(err).toMatch(/drain alpha: ░{20} 0 of 1, 1 left: shop\.a\.7 \(2 min \d+ s\)/)
  })
})

test('whoever joins sees how many documents are left, until there are none', async () => {
  const screen = new Screen(80)
  let looks = 0
  const asked = async ({ kind }: { readonly kind: string }): Promise<Answer> => {
    const answer = sampleAnswer({ kind } as never)
    if (answer.kind === 'status') return { kind: 'status', status: { ...answer.status, state: 'ready' } }
    if (answer.kind !== 'figures') return answer
    const count = looks++ < 1 ? 3 : 0
    screen.atMs += 1000
    const { documents } = answer.figures
    return {
      kind: 'figures',
      figures: { ...answer.figures, documents: { ...documents, known: 9, behind: { count, forMs: 5 } } },
    }
  }
  const joining = { ask: asked, ended: new Promise(() => undefined) }
  expect(await showJoining(joining, new Progress('sync', screen))).toBe(9)
  expect(screen.text).toContain('sync: ███████████████░░░░░ 9 of 12, 3 documents left')
  expect(screen.line).toBe('')
})

describe('the real program', () => {
  const jobs = Array.from({ length: 1000 }, (_, i) => ({
    name: `job-${i}`,
    schedule: '@every 1m',
    executor: 'shell',
    executor_config: { command: 'true' },
  }))
  const main = path.join(import.meta.dirname, '../../../dist/agent/main.js')
  let directory: string
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-progress-'))
    fs.writeFileSync(path.join(directory, 'jobs.json'), JSON.stringify(jobs))
  })
  afterEach(() => fs.rmSync(directory, { recursive: true }))

  const hasScript = spawnSync('script', ['--version']).status === 0
  if (!hasScript) console.log('no `script` on this host: progress on a real terminal is not looked at')

  test.skipIf(!hasScript)('draws its line on a real terminal while it imports', () => {
    const line = `${process.execPath} ${main} import dkron ${directory}/jobs.json > ${directory}/out.yaml`
    const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8' })
    const drawn = stdout.split('\r\u001B[K')
    expect(drawn.filter((one) => /^import dkron: [█░]{20} \d+ of 1000/.test(one))).not.toEqual([])
    expect(fs.readFileSync(path.join(directory, 'out.yaml'), 'utf8')).toContain('job-999')
  })

  test('draws nothing where its standard error is a file', () => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [main, 'import', 'dkron', `${directory}/jobs.json`],
      { encoding: 'utf8' },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('job-999')
  })
})
