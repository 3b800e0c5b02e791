// The thread of a busy minute: it is given a heap as large as the machine allows, which its process was not.

import { parentPort, workerData } from 'node:worker_threads'
import { busyMinute } from './busy-minute.ts'
import { loadCore } from './mutations/load-core.ts'

if (parentPort === null) throw new Error('Cannot run a busy minute here: expected to be a thread of its own')
const lines = busyMinute(workerData as { nodes: number; jobs: number }, await loadCore(null))
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort.postMessage(lines)
