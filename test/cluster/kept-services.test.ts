// Services on three agents in short; `npm run services -- --seconds 60` tells the same story in full length.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { keepServices } from './kept-services.ts'

const canRun = fs.existsSync('/proc/self/cmdline') && fs.existsSync('/usr/bin/flock')
if (!canRun) console.info('skipped: this system has no /proc or no flock')

test.skipIf(!canRun)(
  'instances on three agents are alone, are back in time when they are killed, and move when they may',
  { timeout: 240_000 },
  async () => {
    const ending = await keepServices({ killsMs: 5_000, slackMs: 6_000, onChapter: () => undefined })
    expect(ending.violations).toEqual([])
    expect(ending.late).toEqual([])
    expect(ending.kills).toBeGreaterThan(5)
    expect(ending.startsOverRestart).toBe(0)
    expect(ending.moved.length).toBeGreaterThan(0)
    expect(ending.moved.filter((place) => /from (\w+) to \1$/.test(place))).toEqual([])
    expect(ending.stayed).toBe(0)
    expect(ending.leftOver).toBe(0)
  },
)
