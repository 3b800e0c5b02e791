// What is to be done to a cluster, drawn from a seed before anything begins: the same seed makes the same plan. Each host
// has a lane of its own, the network has one, and so has who edits; within a lane a fault waits until the one before it is over.
import { Random } from '../../../lib/base/random.ts'
import type { KillPoint } from '../tampering/orders.ts'
import type { Direction } from '../world/host-network.ts'

type HostFault =
  | {
      readonly kind: 'kill' | 'stop'
      readonly awayMs: number
      /** While it starts. */ readonly again: boolean
    }
  | { readonly kind: 'kill-at'; readonly point: KillPoint; readonly job: string; readonly awayMs: number }
  | { readonly kind: 'pause' | 'lose-accepts'; readonly forMs: number }
  | { readonly kind: 'wrong-clock'; readonly offsetMs: number; readonly forMs: number }
  | { readonly kind: 'fail-sync'; readonly awayMs: number }

/** No fault at all, and a slot may be claimed under what it replaces. */
type Edit = { readonly kind: 'edit'; readonly host: string }

type NetworkFault = { readonly kind: 'cut'; readonly lost: readonly Direction[]; readonly forMs: number }

export type PlannedFault = {
  readonly atMs: number
  /** Of a host, of the network, or of a person. */
  readonly what: (HostFault & { readonly host: string }) | NetworkFault | Edit
}

export type Lane = readonly PlannedFault[]

type PlanOptions = {
  readonly seed: string
  readonly hosts: readonly string[]
  readonly forMs: number
  /** Of which job a run may be the one that its agent does not survive. */
  readonly jobs: readonly string[]
  readonly canFailSyncs: boolean
}

const hostRestMs = 35_000
const networkRestMs = 12_000
const editRestMs = 12_000
const clockOffsetsMs = [-3_600_000, 3_600_000, 365 * 24 * 3_600_000, -20_000, 5_000] as const
const killPoints = ['intent', 'exec-mark', 'spawn', 'exit-mark'] as const

export function planLanes(options: PlanOptions): Lane[] {
  const { seed, hosts, forMs } = options
  const lane = (name: string, restMs: number, draw: (random: Random) => PlannedFault['what']) => {
    const random = new Random(`${seed} ${name}`)
    const faults: PlannedFault[] = []
    for (let atMs = rest(random, restMs); atMs < forMs; atMs += rest(random, restMs))
      faults.push({ atMs: Math.round(atMs), what: draw(random) })
    return faults
  }
  return [
    ...hosts.map((host, i) =>
      // Of the witnesses only one may lie about the time, or no majority of them would know it.
      lane(host, hostRestMs, (random) => ({ ...drawHostFault(random, i === 0, options), host })),
    ),
    lane('network', networkRestMs, (random) => drawCut(random, hosts)),
    lane('edits', editRestMs, (random) => ({ kind: 'edit', host: random.pick(hosts) })),
  ]
}

function drawHostFault(random: Random, mayLie: boolean, options: PlanOptions): HostFault {
  const awayMs = random.pick([100, 1000, 3000, 8000])
  const forMs = random.pick([300, 2000, 6000, 12_000])
  const kinds: readonly HostFault[] = [
    { kind: 'kill', awayMs, again: random.chance(0.2) },
    { kind: 'kill', awayMs, again: false },
    { kind: 'kill-at', point: random.pick(killPoints), job: random.pick(options.jobs), awayMs },
    { kind: 'kill-at', point: random.pick(killPoints), job: random.pick(options.jobs), awayMs },
    { kind: 'stop', awayMs, again: false },
    { kind: 'pause', forMs },
    { kind: 'pause', forMs },
    { kind: 'lose-accepts', forMs: Math.min(forMs, 3000) },
    ...(mayLie ? [{ kind: 'wrong-clock', offsetMs: random.pick(clockOffsetsMs), forMs } as const] : []),
    ...(options.canFailSyncs ? [{ kind: 'fail-sync', awayMs } as const] : []),
  ]
  return random.pick(kinds)
}

function drawCut(random: Random, hosts: readonly string[]): NetworkFault {
  const order = hosts
    .map((host) => ({ host, place: random.fraction() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ host }) => host)
  const forMs = random.pick([500, 3000, 6000, 12_000])
  const size = random.between(1, hosts.length)
  const left = order.slice(0, size)
  const right = order.slice(size)
  const across = (froms: readonly string[], tos: readonly string[]) =>
    froms.flatMap((from) => tos.map((to) => ({ from, to })))
  const both = (a: readonly string[], b: readonly string[]) => [...across(a, b), ...across(b, a)]
  const lost = random.pick([
    both(left, right),
    both(order.slice(0, 1), order.slice(1)),
    across(left, right),
    // One host sees both sides.
    both(order.slice(1, 3), order.slice(3)),
    across(order.slice(0, 1), order.slice(1, 2)),
  ])
  return { kind: 'cut', lost, forMs }
}

/** As often short as long. */
function rest(random: Random, meanMs: number): number {
  return -Math.log(1 - random.fraction()) * meanMs
}
