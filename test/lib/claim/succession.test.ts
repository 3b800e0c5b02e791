// Handing the vote over from one set of witnesses to the next, with letters lost, doubled and carriers that die.

import { describe, expect, test } from 'vitest'
import { nodeId, storageId } from '../../../lib/base/ids.ts'
import { voteLimits } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import type { Configuration } from '../../../lib/claim/configuration.ts'
import type { ClaimMessage, InstallState } from '../../../lib/claim/message.ts'
import { Succession, type SuccessionTimer } from '../../../lib/claim/succession.ts'
import { pagesAtOnce } from '../../../lib/claim/message-size.ts'
import { claimOf, KEY, SECOND } from './every-second.ts'
import { configurationOf, VoteBench } from './vote-bench.ts'

type Letter = { readonly carrier: string; readonly to: string; readonly message: ClaimMessage }

/** The hand-over from the votes' own witnesses to these, with as many carriers as a test wants. */
class HandOver {
  readonly votes: VoteBench
  readonly next: Configuration
  letters: Letter[] = []
  readonly succeeded = new Set<string>()
  readonly #carriers = new Map<string, Succession>()
  readonly #timers: { readonly carrier: string; readonly atMs: number; readonly timer: SuccessionTimer }[] =
    []

  constructor(votes: VoteBench, epoch: number, names: readonly string[]) {
    this.votes = votes
    this.next = { ...configurationOf(epoch, names), previous: votes.configuration.members }
    for (const name of names) if (!votes.witnesses.has(name)) votes.startWitness(name)
  }

  /** Somebody carries the hand-over on; asked again under the same name, it is that one's next start. */
  carry(carrier: string): void {
    const succession = new Succession({
      random: new Random(carrier),
      send: (to, message) => this.letters.push({ carrier, to, message }),
      setTimer: (atMs, timer) => this.#timers.push({ carrier, atMs, timer }),
      succeeded: () => this.succeeded.add(carrier),
    })
    this.#carriers.set(carrier, succession)
    succession.carryOn(this.next, this.votes.nowMs)
  }

  /** The carrier's process ends, with all that it had not sent. */
  crash(carrier: string): void {
    this.#carriers.delete(carrier)
    this.letters = this.letters.filter((letter) => letter.carrier !== carrier)
  }

  /** Delivers until nothing is left; what is for these nodes is lost. */
  deliver(lost: readonly string[] = [], kinds: readonly ClaimMessage['kind'][] = []): void {
    const later: Letter[] = []
    for (let letter = this.letters.shift(); letter !== undefined; letter = this.letters.shift()) {
      const isChosen = kinds.length === 0 || kinds.includes(letter.message.kind)
      if (!isChosen) later.push(letter)
      else if (!lost.includes(letter.to)) this.#open(letter)
    }
    this.letters = later
  }

  elapse(ms: number): void {
    this.votes.nowMs += ms
    for (const { carrier, timer } of this.#timers.splice(0))
      this.#carriers.get(carrier)?.onTimer(timer, this.votes.nowMs)
  }

  #open({ carrier, to, message }: Letter): void {
    const answers = this.votes.answerTo(to, nodeId(carrier), message)
    const succession = this.#carriers.get(carrier)
    for (const answer of answers)
      if (answer.kind === 'sealed') succession?.onSealed(answer)
      else if (answer.kind === 'installed') succession?.onInstalled(answer)
  }
}

const threeWith = (claims: number): VoteBench => {
  const votes = new VoteBench({ witnesses: 3, proposers: ['a', 'b'] })
  for (let n = 1; n <= claims; n++) votes.ask('a', claimOf('a', n))
  return votes
}

describe('C2: the seal', () => {
  test('C2: a sealed witness answers nothing of its epoch any more, also after a restart (I11)', () => {
    const votes = threeWith(1)
    votes.propose('a', claimOf('a', 2))
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.deliver([], ['seal'])
    votes.startWitness('w1')
    votes.deliver()
    expect(votes.letters).toEqual([])
    expect(votes.answer('a')).toMatchObject({ kind: 'granted', entry: { token: 1 } })
    expect(votes.valueAt('w1')!.token).toBe(1)
    expect(votes.refusals).toContain('sealed')
  })

  test('C2: no majority of the old epoch can decide once a majority of it is sealed (I12)', () => {
    const votes = threeWith(1)
    votes.propose('a', claimOf('a', 2))
    votes.deliverOnce({ kind: 'prepare' })
    votes.deliverOnce({ kind: 'promise' })
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.deliver(['w3'], ['seal'])
    votes.deliver({ kind: 'accept' })
    votes.deliver()
    expect(votes.valueAt('w3')!.token).toBe(2)
    expect(votes.proposer('a').settled).toHaveLength(1)
  })

  test('C2: a witness without the registers of the epoch does not speak for it', () => {
    const votes = threeWith(1)
    const handOver = new HandOver(votes, 3, ['w1', 'w2', 'w3'])
    handOver.carry('w1')
    handOver.deliver()
    expect(handOver.succeeded.size).toBe(0)
  })

  test('C1: what follows an epoch is the first that its witness heard of, and nothing else (I13)', () => {
    const votes = threeWith(1)
    const first = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    const second = new HandOver(votes, 2, ['w1', 'w2', 'w5'])
    first.carry('w1')
    first.deliver([], ['seal'])
    second.carry('w2')
    second.deliver()
    expect(second.succeeded.size).toBe(0)
    first.elapse(SECOND)
    first.deliver()
    expect(first.succeeded.has('w1')).toBe(true)
  })
})

describe('C3: the merge', () => {
  test('C3: keeps what a majority chose, wherever it lies (I8)', () => {
    const votes = threeWith(1)
    votes.propose('a', claimOf('a', 2))
    votes.deliver({ kind: 'prepare' })
    votes.deliver({ kind: 'promise' })
    votes.deliver({ kind: 'accept', to: 'w2' })
    votes.deliver({ kind: 'accept', to: 'w3' })
    votes.deliver({ kind: 'accepted' })
    expect(votes.answer('a')).toMatchObject({ kind: 'granted', entry: { token: 2 } })
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.deliver(['w3'])
    expect(handOver.succeeded.has('w1')).toBe(true)
    votes.configure(handOver.next)
    for (const name of ['w1', 'w2', 'w4']) expect(votes.valueAt(name)!.token).toBe(2)
    expect(votes.ask('b', claimOf('b', 2))).toMatchObject({ because: 'taken' })
  })

  test('C3: waits for a majority of the old epoch, whatever time passes', () => {
    const votes = threeWith(1)
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    for (let n = 0; n < 10; n++) {
      handOver.deliver(['w2', 'w3'])
      handOver.elapse(SECOND)
    }
    expect(handOver.succeeded.size).toBe(0)
    expect(handOver.letters.filter(({ message }) => message.kind === 'install-state')).toEqual([])
  })

  test('C3: pages of two answers of one witness make no whole', () => {
    const votes = new VoteBench({ witnesses: 3, proposers: ['a'] })
    const keys = Array.from({ length: voteLimits.registersPerMessage + 2 }, (_, n) => `shop.job${n}`)
    for (const key of keys) votes.propose('a', claimOf('a', 1), null, key)
    // Two witnesses have them in two orders, and the third lacks the last ones.
    votes.put(votes.take({ kind: 'prepare', to: 'w2' }).toReversed())
    votes.deliver({ kind: 'prepare' })
    votes.deliver({ kind: 'promise' })
    const accepts = votes.take({ kind: 'accept', to: 'w3' })
    votes.put(accepts.slice(0, -2))
    votes.deliver()
    const next = { ...configurationOf(2, ['w1', 'w2', 'w3']), previous: votes.configuration.members }
    const seal = (name: string) =>
      votes
        .answerTo(name, nodeId('c'), { kind: 'seal', storageId: storageId(`disk-${name}`), next })
        .flatMap((answer) => (answer.kind === 'sealed' ? [answer] : []))
    const carrier = () => {
      const installs: (InstallState & { readonly to: string })[] = []
      const succession = new Succession({
        random: new Random('c'),
        send: (to, message) => message.kind === 'install-state' && installs.push({ ...message, to }),
        setTimer: () => undefined,
        succeeded: () => undefined,
      })
      succession.carryOn(next, votes.nowMs)
      return { succession, installs }
    }
    const [late, quick] = [carrier(), carrier()]
    late.succession.onSealed(seal('w1')[0]!)
    for (const page of [...seal('w2'), ...seal('w3')]) quick.succession.onSealed(page)
    for (const { to, ...install } of quick.installs)
      if (to === 'w1') votes.answerTo(to, nodeId('quick'), install)
    // Of what it tells now the beginning is lost, and of what it told before the end was.
    late.succession.onSealed(seal('w1')[1]!)
    for (const page of seal('w3')) late.succession.onSealed(page)
    expect(late.installs).toHaveLength(0)
    for (const page of seal('w1')) late.succession.onSealed(page)
    const installed = late.installs.filter(({ to }) => to === 'w2').flatMap(({ registers }) => registers)
    expect(installed.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
  })

  test('C2, C4: more pages than a queue holds are asked for, and sent, in parts', () => {
    const value = threeWith(1).valueAt('w1')!
    const previous = configurationOf(1, ['w1', 'w2', 'w3']).members
    const next = { ...configurationOf(2, ['w1', 'w2', 'w4']), previous }
    const sent: ClaimMessage[] = []
    const succession = new Succession({
      random: new Random('c'),
      send: (_, message) => sent.push(message),
      setTimer: () => undefined,
      succeeded: () => undefined,
    })
    const pages = voteLimits.pagesAtOnce + 2
    const accepted = { epoch: 1, counter: 1, proposer: 'a:1' }
    const give = (storage: string, page: number) => {
      const keys = Array.from({ length: voteLimits.registersPerMessage }, (_, n) => `shop.job${page}-${n}`)
      const registers = keys.map((key) => ({ key, accepted, value }))
      const whole = { kind: 'sealed', epoch: 1, transfer: storage, pages, killed: [], promisedMs: 0 } as const
      succession.onSealed({ ...whole, storageId: storageId(storage), page, registers })
    }
    const told = () =>
      new Set(sent.splice(0).map((one) => (one.kind === 'install-state' ? one.page : one.kind)))
    succession.carryOn(next, 0)
    told()
    for (let page = 0; page < voteLimits.pagesAtOnce; page++) give('disk-w1', page)
    expect(told()).toEqual(new Set(['seal']))
    // What comes twice asks for nothing: a queue that is full must not be filled by that.
    for (let page = 0; page < voteLimits.pagesAtOnce; page++) give('disk-w1', page)
    expect(told()).toEqual(new Set())
    for (let page = 0; page < pages; page++) give('disk-w2', page)
    told()
    for (let page = voteLimits.pagesAtOnce; page < pages; page++) give('disk-w1', page)
    expect(told()).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]))
    succession.onTimer({ kind: 'succession', epoch: 2 }, SECOND)
    expect(told()).toEqual(new Set(['seal', 8, 9, 0, 1, 2, 3, 4, 5]))
  })

  test('C2: who asks for what is sealed is given the next pages each time', () => {
    expect(pagesAtOnce(3, 0)).toEqual([0, 1, 2])
    expect(pagesAtOnce(10, 8)).toEqual([8, 9, 0, 1, 2, 3, 4, 5])
  })

  test('C3: registers of one epoch alone are not carried into the next', () => {
    const votes = threeWith(1)
    const { next } = new HandOver(votes, 2, ['w1', 'w2', 'w3'])
    votes.propose('a', { kind: 'reconfigure', next }, null, '@successor/1')
    votes.deliver()
    expect(votes.witness('w1').journal.get('register/@successor/1')).toBeDefined()
    votes.handOver(2, ['w1', 'w2', 'w3'])
    expect(votes.witness('w1').journal.get('register/@successor/1')).toBeUndefined()
    expect(votes.witness('w1').journal.get(`register/${KEY}`)).toBeDefined()
  })
})

describe('C4: the install', () => {
  test('C4: a majority of the next witnesses is enough, and the last one is asked until it is there', () => {
    const votes = threeWith(1)
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.deliver(['w4'])
    expect(handOver.succeeded.has('w1')).toBe(true)
    votes.configure(handOver.next)
    expect(votes.witness('w4').witness.isMember).toBe(false)
    handOver.elapse(SECOND)
    handOver.deliver()
    expect(votes.witness('w4').witness.isMember).toBe(true)
  })

  test('C4: one of the next witnesses alone is not enough', () => {
    const votes = threeWith(1)
    const handOver = new HandOver(votes, 2, ['w1', 'w4', 'w5'])
    handOver.carry('w1')
    for (let n = 0; n < 3; n++) {
      handOver.deliver(['w4', 'w5'])
      handOver.elapse(SECOND)
    }
    expect(handOver.succeeded.size).toBe(0)
    handOver.deliver(['w5'])
    expect(handOver.succeeded.has('w1')).toBe(true)
  })

  test('C4: is done once per epoch: a late or doubled letter changes nothing', () => {
    const votes = threeWith(1)
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.deliver([], ['seal'])
    const installs = [...handOver.letters]
    handOver.deliver()
    votes.configure(handOver.next)
    votes.ask('b', claimOf('b', 2))
    handOver.letters = installs
    handOver.deliver()
    votes.startWitness('w1')
    handOver.letters = installs
    handOver.deliver()
    for (const name of ['w1', 'w2', 'w4']) expect(votes.valueAt(name)!.token).toBe(2)
  })

  test('C4: a carrier that dies after one member of the next set was installed leaves nothing that cannot be ended', () => {
    const votes = threeWith(2)
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    // w3 is dead, which is why it is replaced.
    handOver.deliver(['w3'], ['seal'])
    handOver.deliver(['w2', 'w4'])
    handOver.crash('w1')
    votes.startWitness('w1')
    handOver.carry('w2')
    handOver.deliver(['w3'])
    expect(handOver.succeeded.has('w2')).toBe(true)
    votes.configure(handOver.next)
    expect(votes.ask('b', claimOf('b', 3))).toMatchObject({ kind: 'granted', entry: { token: 3 } })
  })

  test('C4: two carriers at once do no harm', () => {
    const votes = threeWith(2)
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.carry('w2')
    handOver.letters.reverse()
    handOver.deliver()
    handOver.elapse(voteLimits.phaseTimeoutMs)
    handOver.deliver()
    expect([...handOver.succeeded].toSorted()).toEqual(['w1', 'w2'])
    votes.configure(handOver.next)
    expect(votes.ask('a', claimOf('a', 3))).toMatchObject({ kind: 'granted', entry: { token: 3 } })
  })

  test('C4: a new disk under an old name is not installed as the old one', () => {
    const votes = threeWith(1)
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    votes.wipe('w4')
    handOver.carry('w1')
    handOver.deliver()
    votes.configure(handOver.next)
    expect(votes.witness('w4').witness.isMember).toBe(false)
  })

  test('C4: installed in pages, in any order, it begins with all of them', () => {
    const votes = new VoteBench({ witnesses: 3, proposers: ['a'] })
    const many = voteLimits.registersPerMessage + 2
    for (let n = 0; n < many; n++) votes.propose('a', claimOf('a', 1), null, `shop.job${n}`)
    votes.deliver()
    const handOver = new HandOver(votes, 2, ['w1', 'w2', 'w4'])
    handOver.carry('w1')
    handOver.deliver([], ['seal'])
    handOver.letters.reverse()
    handOver.deliver()
    votes.configure(handOver.next)
    const held = [...votes.witness('w4').journal.under('register/')]
    expect(held).toHaveLength(many)
  })
})
