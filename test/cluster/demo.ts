// `npm run demo`: the first light in full length, as a table that grows, and at the end what came of it. Exits with 1
// when a slot ran twice, ran late, was lost, or an agent tells another tale than the commands' own evidence.
import { displayWidth } from '../../agent/cli/table.ts'
import { paint, toneOf } from '../../agent/cli/paint.ts'
import { wantsColour } from '../../agent/cli/terminal.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { tellFirstLight, type Ending } from './first-light.ts'

const isColoured = wantsColour(process.stdout.isTTY, process.env)
const columns = [10, 8, 11, 8] as const

function row(cells: readonly string[], tones: readonly Parameters<typeof paint>[0][] = []): string {
  return `${cells
    .map((cell, i) => {
      const space = ' '.repeat(Math.max(0, (columns[i] ?? 0) - displayWidth(cell)))
      return paint(tones[i] ?? 'plain', cell, isColoured) + space
    })
    .join('  ')
    .trimEnd()}\n`
}

function say(text: string): void {
  process.stdout.write(text)
}

function runRow(run: RunView): string {
  const late = run.latenessMs === null ? '' : `${run.latenessMs} ms`
  return row(
    [run.slot.slice(11, 19), run.node ?? '-', run.state, late, run.why],
    ['quiet', 'plain', toneOf(run.state)],
  )
}

function summary(ending: Ending): string {
  const sorted = ending.latenessMs.toSorted((left, right) => left - right)
  const quantile = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  const shares = ending.names.map((name) => `${name} ${ending.startsByNode.get(name) ?? 0}`).join(', ')
  const lines = [
    `${ending.slots} slots: ${ending.latenessMs.length} started once and in time, ${ending.excused.length} were claimed by the killed agent, ${ending.faults.length} faults`,
    `on each node: ${shares}; ${ending.startsAfterReturn} on ${ending.killed} after it came back`,
    `from the slot to the command's first clock reading: half within ${quantile(0.5)} ms, 99 % within ${quantile(0.99)} ms`,
    ...ending.excused.map((text) => `claimed ahead by ${ending.killed}: ${text}`),
    ...ending.faults.map((text) => paint('bad', `FAULT: ${text}`, isColoured)),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function missing(ending: Ending): string[] {
  const idle = ending.names.filter((name) => (ending.startsByNode.get(name) ?? 0) === 0)
  return [
    ...idle.map((name) => `${name} never ran anything, expected the slots to be spread`),
    ...(ending.startsAfterReturn === 0 ? [`${ending.killed} came back and ran nothing`] : []),
  ]
}

say(row(['SLOT (UTC)', 'NODE', 'STATE', 'LATE'], ['quiet', 'quiet', 'quiet', 'quiet']))
const ending = await tellFirstLight({
  togetherMs: 60_000,
  awayMs: 15_000,
  againMs: 20_000,
  onChapter: (text) => say(`${paint('strong', `-- ${text}`, isColoured)}\n`),
  onRun: (run) => say(runRow(run)),
})
const faults = missing(ending)
say(`\n${summary(ending)}${faults.map((text) => `FAULT: ${text}\n`).join('')}`)
const isWell = ending.faults.length === 0 && faults.length === 0
say(
  isWell
    ? paint('good', 'Every slot ran once.\n', isColoured)
    : paint('bad', 'It did not go well.\n', isColoured),
)
process.exitCode = isWell ? 0 : 1
