// A fault from its text: what faultText prints, and what people write in scenarios (`for 4s`, `n1,n2 - n3`).

import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { parseDuration } from '../../../lib/schedule/duration.ts'
import type { Fault } from './fault.ts'

/** The words after `at TIME`; what is wrong is thrown as a sentence. */
export function readFault(text: string, atMs: number): Fault {
  const words = text.trim().split(/\s+/)
  const forMs = durationAfter(words, 'for') ?? 0
  const byMs = durationAfter(words, 'by') ?? 0
  const spell = { atMs, forMs }
  const [kind = '', first = '', second = '', third = ''] = words
  switch (kind) {
    case 'kill':
    case 'power-loss':
    case 'pause':
    case 'guard-pause':
    case 'suspend':
    case 'stop':
    case 'drain':
    case 'disk-failure':
    case 'disk-full':
      return { ...spell, kind, node: nodeId(first) }
    case 'cut':
      if (second === '-' || second === '>')
        return { ...spell, kind, from: nodesOf(first), to: nodesOf(third), isOneWay: second === '>' }
      break
    case 'flap': {
      const everyMs = durationAfter(words, 'every')
      if (second === '-' && everyMs !== null)
        return { ...spell, kind, from: nodesOf(first), to: nodesOf(third), everyMs }
      break
    }
    case 'slow':
      if (second === '>') return { ...spell, kind, from: nodesOf(first), to: nodesOf(third), byMs }
      break
    case 'break':
      return { atMs, forMs: 0, kind, left: nodeId(first), right: nodeId(second) }
    case 'gone':
      return { ...spell, kind, node: nodeId(first) }
    case 'noise':
      return { ...spell, kind, chance: Number(first) }
    case 'clock':
    case 'slow-disk':
    case 'rollback':
      return { ...spell, kind, node: nodeId(first), byMs }
  }
  throw new Error(
    `Cannot read fault "${text}": expected kill, power-loss, pause, cut, slow, break, noise, clock or another kind of fault`,
  )
}

const nodesOf = (text: string): NodeId[] => text.split(',').map((name) => nodeId(name))

function durationAfter(words: readonly string[], word: string): number | null {
  const at = words.indexOf(word)
  return at < 0 ? null : readDuration(words[at + 1] ?? '')
}

/** `4s`, `300ms`, `-1h`. */
export function readDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const read = parseDuration(text.replace(/^-/, ''))
  if (!read.ok) throw new Error(read.problem)
  return sign * read.ms
}
