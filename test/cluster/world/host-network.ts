// Hosts on one machine: a network namespace each, joined by a bridge that has a namespace of its own. Each host has
// one address, and its agent's API, which answers on loopback only, is reached through that address too. Links are cut
// by iptables in the host that is not to hear. Whatever becomes of this process, its janitor takes all away.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { callJanitor, type Janitor } from './call-janitor.ts'
import { endProcessesIn } from './end-processes.ts'
import { namespaceName, removeLeftOvers, rootLinkName } from './remove-network.ts'
import { isOnPath, runProgram, runProgramNow } from './run-program.ts'

export const meshPort = 7461
export const apiPort = 7460

const rootHostNumber = 254

export type Direction = { readonly from: string; readonly to: string }

/** Why this machine cannot have such hosts; null when it can. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux') return `network namespaces are Linux's, and this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  for (const program of ['ip', 'iptables', 'iptables-restore', 'sysctl'])
    if (!isOnPath(program))
      return `there is no ${program} (package ${program === 'ip' ? 'iproute2' : program})`
  const probe = namespaceName('probe', String(process.pid))
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
  readonly #janitor: Janitor
  /** `from>to`, for each direction in which nothing arrives. */
  #lost: ReadonlySet<string> = new Set()

  private constructor(names: readonly string[], own: { id: string; subnet: string; janitor: Janitor }) {
    this.names = names
    this.#id = own.id
    this.#subnet = own.subnet
    this.#janitor = own.janitor
  }

  /** The directory is removed together with the network. */
  static async make(names: readonly string[], directory: string): Promise<HostNetwork> {
    await removeLeftOvers()
    const id = randomBytes(4).toString('hex')
    const janitor = await callJanitor(id, directory)
    const network = new HostNetwork(names, { id, subnet: await freeSubnet(), janitor })
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
    return namespaceName(this.#id, host)
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
    await this.#janitor.dismiss()
  }

  #number(host: string): number {
    const index = this.names.indexOf(host)
    if (index < 0) throw new Error(`Cannot find host "${host}": expected one of ${this.names.join(', ')}`)
    return index + 1
  }

  async #build(): Promise<void> {
    const hub = namespaceName(this.#id, 'hub')
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

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await runProgram(['ip', '-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`)
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
