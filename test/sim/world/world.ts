// A whole simulated cluster: hosts on one network under one clock. Each subsystem of each host draws from its own
// generator, all from one seed, so that a change in one place does not reshuffle the rest.

import type { DocumentFactory } from '../../../lib/catalog/document.ts'
import { clusterId, type NodeId } from '../../../lib/base/ids.ts'
import type { ClaimSettings } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import type { Core } from './agent.ts'
import { Host, type HostPlan } from './host.ts'
import { Network, type NetworkPlan } from './network.ts'
import type { Observers } from './observation.ts'
import { sharedParse } from './shared-parse.ts'
import { Timeline } from './timeline.ts'

export type WorldPlan = {
  readonly seed: string
  /** Where global time begins. */
  readonly startMs: number
  readonly hosts: readonly HostPlan[]
  readonly settings: ClaimSettings
  readonly network: NetworkPlan
  readonly isWireJson: boolean
  readonly spawnFailChance: number
  /** No agent dies: what is written is never read. */
  readonly areDisksForgetful?: boolean
  /**
   * An agent learns its addresses so long after its start. Who writes them when it knows the others joins what these
   * wrote before; else a thousand writings stand side by side, and each comparison names them all.
   */
  readonly addressesAfterMs?: number
}

export class World {
  readonly plan: WorldPlan
  readonly timeline: Timeline
  readonly observers: Observers
  readonly network: Network
  readonly hosts: ReadonlyMap<NodeId, Host>

  constructor(plan: WorldPlan, parts: { core: Core; documents: DocumentFactory; observers: Observers }) {
    this.plan = plan
    this.timeline = new Timeline(plan.startMs)
    this.observers = parts.observers
    const { timeline, observers } = this
    this.network = new Network({
      plan: plan.network,
      nodes: plan.hosts.map((host) => host.node),
      timeline,
      random: new Random(`${plan.seed} network`),
      observers,
    })
    const shared = {
      ...parts,
      parse: sharedParse(),
      timeline,
      network: this.network,
      clusterId: clusterId('simulated'),
    }
    const { settings, isWireJson, spawnFailChance, areDisksForgetful = false, addressesAfterMs = 0 } = plan
    this.hosts = new Map(
      plan.hosts.map((host) => [
        host.node,
        new Host(host, {
          ...shared,
          settings,
          isWireJson,
          spawnFailChance,
          areDisksForgetful,
          addressesAfterMs,
          random: (subsystem) => new Random(`${plan.seed} ${host.node} ${subsystem}`),
        }),
      ]),
    )
  }

  host(node: NodeId): Host {
    const host = this.hosts.get(node)
    if (host === undefined)
      throw new Error(`Cannot find host "${node}": expected one of ${[...this.hosts.keys()].join(', ')}`)
    return host
  }

  runningProcesses(): number {
    return [...this.hosts.values()].reduce((sum, host) => sum + host.processes.running(), 0)
  }

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return this.timeline.nowMs - this.plan.startMs
  }

  /** At an instant after the beginning. */
  at(afterStartMs: number, action: () => void): void {
    this.timeline.at(this.plan.startMs + afterStartMs, action)
  }

  /** Sets the start of every agent. */
  begin(): void {
    for (const host of this.hosts.values()) this.at(host.plan.startsAfterMs, () => host.startAgent())
  }

  runUntil(afterStartMs: number): void {
    this.timeline.runUntil(this.plan.startMs + afterStartMs)
  }
}
