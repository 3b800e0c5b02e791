// Why a store no longer takes writes. After the first failed write or sync it is closed for
// ever: what the system forgot of a failed sync cannot be told from what it kept, so that a
// second sync that succeeds proves nothing (claims.md W4).

import { errorCode } from '../../lib/base/error-code.ts'

export type StoreFailure = 'full' | 'io' | 'closed'

/** A commit that is not durable; the store takes no further one. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed'
  /** `full`: no space or quota left; `io`: any other error of the system; `closed`: close() was called before. */
  readonly kind: StoreFailure

  constructor(kind: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** What went wrong with a file, as one line: `Cannot write log "votes": the disk is full (ENOSPC), expected …`. */
export function storeFailed(what: string, error: unknown): StoreFailed {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreFailed('full', `Cannot ${what}: the disk is full (${code}), expected free space`, {
      cause: error,
    })
  }
  const why = error instanceof Error ? error.message : String(error)
  return new StoreFailed('io', `Cannot ${what}: ${why}, expected a disk that works`, { cause: error })
}
