// What one seed is: a cluster, what its people do, what goes wrong and when it stops going wrong. All of it is made
// from the seed before anything runs, so that a part of it can be left out to find what a failure needs.

import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings, type ClaimSettings } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import type { HostPlan } from '../world/host.ts'
import type { NetworkPlan } from '../world/network.ts'
import type { WorldPlan } from '../world/world.ts'
import type { Fault } from './fault.ts'
import { makeByHand, type HandRequest } from './hand-workload.ts'
import { makeFaults } from './make-faults.ts'
import type { Profile } from './profile.ts'
import { makeServices } from './service-workload.ts'
import { makeWorkload, type Drop } from './workload.ts'

export type Plan = WorldPlan & {
  readonly witnesses: 1 | 3 | 5
  readonly documents: 'stand-in' | 'automerge'
  readonly drops: readonly Drop[]
  /** What people ask by hand. */
  readonly requests: readonly HandRequest[]
  readonly faults: readonly Fault[]
  /** No fault from here on; sixty seconds later liveness is due. */
  readonly healedAtMs: number
  /** From here on no job is enabled, and the cluster comes to rest. */
  readonly quietAtMs: number
  readonly endMs: number
}

/** Every slot of a simulation lies near a change of the clocks in Europe, so that zones are part of it. */
const epochMs = Date.UTC(2026, 9, 25, 0, 58)

export function makePlan(seed: number, profile: Profile): Plan {
  const random = new Random(`${seed} plan`)
  const witnesses = random.pick(profile.witnesses)
  const nodes = Array.from(
    { length: Math.max(witnesses, skewed(random, profile.nodesMin, profile.nodesMax)) },
    (_, index) => nodeId(`n${index + 1}`),
  )
  const network = makeNetwork(random)
  // In some clusters everybody may vote: witnesses are added as agents join, and replaced as they vanish.
  const canAllWitness = random.chance(profile.growChance)
  const room = new Random(`${seed} room`)
  const maxRunning = room.chance(0.1) ? room.between(2, 6) : null
  const hosts = nodes.map((node, index) => ({
    ...makeHost(node, { random, index, witnesses, canAllWitness }),
    maxRunning,
  }))
  const settings = makeSettings(random, { canAllWitness })
  const faultsFromMs = 8_000
  const disaster = makeDisaster(random, {
    nodes,
    witnesses,
    chance: profile.disasterChance,
    untilMs: faultsFromMs + profile.faultsMs,
  })
  const healedAtMs = faultsFromMs + profile.faultsMs
  const quietAtMs = healedAtMs + 60_000 + profile.steadyMs
  const endMs = quietAtMs + 40_000
  const authors = nodes.filter((node) => !disaster.some((fault) => 'node' in fault && fault.node === node))
  const services = new Random(`${seed} services`)
  const times = { dropAtMs: 3_000, editFromMs: faultsFromMs, editUntilMs: healedAtMs, quietAtMs }
  const plan: Omit<Plan, 'requests'> = {
    seed: String(seed),
    startMs: epochMs + random.between(0, 60_000),
    hosts,
    settings,
    network,
    isWireJson: random.chance(0.1),
    spawnFailChance: random.chance(0.2) ? 0.01 : 0,
    witnesses,
    documents: seed % 20 === 7 ? 'automerge' : 'stand-in',
    drops: [
      ...makeWorkload({
        random: new Random(`${seed} workload`),
        narrow: new Random(`${seed} narrow`),
        nodes,
        authors,
        jobs: skewed(random, profile.jobsMin, profile.jobsMax),
        startsPerSecond: random.pick(profile.startsPerSecond),
        edits: random.chance(profile.editChance) ? random.between(1, 4) : 0,
        ...times,
      }),
      ...(services.chance(0.5) ? makeServices({ random: services, authors, ...times }) : []),
    ],
    faults: [
      ...makeFaults({
        random: new Random(`${seed} faults`),
        nodes,
        witnessNodes: nodes.slice(0, witnesses),
        fromMs: faultsFromMs,
        untilMs: healedAtMs,
        sessionTtlMs: settings.sessionTtlMs,
        everyMs: random.pick(profile.faultEveryMs),
        clockStepMs: random.pick(profile.clockStepMs),
      }),
      ...disaster,
    ],
    healedAtMs,
    quietAtMs,
    endMs,
  }
  const hand = new Random(`${seed} hand`)
  if (!hand.chance(handChance)) return { ...plan, requests: [] }
  const jobs = jobNames(plan.drops)
  const { drops, requests } = makeByHand({
    random: hand,
    nodes,
    authors,
    jobs,
    epochMs: plan.startMs,
    ...times,
  })
  return { ...plan, drops: [...plan.drops, ...drops], requests }
}

/** In how many of the seeds people do anything by hand. */
const handChance = 0.25

function jobNames(drops: readonly Drop[]): string[] {
  const names = drops.flatMap(({ fileName, text }) =>
    [...text.matchAll(/^ {2}- name: (job\d+)$/gm)].map(
      ([, name]) => `${fileName.replace(/\.yaml$/, '')}.${name}`,
    ),
  )
  return [...new Set(names)]
}

/** From one to the other, and mostly near the first. */
function skewed(random: Random, least: number, most: number): number {
  return least + Math.floor((most - least + 1) * random.fraction() ** 3)
}

/** At most one machine is lost for good, or put back to an older image, and never the only witness. */
function makeDisaster(
  random: Random,
  at: {
    readonly nodes: readonly NodeId[]
    readonly witnesses: number
    readonly chance: number
    readonly untilMs: number
  },
): Fault[] {
  if (!random.chance(at.chance)) return []
  const node = random.pick(at.witnesses === 1 ? at.nodes.slice(1) : at.nodes)
  const atMs = random.between(12_000, at.untilMs - 10_000)
  if (random.chance(0.5)) return [{ kind: 'gone', node, atMs, forMs: 0 }]
  return [
    { kind: 'rollback', node, atMs, forMs: random.between(100, 8_000), byMs: random.between(200, 20_000) },
  ]
}

function makeSettings(random: Random, cluster: { readonly canAllWitness: boolean }): ClaimSettings {
  const changes = cluster.canAllWitness
    ? { witnessJoinAfterMs: random.pick([1_000, 5_000]), witnessReplaceAfterMs: random.pick([6_000, 15_000]) }
    : {}
  if (random.chance(0.5)) return { ...defaultClaimSettings, ...changes }
  return {
    ...defaultClaimSettings,
    ...changes,
    sessionTtlMs: random.pick([4_000, 8_000, 20_000]),
    rankDelayMs: random.pick([100, 500, 1_500]),
    claimAheadMs: random.pick([500, 2_000]),
  }
}

function makeNetwork(random: Random): NetworkPlan {
  return {
    mode: random.chance(0.75) ? 'streams' : 'datagrams',
    delayMs: random.pick([0.2, 0.2, 2, 20]),
    tailChance: random.pick([0.001, 0.01]),
    tailMs: random.pick([20, 100, 300]),
    lossChance: random.pick([0, 0.001, 0.02]),
    doubleChance: random.pick([0, 0.001, 0.05]),
    gossipLossChance: random.pick([0, 0.01, 0.1]),
  }
}

function makeHost(
  node: NodeId,
  at: {
    readonly random: Random
    readonly index: number
    readonly witnesses: number
    readonly canAllWitness: boolean
  },
): Omit<HostPlan, 'maxRunning'> {
  const { random, index, witnesses, canAllWitness } = at
  return {
    node,
    labels: { half: index % 2 === 0 ? 'one' : 'two' },
    // The founder takes the first agents that come; the rest are to stay out, so that it is known who votes.
    canWitness: canAllWitness || index < witnesses,
    foundWitnesses: index === 0 ? witnesses : null,
    clock: {
      rate: 1 + (random.fraction() * 2 - 1) * defaultClaimSettings.driftMax * 0.99,
      steadyZeroMs: random.between(1_000, 10_000_000),
      wallOffsetMs: random.between(-100, 101),
    },
    diskSpeed: { syncMs: random.pick([0.2, 0.2, 1, 8]), isGroupCommit: random.chance(0.7) },
    startsAfterMs: random.between(0, 2_000),
  }
}
