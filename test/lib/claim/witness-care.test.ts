// Who should vote: what the member in charge proposes, and when it lets things be.

import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId, storageId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings, voteLimits } from '../../../lib/base/limits.ts'
import type { Configuration } from '../../../lib/claim/configuration.ts'
import { WitnessCare, type Candidate } from '../../../lib/claim/witness-care.ts'
import { SECOND, START } from './every-second.ts'
import { configurationOf } from './vote-bench.ts'

const { witnessJoinAfterMs, witnessReplaceAfterMs, sessionTtlMs } = defaultClaimSettings

type Probe = { readonly to: string; readonly probeNo: number }

/** One agent's care, with all others as it sees them. */
class Bench {
  readonly care: WitnessCare
  readonly self: string
  /** Another member. */
  readonly other: string
  configuration: Configuration
  nowMs = START
  probes: Probe[] = []
  proposed: Configuration[] = []
  readonly leaving = new Set<string>()
  /** Connected, and no vote of theirs is heard of. */
  readonly silent = new Set<string>()
  readonly #there = new Map<string, Candidate>()

  constructor(self: string, members: readonly string[]) {
    this.self = self
    this.other = members.find((name) => name !== self) ?? self
    this.configuration = configurationOf(1, members)
    this.care = new WitnessCare({
      self: { nodeId: nodeId(self), storageId: storageId(`disk-${self}`) },
      settings: defaultClaimSettings,
      candidates: () => [...this.#there.values()],
      isLeaving: (node) => this.leaving.has(node),
      isVoting: (node) => !this.silent.has(node),
      probe: (to, probeNo) => this.probes.push({ to, probeNo }),
      reconfigure: (next) => this.proposed.push(next),
    })
    for (const name of members) this.comes(name)
  }

  comes(name: string, more: { readonly disk?: string; readonly canWitness?: boolean } = {}): void {
    const { disk = `disk-${name}`, canWitness = true } = more
    const candidate = { nodeId: nodeId(name), storageId: storageId(disk), canWitness, sinceMs: this.nowMs }
    this.#there.set(name, candidate)
  }

  goes(name: string): void {
    this.#there.delete(name)
  }

  /** Time passes in ticks; who is asked answers unless it is said to be silent. */
  elapse(ms: number, silent: readonly string[] = []): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += SECOND
      this.care.onTick(this.configuration, this.nowMs)
      for (const probe of this.probes.splice(0)) if (!silent.includes(probe.to)) this.answer(probe)
    }
  }

  answer({ to, probeNo }: Probe, disk = `disk-${to}`, canWitness = true): void {
    const probed = { kind: 'probed', probeNo, storageId: storageId(disk), canWitness } as const
    this.care.onProbed(nodeId(to), probed, this.configuration, this.nowMs)
  }

  get names(): string[][] {
    return this.proposed.map(({ members }) => members.map((member) => member.nodeId))
  }
}

/** The agent that is in charge of these members in the first epoch. */
function inCharge(members: readonly string[]): Bench {
  for (const self of members) {
    const bench = new Bench(self, members)
    bench.comes('probe-who-is-in-charge')
    bench.elapse(witnessJoinAfterMs + SECOND)
    bench.leaving.add(bench.other)
    bench.elapse(SECOND)
    if (bench.proposed.length > 0) return new Bench(self, members)
  }
  throw new Error('nobody is in charge')
}

let bench: Bench
beforeEach(() => {
  bench = inCharge(['a', 'b', 'c'])
})

/** The members with this one in the place of the other. */
const withoutOther = (name: string) =>
  ['a', 'b', 'c'].map((member) => (member === bench.other ? name : member))

describe('growth', () => {
  test('C1: by itself to three and to five, as agents join and stay', () => {
    const alone = new Bench('a', ['a'])
    alone.comes('b')
    alone.elapse(witnessJoinAfterMs * 2)
    expect(alone.names).toEqual([])
    alone.comes('c')
    alone.elapse(witnessJoinAfterMs - SECOND)
    expect(alone.names).toEqual([])
    alone.elapse(2 * SECOND)
    expect(alone.names[0]).toEqual(['a', 'b', 'c'])
    bench.comes('d')
    bench.comes('e')
    bench.comes('f')
    bench.elapse(witnessJoinAfterMs + SECOND)
    expect(bench.names[0]).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('C1: not by agents that may not vote, or are to leave', () => {
    bench.comes('d', { canWitness: false })
    bench.comes('e')
    bench.leaving.add('e')
    bench.elapse(witnessJoinAfterMs * 2)
    expect(bench.proposed).toEqual([])
  })

  test('C1: goes on with another one where the first in line does not answer', () => {
    bench.leaving.add(bench.other)
    bench.comes('d')
    bench.elapse(SECOND)
    bench.comes('e')
    bench.elapse(witnessJoinAfterMs + 5 * SECOND, ['d'])
    expect(bench.names[0]).toEqual(withoutOther('e'))
  })

  test('C1: asks each in turn where none answers, and takes the first that does again', () => {
    bench.leaving.add(bench.other)
    for (const name of ['d', 'e', 'f']) bench.comes(name)
    bench.elapse(witnessJoinAfterMs + 15 * SECOND, ['d', 'e', 'f'])
    expect(bench.proposed).toEqual([])
    bench.elapse(12 * SECOND, ['d', 'e'])
    expect(bench.names[0]).toEqual(withoutOther('f'))
  })

  test('C1: only with new members that answered just now, from the disk that they had', () => {
    bench.comes('d')
    bench.comes('e')
    bench.elapse(witnessJoinAfterMs + 2 * SECOND, ['d', 'e'])
    expect(bench.proposed).toEqual([])
    bench.care.onTick(bench.configuration, (bench.nowMs += 3 * SECOND))
    const [first, second] = bench.probes
    bench.answer(first!)
    bench.answer(second!, 'another disk')
    bench.answer(second!, 'disk-e', false)
    expect(bench.proposed).toEqual([])
    bench.nowMs += voteLimits.probeTimeoutMs + 1
    bench.answer(second!)
    expect(bench.proposed).toEqual([])
  })

  test('C1: names who voted before, and the epoch that follows', () => {
    bench.comes('d')
    bench.comes('e')
    bench.elapse(witnessJoinAfterMs + SECOND)
    expect(bench.proposed[0]).toMatchObject({ epoch: 2, previous: bench.configuration.members })
  })
})

describe('replacement', () => {
  test('of a member that was unreachable for long, and not before', () => {
    bench.comes('d')
    bench.goes(bench.other)
    bench.elapse(witnessReplaceAfterMs)
    expect(bench.proposed).toEqual([])
    bench.elapse(2 * SECOND)
    expect(bench.names[0]).toEqual(withoutOther('d'))
  })

  test('of a member that is connected for long and does not vote: it is in quarantine, or has nothing', () => {
    bench.comes('d')
    bench.silent.add(bench.other)
    bench.elapse(witnessReplaceAfterMs)
    expect(bench.proposed).toEqual([])
    bench.elapse(2 * SECOND)
    expect(bench.names[0]).toEqual(withoutOther('d'))
  })

  test('by the next in line, where who is in charge does not vote', () => {
    const next = new Bench(bench.other, ['a', 'b', 'c'])
    const third = ['a', 'b', 'c'].find((name) => name !== bench.self && name !== bench.other)!
    for (const name of [bench.self, third]) next.silent.add(name)
    next.comes('d')
    next.elapse(witnessReplaceAfterMs + 2 * SECOND)
    expect(next.proposed.length).toBeGreaterThan(0)
  })

  test('not of one that came back meanwhile', () => {
    bench.comes('d')
    bench.goes(bench.other)
    bench.elapse(witnessReplaceAfterMs - SECOND)
    bench.comes(bench.other)
    bench.elapse(2 * SECOND)
    bench.goes(bench.other)
    bench.elapse(witnessReplaceAfterMs - SECOND)
    expect(bench.proposed).toEqual([])
  })

  test('at once of one that came back with another disk, or is to leave', () => {
    bench.comes('d')
    bench.elapse(witnessJoinAfterMs + SECOND)
    bench.comes(bench.other, { disk: 'an empty one' })
    bench.elapse(SECOND)
    expect(bench.names[0]).toEqual(withoutOther('d'))
  })

  test('never without somebody to take the place: the set is never made smaller', () => {
    bench.goes(bench.other)
    bench.elapse(witnessReplaceAfterMs * 2)
    expect(bench.proposed).toEqual([])
    expect(bench.care.canReplace(bench.configuration, bench.nowMs)).toBe(false)
    expect(bench.care.replace(bench.configuration, nodeId(bench.other), bench.nowMs)).toBe(false)
  })

  test('one at a time', () => {
    for (const name of ['d', 'e']) bench.comes(name)
    bench.elapse(SECOND)
    for (const name of ['a', 'b', 'c']) if (name !== bench.self) bench.leaving.add(name)
    bench.elapse(witnessJoinAfterMs + SECOND)
    const changed = bench.names[0]!.filter((name) => !['a', 'b', 'c'].includes(name))
    expect(changed).toHaveLength(1)
  })

  test('C1: of the witnesses of one epoch is not proposed to those of the next', () => {
    bench.comes('d')
    bench.comes('e')
    bench.elapse(witnessJoinAfterMs + SECOND, ['d', 'e'])
    bench.care.onTick(bench.configuration, (bench.nowMs += 3 * SECOND))
    const probes = bench.probes.splice(0)
    bench.configuration = configurationOf(2, ['a', 'b', 'c', 'd', 'e'])
    for (const probe of probes) bench.answer(probe)
    expect(bench.proposed).toEqual([])
  })
})

describe('a member without its registers', () => {
  test('C4: gets them by one more hand-over to the same members, when it says so for a while', () => {
    for (let n = 0; n < 4; n++) {
      bench.care.onEmpty(nodeId(bench.other), bench.nowMs)
      bench.elapse(sessionTtlMs / 10)
    }
    expect(bench.proposed).toEqual([])
    for (let n = 0; n < 4; n++) {
      bench.care.onEmpty(nodeId(bench.other), bench.nowMs)
      bench.elapse(sessionTtlMs / 10)
    }
    expect(bench.names[0]).toEqual(['a', 'b', 'c'])
    expect(bench.proposed[0]!.epoch).toBe(2)
  })
})

test('C1: one member is in charge, and the next when it is gone', () => {
  const members = ['a', 'b', 'c']
  const proposing = members.filter((self) => {
    const one = new Bench(self, members)
    for (const name of ['d', 'e']) one.comes(name)
    one.elapse(witnessJoinAfterMs + SECOND)
    return one.proposed.length > 0
  })
  expect(proposing).toHaveLength(1)
  const others = members.filter((self) => {
    const one = new Bench(self, members)
    one.goes(proposing[0]!)
    for (const name of ['d', 'e']) one.comes(name)
    one.elapse(witnessJoinAfterMs + SECOND)
    return one.proposed.length > 0
  })
  expect(others).toHaveLength(1)
  expect(others).not.toEqual(proposing)
})
