// What the commands themselves say: each appends a line when it begins and one when it ends, and syncs it. Their clock is
// the kernel's, whatever their agent takes for the time.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { EvidenceLine } from '../judge/history.ts'

/** The words after the script: how many seconds it sleeps, and how many times in a row. */
const script = `#!/bin/sh
# usage: note.sh FILE SECONDS [TIMES [nosync]]
say() {
  echo "$1 $HOCKET_JOB $HOCKET_SLOT $HOCKET_ATTEMPT \${HOCKET_TOKEN:-0} $HOCKET_NODE $$ $(date +%s%3N)" >>"$file"
  [ "$sync" = nosync ] || sync -d "$file"
}
file=$1 seconds=$2 times=\${3:-1} sync=$4
say start
while [ "$times" -gt 1 ]; do
  sleep "$seconds"
  say beat
  times=$((times - 1))
done
sleep "$seconds"
say end
`

export type CommandLength = {
  /** How long it lasts; of several parts there is a line after each. */
  readonly seconds: number
  readonly parts?: number
  /** Without a sync a thousand commands at once cost half as much; what a killed process wrote is there all the same. */
  readonly isSynced?: boolean
}

export class Evidence {
  readonly #file: string
  readonly #script: string

  constructor(directory: string) {
    this.#file = path.join(directory, 'evidence')
    this.#script = path.join(directory, 'note.sh')
    writeFileSync(this.#script, script)
    writeFileSync(this.#file, '')
  }

  command({ seconds, parts = 1, isSynced = true }: CommandLength): string {
    const words = [this.#script, this.#file, (seconds / parts).toFixed(3), parts, isSynced ? '' : 'nosync']
    return `exec sh ${words.join(' ').trimEnd()}`
  }

  read(): EvidenceLine[] {
    if (!existsSync(this.#file)) return []
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(parseLine)
  }
}

function parseLine(line: string): EvidenceLine {
  const [kind = '', job = '', slot = '', attempt = '', token = '', host = '', pid = '', atMs = ''] =
    line.split(' ')
  if (kind !== 'start' && kind !== 'beat' && kind !== 'end')
    throw new Error(`Cannot read evidence "${line}": expected a line that begins with start, beat or end`)
  return {
    kind,
    job,
    slotMs: Date.parse(slot),
    attempt: Number(attempt),
    token: Number(token),
    host,
    pid: Number(pid),
    atMs: Number(atMs),
  }
}
