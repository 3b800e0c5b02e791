// Hosts on one machine: a network namespace each, joined by a bridge that has a namespace of its own. Each host has
// one address, and its agent's API, which answers on loopback only, is reached through that address too. Links are cut
// by iptables in the host that is not to hear. Everything is named after the network, so that whatever a crashed run
// left behind is found and removed by the next one.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { takeLock, type DirectoryLock } from '../../../agent/store/directory-lock.ts'
import { endProcessesIn } from './end-processes.ts'
import { runProgram, runProgramNow } from './run-program.ts'

export const meshPort = 7461
export const apiPort = 7460

const namePrefix = 'hocket-'
/** Who holds a lock here is alive, whatever process number it has in whichever container. */
const locksDirectory = '/run/hocket-networks'
const rootHostNumber = 254

export type Direction = { readonly from: string; readonly to: string }

/** Why this machine cannot have such hosts; null when it can. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux') return `network namespaces are Linux's, and this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  for (const program of ['ip', 'iptables', 'iptables-restore', 'sysctl'])
    if (!isOnPath(program))
      return `there is no ${program} (package ${program === 'ip' ? 'iproute2' : program})`
  const probe = `${namePrefix}probe-${process.pid}`
  try {
    runProgramNow(['ip', 'netns', 'add', probe])
    runProgramNow(['ip', 'netns', 'exec', probe, 'iptables', '-A', 'INPUT', '-s', '10.0.0.1', '-j', 'DROP'])
    runProgramNow(['ip', '-n', probe, 'link', 'add', 'bridge', 'type', 'bridge'])
    runProgramNow(['ip', '-n', probe, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right'])
    return null
  } catch (error) {
    return `network namespaces are refused here: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    if (existsSync(`/run/netns/${probe}`)) runProgramNow(['ip', 'netns', 'del', probe])
  }
}

export class HostNetwork {
  readonly names: readonly string[]
  readonly #id: string
  readonly #subnet: string
  readonly #lock: DirectoryLock
  /** `from>to`, for each direction in which nothing arrives. */
  #lost: ReadonlySet<string> = new Set()

  private constructor(names: readonly string[], own: { id: string; subnet: string; lock: DirectoryLock }) {
    this.names = names
    this.#id = own.id
    this.#subnet = own.subnet
    this.#lock = own.lock
  }

  static async make(names: readonly string[]): Promise<HostNetwork> {
    mkdirSync(locksDirectory, { recursive: true })
    await removeLeftOvers()
    const id = randomBytes(4).toString('hex')
    const lock = await takeLock(path.join(locksDirectory, id))
    if (lock === null) throw new Error(`Cannot make network "${id}": it exists, expected a new one`)
    const network = new HostNetwork(names, { id, subnet: await freeSubnet(), lock })
    try {
      await network.#build()
      return network
    } catch (error) {
      await network.close()
      throw error
    }
  }

  address(host: string): string {
    return `${this.#subnet}.${this.#number(host)}`
  }

  /** Where this process itself is reached by the hosts. */
  get ownAddress(): string {
    return `${this.#subnet}.${rootHostNumber}`
  }

  namespace(host: string): string {
    this.#number(host)
    return `${namePrefix}${this.#id}-${host}`
  }

  /** The words before a program that is to run on the host. */
  on(host: string): string[] {
    return ['ip', 'netns', 'exec', this.namespace(host)]
  }

  /** From now on nothing arrives in these directions, and everything in all others. */
  async loseOnly(directions: readonly Direction[]): Promise<void> {
    const lost = new Set(directions.map(({ from, to }) => `${from}>${to}`))
    const changed = this.names.filter((to) =>
      this.names.some((from) => lost.has(`${from}>${to}`) !== this.#lost.has(`${from}>${to}`)),
    )
    this.#lost = lost
    await Promise.all(changed.map(async (to) => this.#filter(to)))
  }

  /** Connections from one host to the mesh of another go through a place of this process instead. */
  async redirect({ from, to }: Direction, port: number): Promise<void> {
    const rule = ['-p', 'tcp', '-d', this.address(to), '--dport', String(meshPort)]
    const target = ['-j', 'DNAT', '--to-destination', `${this.ownAddress}:${port}`]
    await runProgram([...this.on(from), 'iptables', '-t', 'nat', '-A', 'OUTPUT', ...rule, ...target])
  }

  /** Ends every process on the host. */
  endProcesses(host: string): Promise<void> {
    return endProcessesIn(this.namespace(host))
  }

  async close(): Promise<void> {
    await removeNetwork(this.#id)
    removeLock(this.#id, this.#lock)
  }

  #number(host: string): number {
    const index = this.names.indexOf(host)
    if (index < 0) throw new Error(`Cannot find host "${host}": expected one of ${this.names.join(', ')}`)
    return index + 1
  }

  async #build(): Promise<void> {
    const hub = `${namePrefix}${this.#id}-hub`
    const rootLink = rootLinkName(this.#id)
    await runProgram(['ip', 'netns', 'add', hub])
    await batch(hub, [
      'link add bridge type bridge',
      'link set bridge up',
      ...this.names.flatMap((host) => [
        `link add to-${host} type veth peer name far-${host}`,
        `link set to-${host} master bridge up`,
      ]),
    ])
    for (const host of this.names) await this.#addHost(host, hub)
    await runProgram(['ip', 'link', 'add', rootLink, 'type', 'veth', 'peer', 'name', 'to-root', 'netns', hub])
    await batch(hub, ['link set to-root master bridge up'])
    await runProgram(['ip', 'addr', 'add', `${this.ownAddress}/24`, 'dev', rootLink])
    await runProgram(['ip', 'link', 'set', rootLink, 'up'])
  }

  async #addHost(host: string, hub: string): Promise<void> {
    const namespace = this.namespace(host)
    await runProgram(['ip', 'netns', 'add', namespace])
    await runProgram(['ip', '-n', hub, 'link', 'set', `far-${host}`, 'netns', namespace, 'name', 'eth0'])
    await batch(namespace, [
      'link set lo up',
      `addr add ${this.address(host)}/24 dev eth0`,
      'link set eth0 up',
    ])
    const settings = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv4.conf.eth0.route_localnet=1']
    await runProgram([...this.on(host), 'sysctl', '-qw', ...settings])
    const isApi = ['-i', 'eth0', '-p', 'tcp', '--dport', String(apiPort)]
    const target = ['-j', 'DNAT', '--to-destination', `127.0.0.1:${apiPort}`]
    await runProgram([...this.on(host), 'iptables', '-t', 'nat', '-A', 'PREROUTING', ...isApi, ...target])
  }

  async #filter(to: string): Promise<void> {
    const deaf = this.names.filter((from) => this.#lost.has(`${from}>${to}`))
    const rules = deaf.map((from) => `-A INPUT -s ${this.address(from)} -j DROP`)
    const table = ['*filter', ':INPUT ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n')
    await runProgram([...this.on(to), 'iptables-restore'], table)
  }
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(path.join(folder, program)))
}

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await runProgram(['ip', '-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`)
}

/** Names of interfaces have 15 characters at most. */
function rootLinkName(id: string): string {
  return `hk${id}`
}

/** Three numbers of an address that no interface of this machine has. */
async function freeSubnet(): Promise<string> {
  const taken = await runProgram(['ip', '-o', '-4', 'addr', 'show'])
  const first = process.pid % 20_000
  for (let i = 0; i < 20_000; i++) {
    const number = (first + i) % 20_000
    const subnet = `10.${170 + Math.floor(number / 250)}.${number % 250}`
    if (!taken.includes(` ${subnet}.`)) return subnet
  }
  throw new Error('Cannot find a free network below 10.0.0.0: all are taken, expected one')
}

/** What an earlier run left behind: its lock is free. */
async function removeLeftOvers(): Promise<void> {
  for (const id of readdirSync(locksDirectory).filter((name) => /^[0-9a-f]+$/.test(name))) {
    const lock = await takeLock(path.join(locksDirectory, id))
    if (lock === null) continue
    await removeNetwork(id)
    removeLock(id, lock)
  }
}

function removeLock(id: string, lock: DirectoryLock): void {
  lock.release()
  for (const name of [id, `${id}-journal`]) rmSync(path.join(locksDirectory, name), { force: true })
}

async function removeNetwork(id: string): Promise<void> {
  const listed = (await runProgram(['ip', 'netns', 'list']))
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  const own = listed.filter((name) => name.startsWith(`${namePrefix}${id}-`))
  for (const name of own) await endProcessesIn(name)
  // The link first: it goes with its other end's namespace, but not at once.
  const links = await runProgram(['ip', '-o', 'link', 'show'])
  if (links.includes(` ${rootLinkName(id)}@`)) await runProgram(['ip', 'link', 'del', rootLinkName(id)])
  for (const name of own) await runProgram(['ip', 'netns', 'del', name])
}
