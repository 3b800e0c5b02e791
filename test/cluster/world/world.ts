// A cluster of real agents on hosts of one machine, each in a network namespace of its own: what is asked of it, what is
// done to it, and at the end a judgement of all that came of it. Whatever happens, nothing of it stays behind.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { JobView, NodeView, StatusView, WitnessesView } from '../../../lib/view/question.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { until } from '../agent-process.ts'
import type { History, JudgedJob } from '../judge/history.ts'
import { Evidence } from './evidence.ts'
import { FaultLog, type FaultKind } from './fault-log.ts'
import { Host } from './host.ts'
import { HostNetwork, type Direction } from './host-network.ts'
import { SlowLinks } from './slow-links.ts'
import { StarvationWatch } from './starvation-watch.ts'
import { agentOptions, defaultWorld, type WorldOptions } from './world-options.ts'
import { configText, judgedJob, type TestJob } from './test-job.ts'

/** From the end of a fault until all are connected again: what the mesh takes at the worst to dial again. */
const settleMs = 20_000
/** Longer than any healthy cluster takes: on a busy machine five programs may need a minute to start. */
const patienceMs = 120_000

type Dropped = {
  readonly category: string
  readonly job: TestJob
  readonly droppedAtMs: number
  knownAtMs: number
}

export class World {
  readonly hosts: readonly Host[]
  readonly faults: FaultLog
  readonly #options: Required<WorldOptions>
  readonly #home: string
  readonly #network: HostNetwork
  readonly #evidence: Evidence
  readonly #starvation: StarvationWatch
  #links: SlowLinks | null = null
  #dropped: Dropped[] = []
  readonly dismissed = new Set<string>()
  #joinToken = ''

  private constructor(options: Required<WorldOptions>, home: string, network: HostNetwork) {
    this.#options = options
    this.#home = home
    this.#network = network
    this.#evidence = new Evidence(home)
    this.faults = new FaultLog((text) => this.say(text))
    this.hosts = options.hosts.map(
      (name, i) => new Host({ name, home, network, faults: this.faults, ...agentOptions(options, i) }),
    )
    this.#starvation = new StarvationWatch(this.hosts, this.faults)
  }

  /** All agents run, vote or not, and are ready to claim. */
  static async open(options: WorldOptions = {}): Promise<World> {
    const all = { ...defaultWorld, ...options }
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-world-'))
    const network = await HostNetwork.make(all.hosts, home)
    const world = new World(all, home, network)
    try {
      if (all.smallDisk !== null) await world.host(all.smallDisk).mountSmallDisk()
      if (all.areLinksLed) world.#links = await SlowLinks.make(network)
      await world.#gather()
      return world
    } catch (error) {
      const said = world.lastWords()
      await world.close()
      throw new Error(`Cannot open a world: its agents do not come together:\n${said}`, {
        cause: error,
      })
    }
  }

  get network(): HostNetwork {
    return this.#network
  }

  get links(): SlowLinks {
    if (this.#links === null) throw new Error('Cannot change links: none is led through this process')
    return this.#links
  }

  get joinToken(): string {
    return this.#joinToken
  }

  host(name: string): Host {
    const found = this.hosts.find((host) => host.name === name)
    if (found === undefined) throw new Error(`Cannot find host "${name}"`)
    return found
  }

  /** Those whose agents belong to the cluster. */
  get present(): Host[] {
    return this.hosts.filter(({ name }) => !this.dismissed.has(name))
  }

  /** This one is not to be there any more. */
  dismiss(name: string): void {
    this.dismissed.add(name)
  }

  readmit(name: string): void {
    this.dismissed.delete(name)
  }

  /** Who votes, as the first host that is there knows it. */
  async witnesses(): Promise<WitnessesView['members']> {
    const [first] = this.present.filter(({ isUp }) => isUp)
    if (first === undefined) throw new Error('Cannot ask who votes: no agent runs')
    return (await first.agent.get<WitnessesView>('witnesses')).members
  }

  say(text: string): void {
    this.#options.onNews(text)
  }

  evidence(): ReturnType<Evidence['read']> {
    return this.#evidence.read()
  }

  /** Drops a config file on a host and waits until every agent that runs knows its jobs. */
  async drop(category: string, jobs: readonly TestJob[], on = this.hosts[0]): Promise<void> {
    const droppedAtMs = Date.now()
    const dropped = jobs.map((job) => ({ category, job, droppedAtMs, knownAtMs: Infinity }))
    this.#dropped.push(...dropped)
    on?.agent.drop(`${category}.yaml`, this.#configText(jobs, 'as it was dropped'))
    const names = jobs.map(({ name }) => `${category}.${name}`)
    for (const host of this.present.filter(({ isUp }) => isUp))
      await until(`${host.name} to know ${category}`, async () => {
        const known = new Set(
          (await host.agent.get<{ jobs: readonly JobView[] }>('jobs')).jobs.map(({ name }) => name),
        )
        return names.every((name) => known.has(name))
      })
    for (const one of dropped) one.knownAtMs = Date.now()
  }

  /** A person changes what can be changed without moving a slot, on this host; whether that worked is told. */
  async edit(category: string, on: Host): Promise<void> {
    const jobs = this.#dropped.filter((one) => one.category === category).map(({ job }) => job)
    const directory = fs.mkdtempSync(path.join(this.#home, 'edit-'))
    const file = path.join(directory, `${category}.yaml`)
    fs.writeFileSync(file, this.#configText(jobs, `as ${path.basename(directory)} has it`))
    const { code, out, err } = await on.ask(['config', 'apply', file])
    this.say(`${on.name}: hocket config apply: ${code === 0 ? out.split('\n')[0] : `${code} ${err.trim()}`}`)
  }

  /** From now on nothing arrives in these directions. */
  async lose(directions: readonly Direction[]): Promise<void> {
    this.faults.begin(...directions.map(({ from, to }) => ({ kind: 'lost-link', from, to }) as const))
    await this.#network.loseOnly(directions)
  }

  /** The connections of a host go dead, and nobody is told; until it is said that they must have been replaced. */
  muteLinksOf(host: string): void {
    this.faults.begin(...this.#linksOf(host))
    this.links.mute(host)
  }

  hearLinksOf(host: string): void {
    this.faults.end(...this.#linksOf(host))
  }

  /** No word passes between hosts that are in no group together. */
  async partition(...groups: readonly (readonly string[])[]): Promise<void> {
    const isTogether = (a: string, b: string) =>
      groups.some((group) => group.includes(a) && group.includes(b))
    const names = this.hosts.map(({ name }) => name)
    const directions = names.flatMap((from) =>
      names.filter((to) => to !== from && !isTogether(from, to)).map((to) => ({ from, to })),
    )
    await this.lose(directions)
  }

  #configText(jobs: readonly TestJob[], summary: string): string {
    return configText(jobs, { commandOf: (length) => this.#evidence.command(length), summary })
  }

  #linksOf(host: string): readonly FaultKind[] {
    return this.hosts
      .filter(({ name }) => name !== host)
      .flatMap(({ name }) => [
        { kind: 'lost-link', from: host, to: name },
        { kind: 'lost-link', from: name, to: host },
      ])
  }

  async mend(): Promise<void> {
    await this.#network.loseOnly([])
    const names = this.hosts.map(({ name }) => name)
    this.faults.end(...names.flatMap((from) => names.map((to) => ({ kind: 'lost-link', from, to }) as const)))
  }

  /** Undoes what can be undone, and waits until every agent claims and sees every other. */
  async recover(): Promise<void> {
    await this.mend()
    for (const host of this.present) {
      host.order({})
      if (host.isUp) host.goOn()
      else host.start()
    }
    await Promise.all(this.present.map(async (host) => host.whenReady(patienceMs)))
    await this.whenWhole()
    this.say('all agents are ready and see each other')
  }

  /** Until every agent claims and sees every other. */
  async whenWhole(): Promise<void> {
    await until('all to see each other', async () => this.#isWhole(), patienceMs)
  }

  /** The jobs that were dropped so far, with their slots until then. */
  jobs(endMs: number): JudgedJob[] {
    const { hosts } = this.#options
    return this.#dropped.map(({ category, job, droppedAtMs, knownAtMs }) =>
      judgedJob(category, job, { hosts, droppedAtMs, knownAtMs, endMs }),
    )
  }

  /** All that the judge is to know but for what agents say. */
  history(endMs: number): Omit<History, 'answers' | 'quietFromMs'> {
    const { hosts, witnesses, claimAheadMs, sessionTtlMs } = this.#options
    return {
      jobs: this.jobs(endMs),
      lines: this.#evidence.read(),
      faults: this.faults.all(),
      hosts,
      witnesses: hosts.slice(0, witnesses),
      endMs,
      claimAheadMs,
      sessionTtlMs,
      settleMs,
    }
  }

  /** What one agent says of a job. */
  async runsOf(host: string, job: string): Promise<readonly RunView[]> {
    const place = `runs?job=${encodeURIComponent(job)}&limit=1000`
    return (await this.host(host).agent.get<{ runs: readonly RunView[] }>(place)).runs
  }

  /** Everything that a person needs who looks for what went wrong, in a directory of their own; the agents end. */
  async keep(directory: string): Promise<void> {
    await Promise.all(this.hosts.filter(({ isUp }) => isUp).map(async ({ agent }) => agent.kill()))
    fs.rmSync(directory, { recursive: true, force: true })
    const isKept = (file: string) =>
      !file.endsWith('/token') && (fs.lstatSync(file).isFile() || fs.lstatSync(file).isDirectory())
    fs.cpSync(this.#home, directory, { recursive: true, filter: isKept })
    for (const { name, output } of this.hosts) fs.writeFileSync(path.join(directory, `${name}.log`), output)
    fs.writeFileSync(path.join(directory, 'faults.json'), JSON.stringify(this.faults.all(), null, 1))
  }

  /** The end of what every agent said, for a person who looks for what went wrong. */
  lastWords(): string {
    return this.hosts.map(({ name, output }) => `${name}: ${output.slice(-1500)}`).join('\n')
  }

  async close(): Promise<void> {
    this.#starvation.stop()
    this.#links?.close()
    await this.#network.close()
  }

  async #gather(): Promise<void> {
    const [first, ...others] = this.hosts
    if (first === undefined) throw new Error('Cannot open a world: it has no hosts, expected one at least')
    const { witnesses, canOthersVote } = this.#options
    await first.start({ words: ['--witnesses', String(witnesses)] }).ready(patienceMs)
    const { out } = await first.ask(['join-token'])
    this.#joinToken = out.trim()
    const voters = others.slice(0, witnesses - 1)
    for (const host of voters) host.start({ joinToken: this.#joinToken })
    // Who comes first votes; those that may vote later must not be faster.
    if (canOthersVote) await Promise.all(voters.map(async (host) => host.whenReady(patienceMs)))
    for (const host of others.slice(voters.length)) host.start({ joinToken: this.#joinToken })
    await Promise.all(this.hosts.map(async (host) => host.whenReady(patienceMs)))
    await this.whenWhole()
  }

  async #isWhole(): Promise<boolean> {
    const views = await Promise.all(
      this.present.map(async ({ agent }) => ({
        status: await agent.get<StatusView>('status'),
        nodes: (await agent.get<{ nodes: readonly NodeView[] }>('nodes')).nodes,
      })),
    )
    return views.every(
      ({ status, nodes }) =>
        status.state === 'ready' &&
        status.witnesses.members.every(({ isReachable }) => isReachable) &&
        nodes.filter(({ state, isConnected, isSelf }) => state === 'live' && (isConnected || isSelf))
          .length >= this.present.length,
    )
  }
}
