// How a host is, as far as it matters to whoever runs jobs there: its clock, the space and the speed of its disk, and what
// a kill reaches. Measured when it is asked for, and told to other hosts too.

import fs from 'node:fs/promises'
import path from 'node:path'
import { performance } from 'node:perf_hooks'

export type HostFacts = {
  readonly wallMs: number
  readonly diskFreeBytes: number
  readonly diskBytes: number
  /** One synced write of a few bytes, the middle one of several. */
  readonly syncMs: number
  /** What a kill reaches: all that a run ever started, or what stayed in its process group. */
  readonly killing: 'cgroups' | 'process group'
}

const writes = 5

export async function measureHost(
  directory: string,
  killing: () => HostFacts['killing'],
): Promise<HostFacts> {
  const { bavail, blocks, bsize } = await fs.statfs(directory)
  const syncMs = await measureSync(path.join(directory, 'doctor.new'))
  return {
    wallMs: Date.now(),
    diskFreeBytes: bavail * bsize,
    diskBytes: blocks * bsize,
    syncMs,
    killing: killing(),
  }
}

async function measureSync(file: string): Promise<number> {
  const handle = await fs.open(file, 'w', 0o600)
  const tookMs: number[] = []
  try {
    for (let n = 0; n < writes; n++) {
      const beganAtMs = performance.now()
      await handle.write('hocket doctor\n')
      await handle.datasync()
      tookMs.push(performance.now() - beganAtMs)
    }
  } finally {
    await handle.close()
    await fs.rm(file, { force: true })
  }
  return tookMs.toSorted((left, right) => left - right)[Math.floor(writes / 2)] ?? 0
}
