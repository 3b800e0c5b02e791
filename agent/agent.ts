// One agent: the one place that wires all rooms together, in the order in which each needs the ones before it, and
// takes them apart again. It neither ends the process nor listens to its signals, so that a program can embed it.

import { randomBytes } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import type { Logger } from 'pino'
import { clusterId, type ClusterId, type NodeId } from '../lib/base/ids.ts'
import { recoverLines } from '../lib/base/log-lines.ts'
import { automergeDocuments } from '../lib/catalog/automerge-document.ts'
import type { Event } from '../lib/event.ts'
import type { Hello } from '../lib/membership/hello.ts'
import type { GossipMessage } from '../lib/message.ts'
import type { Answer, Question } from '../lib/view/question.ts'
import { openApi, type Api } from './api/api-server.ts'
import { Questions } from './api/questions.ts'
import { readTls } from './api/read-tls.ts'
import { SteadyClock, hostTimeZone } from './clock.ts'
import { ConfigDirectory } from './drop/config-directory.ts'
import { latest } from './latest.ts'
import { Loop } from './loop.ts'
import type { JsonValue } from './mesh/json.ts'
import {
  openMembership,
  rememberAddresses,
  rememberJoined,
  rememberPeers,
  type Membership,
} from './mesh/membership.ts'
import { watchAddresses } from './mesh/address-watch.ts'
import { openMesh, type Mesh } from './mesh/mesh.ts'
import { PeerMessages } from './peer-messages.ts'
import { Performer } from './perform.ts'
import { killingMeans } from './process/cgroups.ts'
import { Instances } from './process/instances.ts'
import { OutputExchange } from './process/output-exchange.ts'
import { Processes } from './process/processes.ts'
import { pruneOutputs } from './process/prune-outputs.ts'
import type { AgentSettings } from './settings.ts'
import { signal } from './signal.ts'
import { openDataDirectory, type DataDirectory } from './store/data-directory.ts'
import { Host } from './store/host.ts'
import { openLogStore, type LogStore } from './store/log-store.ts'
import { readVersion } from './version.ts'

export type RunningAgent = {
  readonly nodeId: NodeId
  readonly clusterId: ClusterId
  readonly version: string
  /** Whether this start founded the cluster, waits for the first peer of the one to join, or knows its cluster. */
  readonly how: Membership['how']
  /** Such as `http://127.0.0.1:7460`. */
  readonly httpAddress: string
  meshAddresses(): readonly string[]
  ask(question: Question): Promise<Answer>
  /** Where a browser opens the viewer, once. */
  viewerAddress(): string
  /**
   * Stops claiming, gives back what waits, leaves what runs running; with drain, waits for it. Called again without
   * drain it waits for nothing. Resolves when everything is closed.
   */
  stop(how: { readonly drain: boolean }): Promise<void>
  /** Resolves with null when it was stopped, or with why it had to stop by itself. */
  readonly ended: Promise<Error | null>
}

const meshPort = 7461

/** Rejects with one clear line when the agent cannot start; nothing is left open then. */
export async function startAgent(settings: AgentSettings, log: Logger): Promise<RunningAgent> {
  const agent = new Agent(settings, log)
  try {
    await agent.open()
  } catch (error) {
    await agent.close()
    throw error
  }
  return agent
}

class Agent implements RunningAgent {
  readonly version = readVersion()
  readonly ended: Promise<Error | null>
  readonly #settings: AgentSettings
  readonly #log: Logger
  readonly #questions = new Questions((event) => this.#push(event))
  /** What is open, in the order of opening. */
  readonly #open: { close(): void | Promise<void> }[] = []
  readonly #hello = signal<Hello>()
  readonly #stopped = signal<null>()
  readonly #fault = signal<Error>()
  readonly #refusedPeers = new Set<NodeId>()
  #membership: Membership | undefined
  #loop: Loop | undefined
  #mesh: Mesh | undefined
  #api: Api | undefined
  #outputs: OutputExchange | undefined
  #host: Host | undefined
  #httpAddress = ''
  #currentHello: Hello | undefined
  #stopping: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: AgentSettings, log: Logger) {
    this.#settings = settings
    this.#log = log
    this.ended = Promise.race([this.#fault.promise, this.#stopped.promise]).then(async (why) => {
      await this.close()
      return why
    })
  }

  get nodeId(): NodeId {
    return this.#known().nodeId
  }

  get clusterId(): ClusterId {
    return this.#known().clusterId
  }

  get how(): Membership['how'] {
    return this.#known().how
  }

  get httpAddress(): string {
    return this.#httpAddress
  }

  meshAddresses(): readonly string[] {
    return this.#mesh?.addresses() ?? []
  }

  viewerAddress(): string {
    return this.#api === undefined ? '' : `${this.#api.address}/#code=${this.#api.newCode()}`
  }

  async ask(question: Question): Promise<Answer> {
    return this.#questions.ask(question)
  }

  async stop(how: { readonly drain: boolean }): Promise<void> {
    if (this.#stopping !== undefined && !how.drain) this.#stopped.resolve(null)
    this.#stopping ??= this.ended.then(() => undefined)
    this.#push({ kind: 'stop-asked', drain: how.drain })
    await this.#stopping
  }

  async open(): Promise<void> {
    const { dataDirectory, join, witnesses, http, configDirectory } = this.#settings
    const directory = await openDataDirectory(dataDirectory)
    this.#open.push(directory)
    this.#membership = await openMembership(directory, { join, witnesses })
    const store = await openLogStore(directory.logsPath)
    this.#open.push(store)
    const host = await Host.open(directory, {
      self: this.nodeId,
      peers: () => this.#mesh?.peers().map((peer) => peer.nodeId) ?? [],
      send: (to, message) => this.#mesh?.send(to, message as JsonValue) ?? false,
      killing: () => killingMeans(directory.runsPath),
      prune: async (wish) => pruneOutputs(directory.runsPath, wish),
      log: this.#log,
    })
    this.#open.push(host)
    this.#host = host
    const processes = await this.#startCore(directory, store, host)
    const outputs = new OutputExchange({
      self: this.nodeId,
      read: async (query) => processes.readOutput(query),
      send: (to, message) => this.#mesh?.send(to, message) ?? false,
    })
    this.#outputs = outputs
    this.#open.push(outputs)
    await Promise.race([this.#openMesh(directory), this.#failed()])
    const api = await openApi({
      listen: http,
      names: this.#settings.httpNames,
      isInsecure: this.#settings.isInsecure,
      tls: await readTls(this.#settings.tls),
      core: this.#questions,
      outputs,
      audit: host.audit,
      askHost: async (node, question) => host.ask(node, question),
      token: directory.token,
      version: this.version,
      logUrl: this.#settings.logUrl,
      log: this.#log,
    })
    this.#open.push(api)
    this.#api = api
    this.#httpAddress = api.address
    await directory.tellAddress(api.address)
    if (configDirectory !== null) await this.#watch(configDirectory)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#closeAll()
    await this.#closing
  }

  async #startCore(directory: DataDirectory, store: LogStore, host: Host): Promise<Processes> {
    const journal = await store.read('journal')
    const recovered = recoverLines(journal)
    if (recovered.kind === 'damaged') {
      throw new Error(
        `Cannot start on data directory "${directory.path}": its journal is damaged at byte ${recovered.atByte}, ` +
          'expected one that is whole (it holds votes, so it must not be mended by hand: join the cluster with an empty data directory)',
      )
    }
    const clock = new SteadyClock()
    const processes = new Processes({
      runsDirectory: directory.runsPath,
      clock,
      onEvent: (event) => this.#push(event),
      log: this.#log,
      secrets: host.secrets,
    })
    const instances = new Instances({
      runsDirectory: directory.runsPath,
      pidDirectory: path.join(directory.path, 'instances'),
      leases: processes.leases,
      onEvent: (event) => this.#push(event),
      log: this.#log,
      secrets: host.secrets,
    })
    this.#open.push(processes, instances)
    const performer = new Performer({
      self: this.nodeId,
      store,
      mesh: {
        send: (to, message) => this.#mesh?.send(to, message) ?? false,
        gossip: (message) => this.#gossip(message),
      },
      processes,
      instances,
      report: ({ level, text, facts, change }) => {
        this.#log[level](facts, text)
        host.onReported(change, text)
      },
      push: (event) => this.#push(event),
      wakeAt: (atMs) => this.#loop?.wakeAt(atMs),
      onHello: (hello) => {
        this.#currentHello = hello
        this.#hello.resolve(hello)
      },
      onRefusedPeers: (nodes) => nodes.forEach((node) => this.#refusedPeers.add(node)),
      onAnswer: (askId, answer) => this.#questions.onAnswer(askId, answer),
      onNews: (news) => this.#api?.tell(news),
      onStopped: () => this.#stopped.resolve(null),
      onFault: (error) => this.#fault.resolve(error),
    })
    this.#loop = new Loop({
      documents: automergeDocuments,
      clock,
      perform: (effects) => performer.perform(effects),
      onFault: (error) => this.#fault.resolve(error),
    })
    this.#open.push(performer, this.#loop)
    this.#push(this.#started(journal, store))
    await Promise.race([this.#hello.promise, this.#failed()])
    return processes
  }

  #started(journal: string, store: LogStore): Event {
    const { name, labels, canWitness, maxRunning, claim } = this.#settings
    const { nodeId: self, clusterId: cluster, foundWitnesses } = this.#known()
    return {
      kind: 'started',
      seed: randomBytes(16).toString('hex'),
      nodeId: self,
      clusterId: clusterId(cluster),
      name,
      hostname: os.hostname(),
      labels,
      version: this.version,
      timeZone: hostTimeZone(),
      zoneData: process.versions.tz ?? 'unknown',
      canWitness,
      maxRunning,
      foundWitnesses,
      settings: claim,
      journal,
      documentLogs: store.names().filter((log) => log.startsWith('document/')),
    }
  }

  async #openMesh(directory: DataDirectory): Promise<void> {
    const membership = this.#known()
    const { listen, announce } = this.#settings
    const host = membership.isWide ? '0.0.0.0' : '127.0.0.1'
    const peersToKeep = latest(
      (peers: Membership['knownPeers']) => rememberPeers(directory, peers),
      (error) => this.#unwritten(error),
    )
    let isJoined = membership.isJoined
    const peers = new PeerMessages({
      push: (event) => this.#push(event),
      onOutput: (from, message) => this.#outputs?.hear(from, message),
      warn: (text) => this.#log.warn(text),
      nowMs: () => performance.now(),
    })
    const mesh = await openMesh({
      privateKey: membership.identity,
      clusterKey: membership.clusterKey,
      listen: listen ?? [`${host}:${meshPort}`],
      announce,
      knownPeers: membership.knownPeers,
      hello: () => this.#currentHello ?? null,
      onPeerUp: ({ nodeId: peer, hello }) => {
        if (!isJoined) {
          isJoined = true
          this.#log.info('joined the cluster')
          this.#keep(rememberJoined(directory, membership))
        }
        peers.onUp(peer, hello)
        this.#host?.onPeerUp(peer)
      },
      onPeerDown: (peer) => {
        this.#outputs?.lost(peer)
        this.#host?.onPeerDown(peer)
        this.#push({ kind: 'peer-disconnected', peer })
      },
      onMessage: (from, json) => {
        // What hosts ask each other is nothing that the core decides on.
        if (this.#host?.hear(from, json) !== true) peers.onMessage(from, json)
      },
      onGossip: (from, json) => peers.onGossip(from, json),
      onRefused: ({ text }) => this.#log.warn(text),
      onPeersChanged: peersToKeep,
      accepts: (peer) => !this.#refusedPeers.has(peer),
      log: this.#log,
    })
    this.#mesh = mesh
    this.#open.push(mesh)
    const watch = await watchAddresses({
      addresses: () => mesh.addresses(),
      onChanged: async (addresses) => {
        await rememberAddresses(directory, addresses)
        this.#push({ kind: 'addresses-changed', addresses })
      },
      onFailed: (error) => this.#unwritten(error),
    })
    this.#open.push(watch)
  }

  async #watch(directory: string): Promise<void> {
    const drop = await ConfigDirectory.open({
      directory,
      onDropped: (file) =>
        this.#push({ kind: 'file-dropped', path: path.join(directory, file.fileName), ...file }),
      onRemoved: (fileName) => this.#push({ kind: 'file-removed', fileName }),
      log: this.#log,
    })
    this.#open.push(drop)
  }

  #gossip(message: GossipMessage): boolean {
    const isSent = this.#mesh?.gossip(message) ?? false
    if (!isSent && this.#mesh !== undefined && this.#closing === undefined)
      this.#log.warn({ kind: message.kind }, 'gossip not sent: it is too large')
    return isSent
  }

  #push(event: Event): void {
    this.#loop?.push(event)
  }

  /** Small files are a convenience: one that cannot be written is told and no more. */
  #keep(written: Promise<void>): void {
    written.catch((error: unknown) => this.#unwritten(error))
  }

  #unwritten(error: unknown): void {
    this.#log.warn({ err: error }, 'a small file was not written')
  }

  #known(): Membership {
    if (this.#membership === undefined) throw new Error('Cannot say who this agent is: it is not open yet')
    return this.#membership
  }

  async #failed(): Promise<never> {
    throw await this.#fault.promise
  }

  /** From the outside inwards: first nobody can ask for anything, then nothing more happens. */
  async #closeAll(): Promise<void> {
    for (const part of this.#open.toReversed()) await part.close()
    this.#questions.close()
  }
}
