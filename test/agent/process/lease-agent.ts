// A process that stands for an agent with leased runs in the tests. It carries out each line of its input (an
// effect, with deadlines as milliseconds from now) and prints each event, beside them the number of its launcher.
import readline from 'node:readline'
import { SteadyClock } from '../../../agent/clock.ts'
import { Processes } from '../../../agent/process/processes.ts'

export type LeaseOrder =
  | {
      readonly kind: 'spawn'
      readonly process: string
      readonly command: string
      readonly termInMs: number
      readonly killInMs: number
      readonly startInMs: number | null
    }
  | { readonly kind: 'adopt'; readonly process: string }
  | {
      readonly kind: 'extend'
      readonly process: string
      readonly termInMs: number
      readonly killInMs: number
    }

const [runsDirectory = ''] = process.argv.slice(2)
const clock = new SteadyClock()

const processes = new Processes({
  runsDirectory,
  clock,
  log: { warn: (...words: unknown[]) => console.error(JSON.stringify(words)) },
  onEvent: (event) => console.log(JSON.stringify(event)),
})

function carryOut(order: LeaseOrder): void {
  const nowMs = clock.read().steadyMs
  if (order.kind === 'adopt') return processes.adopt(order.process, true)
  const deadline = { termAtMs: nowMs + order.termInMs, killAtMs: nowMs + order.killInMs }
  if (order.kind === 'extend')
    return processes.carryOut({ kind: 'extend-lease', processes: [order.process], deadline })
  const { process: key, command, startInMs } = order
  const startByMs = startInMs === null ? null : nowMs + startInMs
  processes.spawn(
    { process: key, command, startByMs, environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' } },
    { deadline },
  )
}

const told = setInterval(() => {
  if (processes.launcherPid === null) return
  console.log(JSON.stringify({ kind: 'launcher', process: '', pid: processes.launcherPid }))
  clearInterval(told)
}, 5)
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => carryOut(JSON.parse(line) as LeaseOrder))
