// `npm run killed-midway`: an agent is killed with runs of twenty seconds at ten moments between claim and record.
// Exits with 1 when one ran twice or lost its result.
import process from 'node:process'
import { killMidway } from './killed-midway.ts'

const faults = await killMidway({
  actionMs: 20_000,
  beforeKillMs: [0, 300, 600, 1_000, 2_000, 5_000, 10_000, 19_000, 20_500, 22_000],
  awayMs: 2_000,
  onChapter: (text) => process.stdout.write(`${text}\n`),
})
process.stdout.write(
  faults.length === 0 ? 'each ran once, and no result was lost\n' : `${faults.join('\n')}\n`,
)
process.exitCode = faults.length === 0 ? 0 : 1
