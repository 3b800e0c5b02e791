// Takes a network of hosts away, with all that runs in it; and networks whose makers are gone. A network belongs to who
// holds its lock: the janitor of its maker, whatever process number that has in whichever container.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { takeLock, type DirectoryLock } from '../../../agent/store/directory-lock.ts'
import { endProcessesIn } from './end-processes.ts'
import { runProgram } from './run-program.ts'

const namePrefix = 'hocket-'
const locksDirectory = '/run/hocket-networks'

/** Of a network namespace: one for each host, and one for what joins them. */
export function namespaceName(id: string, host: string): string {
  return `${namePrefix}${id}-${host}`
}

/** Of the link from this machine to the hosts. Names of interfaces have 15 characters at most. */
export function rootLinkName(id: string): string {
  return `hk${id}`
}

/** Null when somebody else has it. */
export async function lockNetwork(id: string): Promise<DirectoryLock | null> {
  mkdirSync(locksDirectory, { recursive: true })
  return takeLock(path.join(locksDirectory, id))
}

export async function removeNetwork(id: string, lock: DirectoryLock): Promise<void> {
  const own = (await namespaces()).filter((name) => name.startsWith(namespaceName(id, '')))
  for (const name of own) await endProcessesIn(name)
  // The link first: it goes with its other end's namespace, but not at once.
  const links = await runProgram(['ip', '-o', 'link', 'show'])
  if (links.includes(` ${rootLinkName(id)}@`)) await runProgram(['ip', 'link', 'del', rootLinkName(id)])
  for (const name of own) await runProgram(['ip', 'netns', 'del', name])
  lock.release()
  for (const name of [id, `${id}-journal`]) rmSync(path.join(locksDirectory, name), { force: true })
}

/** What earlier runs left behind, even their janitors having been killed. */
export async function removeLeftOvers(): Promise<void> {
  mkdirSync(locksDirectory, { recursive: true })
  const names = [...readdirSync(locksDirectory).map((id) => namespaceName(id, '')), ...(await namespaces())]
  const ids = names.flatMap((name) => new RegExp(`^${namePrefix}([0-9a-f]{8})-`).exec(name)?.[1] ?? [])
  for (const id of new Set(ids)) {
    const lock = await lockNetwork(id)
    if (lock !== null) await removeNetwork(id, lock)
  }
}

async function namespaces(): Promise<string[]> {
  const listed = await runProgram(['ip', 'netns', 'list'])
  return listed.split('\n').map((line) => line.split(' ')[0] ?? '')
}
