// The agent's data directory: one agent alone holds it, and all that must survive lies in it.
//
//     format        says that the directory is ours, and in which version
//     lock          held by the agent that runs (directory-lock.ts)
//     agent.json    its process and address (agent-file.ts)     token    what the API asks for
//     logs/         log-store.ts                                runs/    one directory for each run
//
// Small files of other parts (identity, cluster key, peers) lie beside them, written whole.

import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from '../../lib/base/error-code.ts'
import { readAgentFile, removeAgentFile, writeAgentFile } from './agent-file.ts'
import { takeLock, type DirectoryLock } from './directory-lock.ts'
import { storeLimits } from './limits.ts'
import { syncDirectory, writeSyncedFile } from './synced-file.ts'

const markFileName = 'format'
const format = 'hocket data 1\n'
const tokenFileName = 'token'
const tokenBytes = 32
/** What may lie in a directory that is still to become ours. */
const beforeMark = /^(lock(-journal)?|lost\+found|.*\.new)$/

export interface DataDirectory {
  readonly path: string
  readonly logsPath: string
  readonly runsPath: string
  /** The secret that a caller of the API shows. */
  readonly token: string
  /** A small file's content, or null when there is none. */
  readFile(name: string): Promise<Uint8Array | null>
  /** Replaces a small file durably: after a crash it is the old or the new one, whole. */
  writeFileSynced(name: string, bytes: Uint8Array | string): Promise<void>
  /** Tells the command line where this agent listens. */
  tellAddress(httpAddress: string): Promise<void>
  /** Gives the directory up; `agent.json` goes with it. */
  close(): Promise<void>
}

/** A data directory that cannot be used: one line for a person. */
export class DataDirectoryRefused extends Error {
  override readonly name = 'DataDirectoryRefused'
  /** The process that has it, when that is why. */
  readonly holderPid: number | null

  constructor(message: string, options?: ErrorOptions & { readonly holderPid?: number | null }) {
    super(message, options)
    this.holderPid = options?.holderPid ?? null
  }
}

/** Opens or makes the data directory and takes its lock; rejects with DataDirectoryRefused. */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const absolute = path.resolve(directory)
  try {
    await fs.mkdir(absolute, { recursive: true, mode: 0o700 })
    await assertOurs(absolute)
    const lock = await takeLock(path.join(absolute, 'lock'))
    if (lock === null) throw await heldByAnother(absolute)
    try {
      return await openLocked(absolute, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    throw refused(absolute, error)
  }
}

/** The token of a data directory, for the command line; null when no agent has made one. */
export async function readToken(directory: string): Promise<string | null> {
  const bytes = await readIfThere(path.join(directory, tokenFileName))
  return bytes === null ? null : Buffer.from(bytes).toString('utf8').trim()
}

async function openLocked(absolute: string, lock: DirectoryLock): Promise<DataDirectory> {
  await fs.chmod(absolute, 0o700)
  await makeOurs(absolute)
  await writeAgentFile(absolute, { pid: process.pid, httpAddress: null })
  const token = await makeToken(absolute)
  const place = (name: string) => path.join(absolute, name)
  return {
    path: absolute,
    logsPath: place('logs'),
    runsPath: place('runs'),
    token,
    readFile: async (name) => readIfThere(place(name)),
    writeFileSynced: async (name, bytes) => writeSyncedFile(place(name), bytes),
    tellAddress: async (httpAddress) => writeAgentFile(absolute, { pid: process.pid, httpAddress }),
    close: async () => {
      await removeAgentFile(absolute)
      lock.release()
    },
  }
}

/** Throws for a directory in which something else lives; one without our mark must be empty. */
async function assertOurs(absolute: string): Promise<void> {
  if (await isMarked(absolute)) return
  const foreign = (await fs.readdir(absolute)).find((name) => !beforeMark.test(name))
  // The mark is the first file that an agent writes: one that has just begun here has it by now.
  if (foreign === undefined || (await isMarked(absolute))) return
  throw new DataDirectoryRefused(
    `Cannot open data directory "${absolute}": it holds "${foreign}" and is none of hocket's, ` +
      'expected an empty directory or one that hocket made',
  )
}

async function isMarked(absolute: string): Promise<boolean> {
  const mark = await readIfThere(path.join(absolute, markFileName))
  if (mark === null) return false
  const text = Buffer.from(mark).toString('utf8')
  if (text === format) return true
  throw new DataDirectoryRefused(
    `Cannot open data directory "${absolute}": its format is "${text.trim().slice(0, 40)}", ` +
      `expected "${format.trim()}", or the version of hocket that wrote it`,
  )
}

async function makeOurs(absolute: string): Promise<void> {
  if (!(await isMarked(absolute))) {
    await syncDirectory(path.dirname(absolute))
    await writeSyncedFile(path.join(absolute, markFileName), format)
  }
  for (const name of ['logs', 'runs']) {
    await fs.mkdir(path.join(absolute, name), { recursive: true, mode: 0o700 })
  }
}

async function makeToken(absolute: string): Promise<string> {
  const known = await readToken(absolute)
  if (known !== null && known !== '') return known
  const token = randomBytes(tokenBytes).toString('base64url')
  await writeSyncedFile(path.join(absolute, tokenFileName), `${token}\n`)
  return token
}

async function heldByAnother(absolute: string): Promise<DataDirectoryRefused> {
  const holderPid = await findHolder(absolute)
  const who = holderPid === null ? 'another agent that is just starting' : `the agent with pid ${holderPid}`
  return new DataDirectoryRefused(
    `Cannot open data directory "${absolute}": ${who} has it, expected one agent for each data directory`,
    { holderPid },
  )
}

/** The first process to have the lock writes its pid a moment later; until then there is none or a dead one's. */
async function findHolder(absolute: string): Promise<number | null> {
  const stepMs = 50
  for (let waitedMs = 0; waitedMs <= storeLimits.holderKnownMs; waitedMs += stepMs) {
    const pid = (await readAgentFile(absolute))?.pid
    if (pid !== undefined && isRunning(pid)) return pid
    await delay(stepMs)
  }
  return null
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

function refused(absolute: string, error: unknown): DataDirectoryRefused {
  if (error instanceof DataDirectoryRefused) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = errorCode(error)
  const why =
    code === 'ERR_SQLITE_ERROR'
      ? `its lock cannot be taken (${message}), expected a file system with locks and a lock file that this user may write`
      : (reasonOf(code) ?? `${message}, expected a directory that this user owns`)
  return new DataDirectoryRefused(`Cannot open data directory "${absolute}": ${why}`, { cause: error })
}

function reasonOf(code: string): string | undefined {
  const reasons: Readonly<Record<string, string>> = {
    ENOTDIR: 'it is not a directory, expected a directory',
    EEXIST: 'it is not a directory, expected a directory',
    EACCES: 'this user may not use it, expected a directory that this user owns',
    EPERM: 'this user may not change it, expected a directory that this user owns',
    EROFS: 'its file system cannot be written, expected one that can',
    ENOSPC: 'the disk is full, expected free space',
    EDQUOT: "this user's quota is used up, expected free space",
  }
  return reasons[code]
}

async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    return await fs.readFile(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}
