// Small files that are either wholly the old or wholly the new ones, whatever crashes:
// written beside, synced, renamed, and the directory synced. Nothing here is atomic
// without the last step: a rename that only the memory knows is gone after a power cut.

import fs from 'node:fs/promises'
import path from 'node:path'

/** The ending of a file that is not finished; whatever bears it is left over from a crash. */
export const unfinishedEnding = '.new'

/** Replaces a file's whole content, durably when the promise resolves. */
export async function writeSyncedFile(file: string, bytes: Uint8Array | string, mode = 0o600): Promise<void> {
  const unfinished = `${file}${unfinishedEnding}`
  const handle = await fs.open(unfinished, 'w', mode)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await fs.rename(unfinished, file)
  await syncDirectory(path.dirname(file))
}

/** Makes what was created, renamed or removed in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
