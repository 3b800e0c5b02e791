// Many seeds on all cores: each worker thread runs one seed after the other and tells the verdict.

import { availableParallelism } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { SeedResult } from './seed-run.ts'

export type SeedTask = {
  readonly seed: number
  readonly profileName: string
  readonly mutation: string | null
}

const workerFile = new URL(`./seed-worker${path.extname(import.meta.url)}`, import.meta.url)

/** Calls onResult for each task as it ends; a rejection says that a worker itself broke. */
export async function runSeeds(
  tasks: readonly SeedTask[],
  options: { readonly workers?: number; readonly onResult: (result: SeedResult) => void },
): Promise<void> {
  const waiting = [...tasks]
  const count = Math.min(options.workers ?? availableParallelism(), tasks.length)
  await Promise.all(Array.from({ length: count }, () => runWorker(waiting, options.onResult)))
}

async function runWorker(waiting: SeedTask[], onResult: (result: SeedResult) => void): Promise<void> {
  const worker = new Worker(workerFile)
  try {
    await new Promise<void>((resolve, reject) => {
      const next = () => {
        const task = waiting.shift()
        if (task === undefined) resolve()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        else worker.postMessage(task)
      }
      worker.on('message', (result: SeedResult) => {
        onResult(result)
        next()
      })
      worker.on('error', reject)
      next()
    })
  } finally {
    await worker.terminate()
  }
}
