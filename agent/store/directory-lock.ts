// One agent for each data directory. The lock is the system's own on a file that is never
// written: it ends with the process that holds it, however that ends, so that there is no
// stale lock to judge and no process number that another process may bear by now; and it
// holds across containers that share the directory and see only their own processes.
// Node.js reaches such a lock through SQLite alone. The file must be opened by nothing else
// in this process: closing any descriptor of it would give the lock up.

import fs from 'node:fs/promises'
import type * as sqlite from 'node:sqlite'
import { errorCode } from '../../lib/base/error-code.ts'

export type DirectoryLock = { release(): void }

/** SQLite's code for a lock that another has. */
const busy = 5

/** Takes the lock, or answers null when another process (or another part of this one) has it. */
export async function takeLock(file: string): Promise<DirectoryLock | null> {
  await makeFile(file)
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return null
    throw error
  }
}

/** A file that is there is not opened: only an error of the system says plainly why one cannot be made. */
async function makeFile(file: string): Promise<void> {
  try {
    await (await fs.open(file, 'wx', 0o600)).close()
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

/** Node.js 22 warns of an experiment at the first use; the lock is all that we use of it. */
function loadSqlite(): typeof sqlite {
  const warn = process.emitWarning.bind(process)
  process.emitWarning = () => undefined
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = warn
  }
}
