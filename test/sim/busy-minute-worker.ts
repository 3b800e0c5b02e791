// The thread of a busy minute: it is given a heap as large as the machine allows, which its process was not. What is
// told on the way goes to standard error.

import { writeSync } from 'node:fs'
import process from 'node:process'
import { parentPort, workerData } from 'node:worker_threads'
import { busyMinute } from './busy-minute.ts'
import { loadCore } from './mutations/load-core.ts'

if (parentPort === null) throw new Error('Cannot run a busy minute here: expected to be a thread of its own')
const stderr = 2
const told = (simulatedMs: number, ofMs: number): void => {
  const { heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  // A thread that is busy to its end hands nothing over to its streams.
  writeSync(
    stderr,
    `${simulatedMs / 1000} of ${ofMs / 1000} s simulated, ${(heapUsed / 1e9).toFixed(1)} GB in use, ${Math.round((user + system) / 1e6)} s of a processor\n`,
  )
}
const lines = busyMinute(workerData as { nodes: number; jobs: number }, await loadCore(null), told)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort.postMessage(lines)
