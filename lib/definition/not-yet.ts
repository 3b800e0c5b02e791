// Keys that are read and checked, but that no part of the program carries out so far, where going
// on without them would be wrong in silence: a file that uses one is refused. Whoever makes a key
// work removes its row here, and writes config/README.md anew as its test says.

export type NotYet = {
  readonly key: string
  /** What would happen without it. */
  readonly instead: string
  /** Values that ask for nothing, such as the default. */
  readonly harmless?: readonly (string | number | boolean)[]
}

/** By the record in which the key stands. */
export type NotYetTable = {
  readonly [noun in 'file' | 'pool' | 'job' | 'action']: readonly NotYet[]
}

export const notYetTable: NotYetTable = {
  file: [],
  pool: [],
  job: [],
  action: [{ key: 'task', instead: 'nothing would be done' }],
}

/** Everything works: for tests of what comes before. */
export const nothingMissing: NotYetTable = { file: [], pool: [], job: [], action: [] }
