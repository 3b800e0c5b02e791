// An agent that dies with runs at several moments between claim and record, in short; `npm run killed-midway` tells it
// with longer ones.
import { expect, test } from 'vitest'
import { killMidway } from './killed-midway.ts'

test(
  'kill -9 of an agent at any moment of a run makes nothing run twice and loses no result',
  { timeout: 300_000 },
  async () => {
    const faults = await killMidway({
      actionMs: 4_000,
      beforeKillMs: [0, 600, 2_500, 5_500],
      awayMs: 500,
      onChapter: () => undefined,
    })
    expect(faults).toEqual([])
  },
)
