// A random list of faults for one seed. Each seed has its own taste: it draws which kinds it likes, how often they
// come and how long they last, so that some seeds are a storm of one kind and others a mixture.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Random } from '../../../lib/base/random.ts'
import type { Fault } from './fault.ts'

export type FaultOptions = {
  readonly random: Random
  readonly nodes: readonly NodeId[]
  readonly witnessNodes: readonly NodeId[]
  readonly fromMs: number
  readonly untilMs: number
  readonly sessionTtlMs: number
  /** How long from one fault to the next, on the average. */
  readonly everyMs: number
  /** Wall clocks of witnesses and others may step by this much. */
  readonly clockStepMs: number
}

type Spell = { readonly atMs: number; readonly forMs: number }
type Maker = (options: FaultOptions, spell: Spell) => Fault

const makers: readonly { readonly weight: number; readonly make: Maker }[] = [
  { weight: 5, make: ({ random, nodes }, spell) => ({ ...spell, kind: 'kill', node: random.pick(nodes) }) },
  {
    weight: 3,
    make: ({ random, nodes }, spell) => ({ ...spell, kind: 'power-loss', node: random.pick(nodes) }),
  },
  {
    weight: 3,
    make: ({ random, witnessNodes }, spell) => ({ ...spell, kind: 'kill', node: random.pick(witnessNodes) }),
  },
  { weight: 3, make: ({ random, nodes }, spell) => ({ ...spell, kind: 'pause', node: random.pick(nodes) }) },
  {
    weight: 2,
    make: ({ random, nodes }, spell) => ({ ...spell, kind: 'suspend', node: random.pick(nodes) }),
  },
  { weight: 1, make: ({ random, nodes }, spell) => ({ ...spell, kind: 'stop', node: random.pick(nodes) }) },
  { weight: 1, make: ({ random, nodes }, spell) => ({ ...spell, kind: 'drain', node: random.pick(nodes) }) },
  {
    weight: 1,
    make: ({ random, nodes }, spell) => ({ ...spell, kind: 'disk-failure', node: random.pick(nodes) }),
  },
  {
    weight: 1,
    make: ({ random, nodes }, spell) => ({ ...spell, kind: 'disk-full', node: random.pick(nodes) }),
  },
  {
    weight: 1,
    make: ({ random, nodes }, spell) => ({ ...spell, kind: 'guard-pause', node: random.pick(nodes) }),
  },
  { weight: 2, make: flapping },
  { weight: 3, make: cutOff },
  { weight: 3, make: split },
  { weight: 2, make: cutOneWay },
  { weight: 2, make: bridge },
  { weight: 2, make: slowLink },
  { weight: 3, make: breakLink },
  {
    weight: 2,
    make: ({ random }, spell) => ({ ...spell, kind: 'noise', chance: random.pick([0.02, 0.1, 0.3]) }),
  },
  {
    weight: 2,
    make: ({ random, nodes }, spell) => ({
      ...spell,
      kind: 'slow-disk',
      node: random.pick(nodes),
      byMs: random.pick([50, 300, 2_000]),
    }),
  },
  { weight: 1, make: stepClock },
]

export function makeFaults(options: FaultOptions): Fault[] {
  const { random, fromMs, untilMs } = options
  // Each kind is liked a lot, a little or not at all.
  const taste = makers.map(({ weight, make }) => ({ weight: weight * random.pick([0, 0, 1, 1, 3]), make }))
  const total = taste.reduce((sum, { weight }) => sum + weight, 0)
  const faults: Fault[] = []
  if (total === 0) return faults
  for (let atMs = fromMs; ;) {
    atMs += -Math.log(1 - random.fraction()) * options.everyMs
    if (atMs >= untilMs - 100) return faults
    let pick = random.fraction() * total
    const { make } = taste.find(({ weight }) => (pick -= weight) < 0)!
    const forMs = Math.min(randomLength(options), untilMs - atMs)
    faults.push(make(options, { atMs: Math.floor(atMs), forMs: Math.floor(forMs) }))
  }
}

/** Short, about a session's time to live, or long. */
function randomLength({ random, sessionTtlMs }: FaultOptions): number {
  switch (random.between(0, 4)) {
    case 0:
      return random.between(20, 1_000)
    case 1:
    case 2:
      return random.between(1_000, 8_000)
    default:
      return sessionTtlMs * (0.5 + 1.5 * random.fraction())
  }
}

function shuffled(random: Random, nodes: readonly NodeId[]): NodeId[] {
  return nodes
    .map((node) => ({ node, place: random.fraction() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ node }) => node)
}

/** One node and all others do not hear each other, or only in one direction. */
function cutOff({ random, nodes }: FaultOptions, spell: Spell): Fault {
  const node = random.pick(nodes)
  return {
    ...spell,
    kind: 'cut',
    from: [node],
    to: nodes.filter((other) => other !== node),
    isOneWay: random.chance(0.2),
  }
}

/** Two sides, somewhere through the middle. */
function split({ random, nodes }: FaultOptions, spell: Spell): Fault {
  const order = shuffled(random, nodes)
  const size = random.between(1, nodes.length)
  return {
    ...spell,
    kind: 'cut',
    from: order.slice(0, size),
    to: order.slice(size),
    isOneWay: random.chance(0.15),
  }
}

/** Two sides that do not see each other, and one node that sees both. */
function bridge({ random, nodes }: FaultOptions, spell: Spell): Fault {
  const order = shuffled(random, nodes).slice(1)
  const size = Math.floor(order.length / 2)
  return { ...spell, kind: 'cut', from: order.slice(0, size), to: order.slice(size), isOneWay: false }
}

/** A node whose connection to the others comes and goes. */
function flapping({ random, nodes }: FaultOptions, spell: Spell): Fault {
  const node = random.pick(nodes)
  const to = nodes.filter((other) => other !== node)
  return { ...spell, kind: 'flap', from: [node], to, everyMs: random.pick([100, 700, 4_000, 7_000]) }
}

function cutOneWay({ random, nodes }: FaultOptions, spell: Spell): Fault {
  const [from, to] = shuffled(random, nodes)
  return { ...spell, kind: 'cut', from: [from!], to: [to!], isOneWay: true }
}

function slowLink({ random, nodes }: FaultOptions, spell: Spell): Fault {
  const [first, ...others] = shuffled(random, nodes)
  return { ...spell, kind: 'slow', from: [first!], to: others, byMs: random.pick([30, 300, 1_500]) }
}

function breakLink({ random, nodes }: FaultOptions, { atMs }: Spell): Fault {
  const [left, right] = shuffled(random, nodes)
  return { atMs, forMs: 0, kind: 'break', left: left!, right: right! }
}

function stepClock({ random, nodes, clockStepMs }: FaultOptions, spell: Spell): Fault {
  const byMs = Math.round((random.fraction() * 2 - 1) * clockStepMs)
  return { ...spell, kind: 'clock', node: random.pick(nodes), byMs }
}
