// Run in a pid namespace with a small pid_max: a process stands in a pid file and dies, its number is given to another
// one, and that is not taken for it: with the memory of an agent that saw it before, and without.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as pass } from 'node:timers/promises'
import { sightPidFile, writePidFile } from '../../../agent/process/pid-file.ts'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { signalProcess } from '../../../agent/process/signal-process.ts'
import { judgeSight } from '../../../lib/service/pid-file.ts'

const [file = ''] = process.argv.slice(2)
const table = new ProcessTable('/proc')
const begin = (): ChildProcess => spawn('sleep', ['60'], { stdio: 'ignore' })

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Where the system lets us say which number comes next, there is no need to go round. */
function goTo(pid: number): void {
  try {
    fs.writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
  } catch {
    // Then all the numbers are gone through.
  }
}

// Numbers below 300 are given once only.
goTo(310)
const first = begin()
await once(first, 'spawn')
const pid = first.pid ?? 0
await writePidFile(file, pid)
const known = table.identify(pid)
await end(first)
// The system tells starts in hundredths of a second: in one and the same nobody could tell the two apart.
await pass(20)
goTo(pid)
let other = begin()
for (let tries = 0; other.pid !== pid && tries < 300; tries++) {
  await end(other)
  goTo(pid)
  other = begin()
}
const isKnownAlive = known !== null && table.isSame(known)
const withMemory = judgeSight({ file: await sightPidFile(file, table), isKnownAlive }, known)
if (known !== null) signalProcess(table, known, { signal: 'SIGKILL', isForGroup: true })
fs.utimesSync(file, Date.now() / 1000 - 3_600, Date.now() / 1000 - 3_600)
const withoutMemory = judgeSight({ file: await sightPidFile(file, table), isKnownAlive: false }, null)
const isOtherAlive = table.identify(other.pid ?? 0) !== null
process.stdout.write(
  JSON.stringify({
    isSameNumber: other.pid === pid,
    withMemory: withMemory.kind,
    withoutMemory: withoutMemory.kind,
    isOtherAlive,
  }),
)
other.kill('SIGKILL')
process.exit(0)
