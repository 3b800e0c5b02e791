// The oracle by time alone, on the cases of Jepsen's own checker and on what those leave out.
import { describe, expect, test } from 'vitest'
import { caseFilesMissing, readCases } from '../../lib/schedule/case-files.ts'
import { isDemanded, matchInTime } from './match-in-time.ts'

type ChronosJob = {
  readonly start: string
  readonly count: number
  readonly epsilon: number
  readonly interval: number
  readonly duration: number
}
type Demand = {
  readonly read_time: string
  readonly job: ChronosJob
  readonly expected: readonly (readonly [string, string])[]
}
type Case = {
  readonly read_time: string
  readonly job: ChronosJob
  readonly runs: readonly { readonly start: string; readonly end?: string }[]
  readonly expected: {
    readonly valid: boolean
    readonly assignment: readonly (number | null)[]
    readonly extra: readonly number[] | null
  }
}

type Table = {
  readonly cases: readonly Case[]
  readonly meta: { readonly targets: readonly Demand[]; readonly epsilon_forgiveness_s: number }
}

describe.skipIf(caseFilesMissing)("Jepsen's cases", () => {
  const table: unknown = readCases('cron/jepsen-chronos-checker.json')
  const { cases, meta } = table as Table
  const targetsOf = (job: ChronosJob, readTime: string) => {
    const slots = Array.from({ length: job.count }, (_, i) => Date.parse(job.start) + i * job.interval * 1000)
    const terms = { startDeadlineMs: job.epsilon * 1000, durationMs: job.duration * 1000 }
    const windowMs = (job.epsilon + meta.epsilon_forgiveness_s) * 1000
    return slots
      .filter((slotMs) => isDemanded(slotMs, terms, Date.parse(readTime)))
      .map((slotMs) => ({ fromMs: slotMs, toMs: slotMs + windowMs }))
  }

  test('demand the slots that it demands', () => {
    expect(meta.targets.length).toBeGreaterThan(0)
    for (const { job, read_time: readTime, expected } of meta.targets)
      expect(targetsOf(job, readTime)).toEqual(
        expected.map(([from, to]) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) })),
      )
  })

  test('are matched as it matches them', () => {
    expect(cases.length).toBeGreaterThan(0)
    for (const { job, read_time: readTime, runs, expected } of cases) {
      const complete = runs.flatMap(({ start, end }) => (end === undefined ? [] : [Date.parse(start)]))
      const { assignment, extra } = matchInTime(targetsOf(job, readTime), complete)
      const valid = assignment.every((index) => index !== null)
      // Of an invalid history it does not say which starts are left over.
      expect(expected).toMatchObject({ valid, assignment, extra: valid ? extra : null })
    }
  })
})

describe('by time alone', () => {
  test.each([
    [
      'one start serves one slot only',
      [
        [0, 5],
        [2, 7],
      ],
      [3],
      [0, null],
    ],
    [
      'the slot that ends first is served first',
      [
        [0, 9],
        [2, 4],
      ],
      [3, 8],
      [1, 0],
    ],
    ['a start before every window serves none', [[5, 6]], [4], [null]],
    ['a start after every window serves none', [[5, 6]], [7], [null]],
    [
      'the ends of a window belong to it',
      [
        [5, 6],
        [8, 9],
      ],
      [9, 5],
      [1, 0],
    ],
  ] as const)('%s', (_, windows, starts, expected) => {
    const targets = windows.map(([fromMs, toMs]) => ({ fromMs, toMs }))
    expect(matchInTime(targets, starts).assignment).toEqual(expected)
  })
})
