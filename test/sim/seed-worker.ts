// A worker thread of the pool: takes a seed, runs it, tells the verdict; ends when it is given none.

import { parentPort } from 'node:worker_threads'
import { loadCore } from './mutations/load-core.ts'
import type { SeedTask } from './seed-pool.ts'
import { runSeed } from './seed-run.ts'

if (parentPort === null) throw new Error('Cannot run seeds here: expected to be a worker of the pool')
const port = parentPort

port.on('message', (task: SeedTask | null) => {
  if (task === null) return port.close()
  void loadCore(task.mutation).then((core) => port.postMessage(runSeed(task.seed, task.profileName, core)))
})
