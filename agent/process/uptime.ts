// The clock that the agent, its guard and the shims of its runs have in common: milliseconds since the machine
// started, counting suspend, as /proc shows them, in steps of 10 ms. No other clock is the same for a shell script
// and a program; where a system has none, nothing that needs a lease is started.

import fs from 'node:fs'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'

/** The file that a shim reads. */
function uptimeFile(procDirectory: string): string {
  return path.join(procDirectory, 'uptime')
}

/** Null where the system shows none. */
export function readUptimeMs(procDirectory: string): number | null {
  let text: string
  try {
    text = fs.readFileSync(uptimeFile(procDirectory), 'latin1')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  const found = /^(\d+)\.(\d\d) /.exec(text)
  return found === null ? null : Number(found[1]) * 1_000 + Number(found[2]) * 10
}
