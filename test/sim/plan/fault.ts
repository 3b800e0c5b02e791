// What goes wrong, as data: a list of faults can be printed, shrunk, and pasted into a scenario. Each ends by
// itself. Instants are milliseconds after the beginning of the simulation.

import type { NodeId } from '../../../lib/base/ids.ts'
import { unreachable } from '../../../lib/base/assert.ts'

type Spell = { readonly atMs: number; readonly forMs: number }

export type Fault = Spell &
  (
    | {
        readonly kind:
          | 'kill'
          | 'power-loss'
          | 'pause'
          | 'guard-pause'
          | 'suspend'
          | 'stop'
          | 'drain'
          | 'disk-failure'
          | 'disk-full'
        readonly node: NodeId
      }
    /** Nothing gets from any of the first to any of the second; nor back, unless it is one way. */
    | {
        readonly kind: 'cut'
        readonly from: readonly NodeId[]
        readonly to: readonly NodeId[]
        readonly isOneWay: boolean
      }
    /** A link between two sides that is cut and mended again and again, so long each. */
    | {
        readonly kind: 'flap'
        readonly from: readonly NodeId[]
        readonly to: readonly NodeId[]
        readonly everyMs: number
      }
    /** Added to the delay in that direction. */
    | {
        readonly kind: 'slow'
        readonly from: readonly NodeId[]
        readonly to: readonly NodeId[]
        readonly byMs: number
      }
    /** The connection breaks once; it may be dialed again at once. */
    | { readonly kind: 'break'; readonly left: NodeId; readonly right: NodeId }
    /** Everywhere: messages are lost (streams: only gossip is) and late. */
    | { readonly kind: 'noise'; readonly chance: number }
    /** The wall clock is off by so much, and then right again. */
    | { readonly kind: 'clock'; readonly node: NodeId; readonly byMs: number }
    /** Each sync takes up to so much longer. */
    | { readonly kind: 'slow-disk'; readonly node: NodeId; readonly byMs: number }
    /** Down meanwhile; its disk is put back to what it was a while before. */
    | { readonly kind: 'rollback'; readonly node: NodeId; readonly byMs: number }
    /** The machine and its disk are gone for good. */
    | { readonly kind: 'gone'; readonly node: NodeId }
  )

/** One line, which readFault takes back. */
export function faultText(fault: Fault): string {
  const at = `at ${fault.atMs}ms`
  const spell = `for ${fault.forMs}ms`
  switch (fault.kind) {
    case 'kill':
    case 'power-loss':
    case 'pause':
    case 'guard-pause':
    case 'suspend':
    case 'stop':
    case 'drain':
    case 'disk-failure':
    case 'disk-full':
      return `${at} ${fault.kind} ${fault.node} ${spell}`
    case 'cut':
      return `${at} cut ${fault.from.join(',')} ${fault.isOneWay ? '>' : '-'} ${fault.to.join(',')} ${spell}`
    case 'flap':
      return `${at} flap ${fault.from.join(',')} - ${fault.to.join(',')} every ${fault.everyMs}ms ${spell}`
    case 'slow':
      return `${at} slow ${fault.from.join(',')} > ${fault.to.join(',')} by ${fault.byMs}ms ${spell}`
    case 'gone':
      return `${at} gone ${fault.node}`
    case 'break':
      return `${at} break ${fault.left} ${fault.right}`
    case 'noise':
      return `${at} noise ${fault.chance} ${spell}`
    case 'clock':
    case 'slow-disk':
    case 'rollback':
      return `${at} ${fault.kind} ${fault.node} by ${fault.byMs}ms ${spell}`
    default:
      return unreachable(fault)
  }
}
