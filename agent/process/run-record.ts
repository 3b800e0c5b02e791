// A run's directory as a record: what its files say has become of it. The gate that keeps a
// run from starting twice is the file `started`: it is made by whoever is first, and only
// once. Either the worker makes it and then executes the command, or the agent makes it with
// the word `withdrawn`, and then no worker, however late, will execute anything.

import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import { escapeFileName } from '../../lib/base/file-name.ts'
import type { Exit } from '../../lib/claim/ended-attempt.ts'
import { isTooLate, readExit, readFault } from './exit-status.ts'
import type { ProcessIdentity, ProcessTable } from './process-table.ts'
import { requestBoot } from './request-text.ts'

export type StartRecord = {
  readonly command: ProcessIdentity
  readonly wrapper: ProcessIdentity
  readonly bootId: string
}

export type RunRecord =
  /** Nothing has passed the gate. */
  | { readonly kind: 'unstarted' }
  /** The gate is made and its text is not there yet. */
  | { readonly kind: 'unfinished' }
  /** Nothing was executed, and nothing will be: somebody closed the gate, or its time was over, or it cannot be. */
  | {
      readonly kind: 'not-started'
      readonly why: 'withdrawn' | 'too-late' | 'fault'
      readonly reason: string
    }
  | { readonly kind: 'running'; readonly started: StartRecord; readonly startedAtMs: number }
  | {
      readonly kind: 'ended'
      readonly started: StartRecord
      readonly exit: Exit
      readonly startedAtMs: number
      readonly endedAtMs: number
      readonly isEndedByGuard: boolean
      /** It was told to end: it is over only when nothing of it is left. */
      readonly isSignalled: boolean
    }
  /** It was started, nobody is there, and nobody wrote how it ended. */
  | { readonly kind: 'gone' }

/** In the file `signals`: the signal before it came from the guard. */
export const guardNote = 'guard'
export const endingSignals: readonly string[] = ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGQUIT']
export const withdrawnText = 'withdrawn\n'
/** File systems take 255 bytes for a name; the rest is for the hash and the generation. */
const nameMax = 180

/** The name of a run's directory. A run whose launcher died before the start gets a further generation. */
export function runDirectoryName(key: string, generation: number): string {
  const escaped = escapeFileName(key)
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32)
  const name = escaped.length <= nameMax ? escaped : `${escaped.slice(0, nameMax)}@${hash}`
  return generation === 1 ? name : `${name}@${generation}`
}

/** The names of a run's directories that exist, the newest first. */
export async function findRunDirectories(runsDirectory: string, key: string): Promise<string[]> {
  const found: string[] = []
  for (let generation = 1; ; generation++) {
    const name = runDirectoryName(key, generation)
    if (!(await exists(path.join(runsDirectory, name)))) return found
    found.unshift(name)
  }
}

/** Null for a text that is none. The numbers 0 and 1 are none either: as groups they are everybody. */
export function parseStartRecord(text: string): StartRecord | null {
  const found = /^started (\d{1,10}) (\S+) (\d{1,10}) (\S+) (\S+)\n?$/.exec(text)
  if (found === null) return null
  const [, pid = '', start = '', wrapperPid = '', wrapperStart = '', bootId = ''] = found
  if (Number(pid) <= 1 || Number(wrapperPid) <= 1) return null
  return {
    command: { pid: Number(pid), start },
    wrapper: { pid: Number(wrapperPid), start: wrapperStart },
    bootId,
  }
}

export async function readRun(directory: string, processes: ProcessTable): Promise<RunRecord> {
  const startedText = await readText(path.join(directory, 'started'))
  if (startedText === withdrawnText)
    return { kind: 'not-started', why: 'withdrawn', reason: 'it was withdrawn before it started' }
  const started = startedText?.endsWith('\n') === true ? parseStartRecord(startedText) : null
  // Looked at before the exit record is read: whoever is gone by now has written what it could.
  const isThere =
    started !== null &&
    started.bootId === processes.bootId &&
    !(processes.isGone(started.command) && processes.isGone(started.wrapper))
  const exitText = (await readText(path.join(directory, 'exit'))) ?? ''
  const signals = await readSignals(directory)
  const exit = readExit(exitText, signals)
  if (exit !== null && isTooLate(exitText))
    return { kind: 'not-started', why: 'too-late', reason: 'its time was over before it began' }
  if (started === null) {
    // After a power cut the gate's text, or the gate, may be lost, and the end be there.
    if (exit !== null && !(await isOfThisBoot(directory, processes))) return { kind: 'gone' }
    if (exit !== null) return { kind: 'not-started', why: 'fault', reason: readFault(exitText) }
    return { kind: startedText === null ? 'unstarted' : 'unfinished' }
  }
  const startedAtMs = await modifiedAtMs(path.join(directory, 'started'))
  if (exit !== null) {
    const endedAtMs = Math.max(startedAtMs, await modifiedAtMs(path.join(directory, 'exit')))
    const isEndedByGuard = signals.includes(guardNote)
    const isSignalled = signals.some((signal) => endingSignals.includes(signal))
    return { kind: 'ended', started, exit, startedAtMs, endedAtMs, isEndedByGuard, isSignalled }
  }
  return isThere ? { kind: 'running', started, startedAtMs } : { kind: 'gone' }
}

/** Nothing was executed because somebody, or the time, was before it; what cannot be executed is another matter. */
export function isClosed(record: RunRecord): boolean {
  return record.kind === 'not-started' && record.why !== 'fault'
}

/** Closes the gate: `withdrawn` when nothing was executed and nothing will be, `started` when a worker was first. */
export async function withdraw(directory: string): Promise<'withdrawn' | 'started'> {
  await fs.mkdir(directory, { recursive: true, mode: 0o700 })
  const gate = path.join(directory, 'started')
  try {
    await fs.writeFile(gate, withdrawnText, { flag: 'wx', mode: 0o600 })
    return 'withdrawn'
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return (await readText(gate)) === withdrawnText ? 'withdrawn' : 'started'
  }
}

/** True when the run was handed to a launcher in this boot of the machine, so that no power cut took its files. */
export async function isOfThisBoot(directory: string, processes: ProcessTable): Promise<boolean> {
  return requestBoot((await readText(path.join(directory, 'request'))) ?? '') === processes.bootId
}

/** Puts the exit record on the disk, so that what is reported from it stands. */
export async function syncExit(directory: string): Promise<void> {
  const handle = await fs.open(path.join(directory, 'exit'), 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Notes a signal before it is sent: see exit-status.ts. */
export function noteSignal(directory: string, signal: string): void {
  appendFileSync(path.join(directory, 'signals'), `${signal}\n`, { mode: 0o600 })
}

/** The notes only sharpen what is told of an end: where they cannot be read, it is told without them. */
async function readSignals(directory: string): Promise<string[]> {
  try {
    return ((await readText(path.join(directory, 'signals'))) ?? '').split('\n')
  } catch {
    return []
  }
}

async function modifiedAtMs(file: string): Promise<number> {
  return Math.round((await fs.stat(file)).mtimeMs)
}

async function readText(file: string): Promise<string | null> {
  try {
    return await fs.readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await fs.access(file)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
