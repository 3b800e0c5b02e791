// What a test orders one agent to do to itself, in a file that the agent reads again and again: so the program needs no
// switch for it, and a fault can be ordered while it runs.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { ClaimSettings } from '../../../lib/base/limits.ts'

/** Each is the moment before something of a run is done: before that, all is as if it had never been meant. */
export type KillPoint =
  /** The claim is granted; that it is has not been written. */
  | 'intent'
  /** The run is held; that it starts has not been written. */
  | 'exec-mark'
  /** It is marked as started; nothing has been told to start it. */
  | 'spawn'
  /** It has ended; how has not been written. */
  | 'exit-mark'

export type Orders = {
  /** The agent kills itself at this point of the next run of the job. */
  readonly killAt?: { readonly point: KillPoint; readonly job: string }
  /** As a witness it accepts, and its answer is lost on the way. */
  readonly losesAccepts?: boolean
  /** Its wall clock, and its launcher's, is off by so much. */
  readonly clockOffsetMs?: number
  /** What is a constant for people, because tests have less time; read when the agent starts. */
  readonly patience?: Partial<Pick<ClaimSettings, 'witnessJoinAfterMs' | 'witnessReplaceAfterMs'>>
}

/** The variable that names the file. */
export const ordersVariable = 'HOCKET_TEST_ORDERS'

export function writeOrders(file: string, orders: Orders): void {
  writeFileSync(`${file}.new`, JSON.stringify(orders))
  renameSync(`${file}.new`, file)
}

export function readOrders(): Orders {
  const file = process.env[ordersVariable]
  if (file === undefined) return {}
  return JSON.parse(readFileSync(file, 'utf8')) as Orders
}
