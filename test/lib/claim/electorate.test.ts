// Who votes, as one agent knows it: founding, being told, and finishing what another left behind.

import { describe, expect, test } from 'vitest'
import { bootId, clusterId, nodeId, storageId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import type { Change } from '../../../lib/claim/change.ts'
import type { Configuration } from '../../../lib/claim/configuration.ts'
import { Electorate, type ElectorateMessage, type ElectorateTimer } from '../../../lib/claim/electorate.ts'
import type { ClaimMessage, VotesRefused } from '../../../lib/claim/message.ts'
import { Witness } from '../../../lib/claim/witness.ts'
import type { Hello } from '../../../lib/membership/hello.ts'
import { SECOND, START } from './every-second.ts'
import { configurationOf } from './vote-bench.ts'

const cluster = clusterId('c')

function helloOf(name: string, canWitness = true): Hello {
  const boot = { storageId: storageId(`disk-${name}`), bootNo: 1, bootId: bootId('b') }
  return { clusterId: cluster, nodeId: nodeId(name), name, ...boot, canWitness, version: '' }
}

/** One agent's electorate with a witness of its own; what it wants said and done is gathered. */
class Seat {
  readonly journal: Journal
  readonly witness: Witness
  readonly electorate: Electorate
  readonly sent: { readonly to: string; readonly message: ClaimMessage }[] = []
  readonly configured: number[] = []
  readonly proposed: Change[] = []
  readonly timers: { readonly atMs: number; readonly timer: ElectorateTimer }[] = []
  isQuarantined = false

  constructor(name: string, options: { readonly found?: number; readonly journal?: Journal } = {}) {
    this.journal = options.journal ?? new Journal('journal')
    const self = helloOf(name)
    this.witness = new Witness(
      {
        self,
        settings: defaultClaimSettings,
        journal: this.journal,
        isVouched: () => true,
        newestRevision: () => null,
        isPaused: () => false,
      },
      START,
    )
    this.electorate = new Electorate(
      {
        self,
        foundWitnesses: options.found ?? null,
        settings: defaultClaimSettings,
        journal: this.journal,
        random: new Random(name),
        witness: this.witness,
        send: (to, message) => this.sent.push({ to, message }),
        setTimer: (atMs, timer) => this.timers.push({ atMs, timer }),
        proposeBriefly: (_, change) => this.proposed.push(change),
        isLeaving: () => false,
        isVoting: () => true,
        isQuarantined: () => this.isQuarantined,
        configured: (configuration) => {
          this.configured.push(configuration.epoch)
          this.witness.configure(configuration)
        },
      },
      START,
    )
    this.electorate.restore()
  }

  says(kind: ClaimMessage['kind']): { readonly to: string; readonly message: ClaimMessage }[] {
    return this.sent.filter(({ message }) => message.kind === kind)
  }

  ring(nowMs: number): void {
    for (const { timer } of this.timers.splice(0)) this.electorate.onTimer(timer, nowMs)
  }
}

const refusal = (because: VotesRefused['because'], configuration: Configuration): VotesRefused => ({
  kind: 'votes-refused',
  bootId: bootId('b'),
  because,
  configuration,
})

describe('founding', () => {
  test('an agent that founds with one witness begins at once, and one that joins waits', () => {
    expect(new Seat('a', { found: 1 }).configured).toEqual([1])
    expect(new Seat('a').configured).toEqual([])
  })

  test('with three witnesses nothing votes before three that may are there; those that may not do not count', () => {
    const seat = new Seat('a', { found: 3 })
    seat.electorate.onPeerConnected(helloOf('b'), START)
    seat.electorate.onPeerConnected(helloOf('x', false), START)
    expect(seat.electorate.configuration).toBeNull()
    seat.electorate.onPeerConnected(helloOf('d'), START)
    const members = seat.electorate.configuration!.members.map((member) => member.nodeId)
    expect(members).toEqual(['a', 'b', 'd'])
    expect(seat.says('install').map(({ to }) => to)).toEqual(['b', 'x', 'd'])
  })

  test('C1: happens once: what was founded is on disk, and what came after it stays', () => {
    const first = new Seat('a', { found: 1 })
    first.electorate.install(configurationOf(4, ['a', 'b', 'd']))
    const again = new Seat('a', { found: 1, journal: first.journal })
    expect(again.electorate.configuration).toMatchObject({ epoch: 4 })
    expect(again.configured).toEqual([4])
  })
})

describe('being told who votes', () => {
  test('W1: only later epochs of the same cluster are believed', () => {
    const seat = new Seat('a')
    seat.electorate.install(configurationOf(3, ['b']))
    seat.electorate.install(configurationOf(2, ['x']))
    seat.electorate.install({ ...configurationOf(9, ['x']), clusterId: clusterId('other') })
    expect(seat.configured).toEqual([3])
    expect(seat.electorate.configuration!.members).toHaveLength(1)
  })

  test('C4: a new peer is told, and so are all that are there when it changes', () => {
    const seat = new Seat('a')
    seat.electorate.onPeerConnected(helloOf('b'), START)
    expect(seat.sent).toEqual([])
    seat.electorate.install(configurationOf(3, ['b']))
    seat.electorate.onPeerConnected(helloOf('d'), START)
    expect(seat.says('install').map(({ to }) => to)).toEqual(['b', 'd'])
  })

  test('C1: who is probed says with which disk, and whether it may vote', () => {
    const seat = new Seat('a')
    seat.electorate.onMessage(nodeId('b'), { kind: 'probe', probeNo: 7 }, START)
    const probed = { kind: 'probed', probeNo: 7, storageId: 'disk-a', canWitness: true }
    expect(seat.sent).toEqual([{ to: 'b', message: probed }])
    seat.isQuarantined = true
    seat.electorate.onMessage(nodeId('b'), { kind: 'probe', probeNo: 8 }, START)
    expect(seat.sent.at(-1)!.message).toMatchObject({ probeNo: 8, canWitness: false })
  })
})

describe('C4: a hand-over that its carrier left behind', () => {
  const next: Configuration = {
    ...configurationOf(2, ['a', 'b', 'd']),
    previous: configurationOf(1, ['a', 'b', 'c']).members,
  }

  test.each(['sealed', 'not-installed'] as const)(
    'C4: is carried on by whoever is refused as %s',
    (because) => {
      const seat = new Seat('z')
      seat.electorate.install(configurationOf(1, ['a', 'b', 'c']))
      seat.electorate.onRefused(nodeId('a'), refusal(because, next), START)
      expect(seat.says('seal')).toEqual([])
      seat.ring(START + SECOND)
      expect(seat.says('seal').map(({ to }) => to)).toEqual(['a', 'b', 'c'])
    },
  )

  test('C4: that has come to its end meanwhile is let be', () => {
    const seat = new Seat('z')
    seat.electorate.install(configurationOf(1, ['a', 'b', 'c']))
    seat.electorate.onRefused(nodeId('a'), refusal('sealed', next), START)
    seat.electorate.install(configurationOf(3, ['a', 'b', 'd']))
    seat.ring(START + SECOND)
    expect(seat.says('seal')).toEqual([])
  })

  test('C4: is pushed until everybody is installed, and the new witnesses vote from a majority on', () => {
    const seats = ['a', 'b', 'c'].map((name) => new Seat(name))
    for (const seat of seats) seat.electorate.install(configurationOf(1, ['a', 'b', 'c']))
    const d = new Seat('d')
    const byName = new Map([...seats, d].map((seat, index) => ['abcd'[index]!, seat]))
    const z = new Seat('z')
    z.electorate.install(configurationOf(1, ['a', 'b', 'c']))
    z.electorate.onSettled({ kind: 'succeeded-by', next }, START)
    let nowMs = START
    const deliver = (lost: string) => {
      for (let letter = z.sent.shift(); letter !== undefined; letter = z.sent.shift()) {
        const seat = byName.get(letter.to)
        if (seat === undefined || letter.to === lost) continue
        seat.electorate.onMessage(nodeId('z'), letter.message as ElectorateMessage, nowMs)
        for (const answer of seat.sent.splice(0))
          if (answer.to === 'z')
            z.electorate.onMessage(nodeId(letter.to), answer.message as ElectorateMessage, nowMs)
      }
    }
    deliver('d')
    expect(z.configured).toEqual([1, 2])
    expect(byName.get('a')!.witness.isMember).toBe(true)
    expect(byName.get('c')!.witness.isMember).toBe(false)
    expect(d.witness.isMember).toBe(false)
    z.ring((nowMs += SECOND))
    deliver('')
    expect(d.witness.isMember).toBe(true)
    z.ring((nowMs += SECOND))
    expect(z.sent).toEqual([])
  })
})

describe('C1: the care for the witnesses', () => {
  const alone = (hasMajority: boolean): Change[] => {
    const seat = new Seat('a', { found: 1 })
    for (const name of ['b', 'c']) seat.electorate.onPeerConnected(helloOf(name), START)
    for (let second = 1; second <= 40; second++) {
      const nowMs = START + second * SECOND
      seat.electorate.onTick(nowMs, hasMajority)
      for (const { to, message } of seat.sent.splice(0))
        if (message.kind === 'probe')
          seat.electorate.onMessage(
            nodeId(to),
            {
              kind: 'probed',
              probeNo: message.probeNo,
              storageId: storageId(`disk-${to}`),
              canWitness: true,
            },
            nowMs,
          )
    }
    return seat.proposed
  }

  test('C1: grows the set while a majority stands', () => {
    expect(alone(true)[0]).toMatchObject({ kind: 'reconfigure', next: { epoch: 2 } })
  })

  test('C1: changes nothing without one: it is not the others that are gone', () => {
    expect(alone(false)).toEqual([])
  })
})

test('I13: a recovery that is asked for at two agents at once leaves one set of witnesses', () => {
  const names = ['a', 'b', 'd', 'e', 'f', 'g']
  const seats = new Map(names.map((name) => [name, new Seat(name)]))
  for (const [name, { electorate }] of seats) {
    electorate.install(configurationOf(1, ['w1', 'w2', 'w3']))
    // Who heard of whom first differs.
    const others = name === 'b' ? names.toReversed() : names
    for (const other of others) if (other !== name) electorate.onPeerConnected(helloOf(other), START)
  }
  const clock = { nowMs: START, wallMs: START, clusterMs: null }
  for (const name of ['a', 'b']) expect(seats.get(name)!.electorate.recover(clock)).not.toBeNull()
  for (let second = 1; second < 10; second++) {
    const nowMs = START + second * SECOND
    for (const seat of seats.values()) seat.ring(nowMs)
    for (let isNews = true; isNews;) {
      isNews = false
      for (const [from, seat] of seats)
        for (const { to, message } of seat.sent.splice(0)) {
          isNews = true
          seats.get(to)?.electorate.onMessage(nodeId(from), message as ElectorateMessage, nowMs)
        }
    }
  }
  const known = [...seats.values()].map(({ electorate }) => JSON.stringify(electorate.configuration))
  expect(new Set(known).size).toBe(1)
  expect(seats.get('a')!.electorate.configuration!.epoch).toBeGreaterThan(1_000)
})

test('W5: a recovery asked for where the clock is ahead passes no slots to come, as far as the time was told', () => {
  const seat = new Seat('a')
  seat.electorate.install(configurationOf(1, ['w1', 'w2', 'w3']))
  const ahead = { nowMs: START, wallMs: START + 1_000 * SECOND }
  expect(seat.electorate.recover({ ...ahead, clusterMs: START })!.recovery).toMatchObject({ atMs: START })
  expect(seat.electorate.recover({ ...ahead, clusterMs: null })!.recovery!.atMs).toBe(ahead.wallMs)
})
