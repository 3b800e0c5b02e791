// Ends what runs in a network namespace of a test's own. A process is killed only while it is in that very namespace,
// and never one of the numbers 0 and 1, which as targets of a signal mean many.
import { readlinkSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { runProgram } from './run-program.ts'

const patienceMs = 10_000

export async function endProcessesIn(namespace: string): Promise<void> {
  const endMs = performance.now() + patienceMs
  for (;;) {
    const pids = await processesIn(namespace)
    if (pids.length === 0) return
    for (const pid of pids) killIn(namespace, pid)
    if (performance.now() > endMs)
      throw new Error(`Cannot end the processes of "${namespace}": ${pids.join(', ')} stay, expected none`)
    await delay(20)
  }
}

/** None in a name that means nothing any more: what held it is gone. */
async function processesIn(namespace: string): Promise<number[]> {
  const listed = await runProgram(['ip', 'netns', 'pids', namespace]).catch(() => '')
  return listed
    .split('\n')
    .map(Number)
    .filter((pid) => isTarget(pid) && !isGone(pid))
}

function killIn(namespace: string, pid: number): void {
  if (!isTarget(pid) || namespaceOf(pid) !== statSync(`/run/netns/${namespace}`).ino) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function isTarget(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid
}

/** What has ended and was not waited for has no namespace any more. */
function isGone(pid: number): boolean {
  return namespaceOf(pid) === null
}

function namespaceOf(pid: number): number | null {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1])
  } catch {
    return null
  }
}
