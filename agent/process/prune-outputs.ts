// Takes away what commands wrote that ended long ago, where somebody wants the space before its time. What became of a
// run stays: its record is the proof that it was started, without which it might be started again.

import fs from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import { escapeFileName } from '../../lib/base/file-name.ts'
import { outputStreams } from './output-bounds.ts'

/** What a service's command wrote its daemon may go on with. */
const ofServices = escapeFileName('service/')

export type PrunedOutputs = { readonly runs: number; readonly bytes: number }

/** Of runs that ended, and wrote their last, before this instant; a trial only counts. */
export async function pruneOutputs(
  runsDirectory: string,
  { beforeMs, isDryRun }: { readonly beforeMs: number; readonly isDryRun: boolean },
): Promise<PrunedOutputs> {
  let runs = 0
  let bytes = 0
  for (const name of await fs.readdir(runsDirectory)) {
    if (name.startsWith(ofServices)) continue
    const directory = path.join(runsDirectory, name)
    if (!(await hasEnded(directory, beforeMs))) continue
    const files = outputStreams.flatMap((stream) => [stream, `${stream}.gap`])
    const found = await Promise.all(files.map(async (file) => sizeOf(path.join(directory, file), beforeMs)))
    // A daemon may still write to what its start command began.
    if (found.includes('in-use')) continue
    const size = found.reduce<number>((sum, one) => sum + (one === 'in-use' ? 0 : one), 0)
    if (size === 0) continue
    runs++
    bytes += size
    if (isDryRun) continue
    for (const file of files) await fs.rm(path.join(directory, file), { force: true })
  }
  return { runs, bytes }
}

async function hasEnded(directory: string, beforeMs: number): Promise<boolean> {
  const file = path.join(directory, 'exit')
  try {
    const { mtimeMs } = await fs.stat(file)
    return mtimeMs < beforeMs && (await fs.readFile(file, 'latin1')).includes('ended ')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false
    throw error
  }
}

/** On the disk; what is hidden in a hole takes none. */
async function sizeOf(file: string, beforeMs: number): Promise<number | 'in-use'> {
  try {
    const { blocks, mtimeMs } = await fs.stat(file)
    return mtimeMs >= beforeMs ? 'in-use' : blocks * 512
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0
    throw error
  }
}
