// `npm run start-together`: a thousand actions that start together on one agent, or as many as the word says. Exits with
// 1 when one was not executed once, or its exit code or output is not its own.
import process from 'node:process'
import { startTogether } from './start-together.ts'

const faults = await startTogether({
  count: Number(process.argv[2] ?? 1_000),
  inMs: 5_000,
  onChapter: (text) => process.stdout.write(`${text}\n`),
})
process.stdout.write(
  faults.length === 0
    ? 'each was executed once and ended as it should\n'
    : `${faults.slice(0, 50).join('\n')}\n`,
)
process.exitCode = faults.length === 0 ? 0 : 1
