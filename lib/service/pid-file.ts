// What a look at an instance means: from its pid file, and from the process that was found there before, to alive,
// dead or not to be said. A process that was proved to be ours is the strongest evidence there is: while it lives,
// nothing that its pid file says makes it dead.

import type { Identity, PidFileSight } from './event.ts'

//     no file                            dead
//     empty                              dead; being written, when it changed a moment ago
//     no newline, changed a moment ago   being written
//     no number, or several, or 0 or 1   cannot be said: whoever wrote it, it names no process
//     cannot be read, or is a user's     cannot be said
//     and names another user's process
//     a number that nobody bears         dead
//     a number of another process than the one found before, or of one that began after the file was written
//                                        dead: the number was given to another
//     else                               alive

export type Finding =
  | { readonly kind: 'alive'; readonly identity: Identity; readonly note: string }
  | { readonly kind: 'dead'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string }
  /** Its writer may be in the middle of it. */
  | { readonly kind: 'again' }

/** Null for what names no process that could be an instance. */
export function parsePid(text: string): number | null {
  const found = /^\s*(\d{1,10})\s*$/.exec(text)
  const pid = Number(found?.[1])
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null
}

export function judgeSight(
  { file, isKnownAlive }: { readonly file: PidFileSight; readonly isKnownAlive: boolean },
  known: Identity | null,
  /** What it was before the machine was started anew, and nothing was started since. */
  pidBefore: number | null = null,
): Finding {
  const found = judgeFile(file, known)
  if (found.kind === 'alive' && known === null && found.identity.pid === pidBefore)
    return { kind: 'dead', why: 'its pid file is of before its machine was started anew' }
  if (!isKnownAlive || known === null) return found
  const isSame = found.kind === 'alive' && found.identity.start === known.start
  const note = isSame || found.kind === 'again' ? '' : noteOf(found, known)
  return { kind: 'alive', identity: known, note }
}

function noteOf(found: Exclude<Finding, { kind: 'again' }>, known: Identity): string {
  const why = found.kind === 'alive' ? `its pid file names process ${found.identity.pid}` : found.why
  return `${why}, and process ${known.pid} that it named before lives`
}

function judgeFile(file: PidFileSight, known: Identity | null): Finding {
  if (file.kind === 'missing') return { kind: 'dead', why: 'there is no pid file' }
  if (file.kind === 'unreadable') return { kind: 'unclear', why: `its pid file cannot be used: ${file.why}` }
  const { text, isYoung, process, isYoungerThanFile } = file
  if (text.trim() === '') return isYoung ? { kind: 'again' } : { kind: 'dead', why: 'its pid file is empty' }
  const pid = parsePid(text)
  if (isYoung && !text.endsWith('\n') && process === null) return { kind: 'again' }
  if (pid === null) {
    const shown = JSON.stringify(text.slice(0, 40))
    return { kind: 'unclear', why: `its pid file says ${shown}, expected the number of a process` }
  }
  if (process === null) return { kind: 'dead', why: `process ${pid} is gone` }
  const isOther = known?.pid === pid && known.start !== process.start
  if (isOther || isYoungerThanFile)
    return { kind: 'dead', why: `process ${pid} is gone, and another one has its number` }
  const note = known === null ? '' : `its pid file names process ${pid} now, in place of ${known.pid}`
  return { kind: 'alive', identity: process, note }
}
