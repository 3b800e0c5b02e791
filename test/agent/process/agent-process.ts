// A process that stands for an agent in the tests: it starts its commands as `run0`, `run1`, … and prints each
// event. Then it waits to be killed, or, with `end`, closes when all have ended, or, with `leave`, when all have
// started.
import { SteadyClock } from '../../../agent/clock.ts'
import { Processes } from '../../../agent/process/processes.ts'

const [runsDirectory = '', mode, ...commands] = process.argv.slice(2)
const endings = {
  end: ['child-exited', 'child-gone', 'spawn-failed'],
  leave: ['spawned', 'spawn-failed'],
  stay: [],
}
let waitedFor = commands.length

const processes = new Processes({
  clock: new SteadyClock(),
  runsDirectory,
  log: console,
  onEvent: (event) => {
    console.log(JSON.stringify(event))
    if (mode === 'end' || mode === 'leave') {
      if (endings[mode].includes(event.kind)) waitedFor--
      if (waitedFor === 0) void processes.close()
    }
  },
})
for (const [i, command] of commands.entries()) {
  processes.spawn({
    process: `run${i}`,
    command,
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  })
}
