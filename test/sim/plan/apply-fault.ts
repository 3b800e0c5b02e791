// Lets one fault happen to a simulated cluster, and end.

import { unreachable } from '../../../lib/base/assert.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import { isKnownAsOlder } from '../world/older-image.ts'
import type { World } from '../world/world.ts'
import { faultText, type Fault } from './fault.ts'

/** At its instant, or at once: in the middle of what is happening. */
export function applyFault(world: World, fault: Fault, when: 'then' | 'now' = 'then'): void {
  const happen = () => {
    world.observers.saw({ kind: 'fault', text: faultText(fault) })
    const end = begin(world, fault)
    world.timeline.after(fault.forMs, end)
  }
  if (fault.kind === 'rollback') world.at(fault.atMs - fault.byMs, () => world.host(fault.node).takeImage())
  if (when === 'now') happen()
  else world.at(fault.atMs, happen)
}

/** Returns what ends it. */
function begin(world: World, fault: Fault): () => void {
  const { network } = world
  switch (fault.kind) {
    case 'kill': {
      const host = world.host(fault.node)
      host.killAgent()
      return () => host.startAgent()
    }
    case 'power-loss': {
      const host = world.host(fault.node)
      host.losePower()
      return () => host.startAgent()
    }
    case 'stop':
    case 'drain': {
      const host = world.host(fault.node)
      host.stopAgent(fault.kind === 'drain', fault.forMs)
      return () => {
        // One that did not stop in time is killed, as a service manager does.
        host.killAgent()
        host.startAgent()
      }
    }
    case 'pause': {
      const host = world.host(fault.node)
      host.pause()
      return () => host.resume()
    }
    case 'guard-pause': {
      const host = world.host(fault.node)
      host.pauseGuard()
      return () => host.resumeGuard()
    }
    case 'suspend': {
      const host = world.host(fault.node)
      host.suspend()
      return () => host.wakeUp()
    }
    case 'disk-failure': {
      const host = world.host(fault.node)
      if (host.agent !== null) host.agent.isDiskFailing = true
      return () => {
        host.killAgent()
        host.startAgent()
      }
    }
    case 'disk-full': {
      const host = world.host(fault.node)
      host.isDiskFull = true
      return () => {
        host.isDiskFull = false
      }
    }
    case 'rollback': {
      const host = world.host(fault.node)
      host.losePower()
      return () => {
        const { image } = host
        if (image !== null && isKnownAsOlder(host, image, world.hosts.values())) host.restore(image)
        host.startAgent()
      }
    }
    case 'gone':
      world.host(fault.node).vanish()
      return () => undefined
    case 'cut':
      for (const [from, to] of cutPairs(fault)) network.cut(from, to)
      return () => {
        for (const [from, to] of cutPairs(fault)) network.mend(from, to)
      }
    case 'flap':
      return flap(world, fault)
    case 'slow':
      for (const [from, to] of pairs(fault)) network.slow(from, to, fault.byMs)
      return () => {
        for (const [from, to] of pairs(fault)) network.slow(from, to, -fault.byMs)
      }
    case 'break':
      network.break(fault.left, fault.right)
      return () => undefined
    case 'noise': {
      const { lossChance, tailChance } = network.trouble
      network.trouble = { lossChance: lossChance + fault.chance, tailChance: tailChance + fault.chance }
      return () => {
        const now = network.trouble
        network.trouble = {
          lossChance: now.lossChance - fault.chance,
          tailChance: now.tailChance - fault.chance,
        }
      }
    }
    case 'clock': {
      const host = world.host(fault.node)
      host.stepWall(fault.byMs)
      return () => host.stepWall(-fault.byMs)
    }
    case 'slow-disk': {
      const host = world.host(fault.node)
      host.diskSlowMs += fault.byMs
      return () => {
        host.diskSlowMs -= fault.byMs
      }
    }
    default:
      return unreachable(fault)
  }
}

/** Cut, mended, cut …, until it ends. */
function flap(world: World, fault: Fault & { readonly kind: 'flap' }): () => void {
  const both = cutPairs({ ...fault, kind: 'cut', isOneWay: false })
  let isCut = false
  let isOver = false
  const turn = (cut: boolean) => {
    if (isCut === cut) return
    isCut = cut
    for (const [from, to] of both)
      if (cut) world.network.cut(from, to)
      else world.network.mend(from, to)
  }
  const next = () => {
    if (isOver) return
    turn(!isCut)
    world.timeline.after(fault.everyMs, next)
  }
  next()
  return () => {
    isOver = true
    turn(false)
  }
}

function cutPairs(fault: Fault & { readonly kind: 'cut' }): [NodeId, NodeId][] {
  const there = pairs(fault)
  return fault.isOneWay ? there : [...there, ...there.map(([from, to]): [NodeId, NodeId] => [to, from])]
}

function pairs(fault: {
  readonly from: readonly NodeId[]
  readonly to: readonly NodeId[]
}): [NodeId, NodeId][] {
  return fault.from.flatMap((from) =>
    fault.to.filter((to) => to !== from).map((to): [NodeId, NodeId] => [from, to]),
  )
}
