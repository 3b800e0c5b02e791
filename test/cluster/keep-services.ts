// `npm run services -- [--seconds N]`: services on three real agents, whose instances are killed at random for so long
// (a minute); see kept-services.ts. Ends with 1 when one was not alone, or not back in time.
import { parseArgs } from 'node:util'
import { keepServices } from './kept-services.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } })
const startedAtMs = performance.now()
const say = (text: string): void =>
  void process.stdout.write(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)}  ${text}\n`)

const ending = await keepServices({ killsMs: Number(values.seconds) * 1000, slackMs: 0, onChapter: say })
for (const fault of [...ending.violations, ...ending.late]) say(fault)
say(JSON.stringify({ ...ending, violations: ending.violations.length, late: ending.late.length }))
const isWell =
  ending.violations.length + ending.late.length + ending.startsOverRestart + ending.leftOver === 0
process.exit(isWell ? 0 : 1)
