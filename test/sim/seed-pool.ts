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

export type SeedPoolOptions = {
  readonly workers?: number
  readonly onResult: (result: SeedResult) => void
  /** Whether no further seed is to be begun. */
  readonly isOver?: () => boolean
  /** A seed that takes longer is stuck. */
  readonly seedMaxMs?: number
}

/** A seed did not end in its time. */
export class SeedStuck extends Error {}

/** Calls onResult for each task as it ends; a rejection says that a worker itself broke, or is stuck. */
export async function runSeeds(tasks: readonly SeedTask[], options: SeedPoolOptions): Promise<void> {
  const waiting = [...tasks]
  const count = Math.min(options.workers ?? availableParallelism(), tasks.length)
  await Promise.all(Array.from({ length: count }, () => runWorker(waiting, options)))
}

async function runWorker(waiting: SeedTask[], options: SeedPoolOptions): Promise<void> {
  const { onResult, isOver = () => false, seedMaxMs } = options
  const worker = new Worker(workerFile)
  let watch: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const next = () => {
        clearTimeout(watch)
        const task = isOver() ? undefined : waiting.shift()
        if (task === undefined) return resolve()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage(task)
        if (seedMaxMs === undefined) return
        const text = `Cannot end seed ${task.seed}: it takes longer than ${seedMaxMs} ms, expected less`
        watch = setTimeout(() => reject(new SeedStuck(text)), seedMaxMs)
      }
      worker.on('message', (result: SeedResult) => {
        onResult(result)
        next()
      })
      worker.on('error', reject)
      next()
    })
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(null)
    await ended
  } finally {
    clearTimeout(watch)
    // Of one that ended by itself nothing is left to be torn down.
    await worker.terminate()
  }
}
