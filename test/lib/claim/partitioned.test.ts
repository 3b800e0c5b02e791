// Jobs that run also where no majority is in reach: once on a side, once on a node, and never again afterwards.

import { describe, expect, test } from 'vitest'
import { assert } from '../../../lib/base/assert.ts'
import { bootId, clusterId, nodeId, storageId, type NodeId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings, partitionLimits } from '../../../lib/base/limits.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import { Capacity } from '../../../lib/claim/capacity.ts'
import type { Change, JobFacts } from '../../../lib/claim/change.ts'
import { judgeChange } from '../../../lib/claim/judge.ts'
import { isPartitionedEntry, runLabel } from '../../../lib/claim/local-registers.ts'
import type { PartitionTimer } from '../../../lib/claim/claim-host.ts'
import { PartitionedJobs, type PartitionedHost } from '../../../lib/claim/partitioned.ts'
import type { LiveEntry, Register } from '../../../lib/claim/register.ts'
import { Roster } from '../../../lib/membership/roster.ts'
import { claimOf, jobFacts, SECOND, slotAt, START } from './every-second.ts'
import { HOUR, jobNamed } from './job-named.ts'

const { claimAheadMs } = defaultClaimSettings
const key = 'shop.report'
const TEN = Date.UTC(2026, 10, 21, 10)
const eachSecond = { schedule: 'every 1s', if_partitioned: 'run', overlap: 'allow' }

/** One agent on its side of a cut, with what it would hold and tell. */
class Side {
  nowMs = TEN
  disk = ''
  journal = new Journal('journal')
  readonly granted: LiveEntry[] = []
  readonly held = new Set<number>()
  settled: Change[] = []
  others: number[] = []
  isBusy = false
  maxRunning: number | null = null
  capacity!: Capacity
  words: Readonly<Record<string, unknown>> = eachSecond
  readonly roster = new Roster(nodeId('a'))
  #timers: { readonly atMs: number; readonly timer: PartitionTimer }[] = []
  #unwritten: (() => void)[] = []
  jobs = this.#make()

  constructor(names: readonly string[] = ['a']) {
    const rest = { hostname: '', labels: {}, addresses: [], version: '', zoneData: '', canWitness: true }
    for (const name of names)
      this.roster.setCard({ ...rest, nodeId: nodeId(name), name, bootNo: 1, startedAtMs: 0 })
  }

  job() {
    return jobNamed(this.words)
  }

  #make(): PartitionedJobs {
    const host: PartitionedHost = {
      self: {
        nodeId: nodeId('a'),
        clusterId: clusterId('c'),
        storageId: storageId('d'),
        bootNo: 1,
        bootId: bootId('x'),
        canWitness: true,
        name: 'a',
        version: '0',
      },
      settings: defaultClaimSettings,
      journal: this.journal,
      roster: this.roster,
      job: () => this.job(),
      jobKeys: () => [key],
      setTimer: (atMs, timer) => {
        if (timer.kind === 'partition-slot') this.#timers.push({ atMs, timer })
      },
      granted: (_, entry) => {
        this.granted.push(entry)
        this.held.add(entry.token)
      },
      settled: (_, change) => this.settled.push(change),
      ledger: {
        recordDecisions: () => {},
        isRecorded: () => true,
        running: () => [],
        recordVanished: () => {},
        ranPartitioned: () => this.others,
      },
      holdsRunOf: () => this.isBusy,
      knowsRun: (_, token) => this.held.has(token),
    }
    const heldJobs = () => [...this.held].map(() => key)
    this.capacity = new Capacity({ maxRunning: this.maxRunning, job: () => this.job(), heldJobs })
    // Nothing is on disk before sync().
    const afterWritten = (action: () => void) => this.#unwritten.push(action)
    return new PartitionedJobs(host, { afterWritten, capacity: this.capacity })
  }

  get clock() {
    return { nowMs: this.nowMs, wallMs: this.nowMs, clusterMs: this.nowMs }
  }

  /** Second after second, with no majority in reach or with one. */
  seconds(count: number, isPartitioned = true): void {
    for (let second = 0; second < count; second++) {
      this.capacity.recount()
      this.jobs.onTick(this.clock, isPartitioned)
      this.jobs.flush(this.clock)
      const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs + SECOND)
      this.#timers = this.#timers.filter((one) => !due.includes(one))
      for (const { atMs, timer } of due) {
        this.nowMs = Math.max(this.nowMs, atMs)
        this.jobs.onSlot(timer, isPartitioned, this.nowMs)
        this.jobs.flush(this.clock)
      }
      this.nowMs = TEN + Math.floor((this.nowMs - TEN) / SECOND + 1) * SECOND
      this.sync()
    }
  }

  sync(): void {
    for (const effect of this.journal.takeEffects()) if (effect.kind === 'persist') this.disk += effect.lines
    for (const action of this.#unwritten.splice(0)) action()
  }

  /** The agent dies and starts on what is on its disk, less so many of its last lines. */
  restart(lessLines = 0): void {
    const lines = this.disk.split('\n').slice(0, -1)
    this.disk = lines
      .slice(0, lines.length - lessLines)
      .map((line) => `${line}\n`)
      .join('')
    this.journal = new Journal('journal')
    assert(this.journal.restore(this.disk), 'the disk is sound')
    this.held.clear()
    this.#timers = []
    this.#unwritten = []
    this.jobs = this.#make()
  }

  slots(): number[] {
    return this.granted.map(({ slotMs }) => (slotMs - TEN) / SECOND)
  }

  /** Told at this instant. */
  owed(atMs = TEN + HOUR): number[] {
    const change = this.jobs.owed(this.job(), null, atMs)
    return change?.kind === 'ran-partitioned' ? change.slots.map(({ slotMs }) => (slotMs - TEN) / SECOND) : []
  }
}

describe('where no majority is in reach', () => {
  test('each slot runs, but none that may have been claimed before by a vote', () => {
    const side = new Side()
    side.seconds(8)
    expect(side.slots()).toEqual([3, 4, 5, 6, 7])
    expect(side.slots()[0]! * SECOND).toBeGreaterThan(claimAheadMs)
  })

  test('a run says by its name that nobody was asked for it', () => {
    const side = new Side()
    side.seconds(5)
    const [entry] = side.granted
    expect(isPartitionedEntry(entry!)).toBe(true)
    expect(runLabel(entry!, 'alpha')).toBe('alpha:p1')
  })

  test('a job that waits for a majority starts nothing, and neither does one of all nodes', () => {
    for (const words of [{ if_partitioned: 'wait' }, { if_partitioned: 'wait', all_nodes: true }]) {
      const side = new Side()
      side.words = { ...eachSecond, ...words }
      side.seconds(8)
      expect(side.slots()).toEqual([])
    }
  })

  test('of the nodes that see each other one runs each slot, and each of them some', () => {
    const names = ['a', 'b', 'c']
    const side = new Side(names)
    for (const other of ['b', 'c']) side.roster.setConnected(nodeId(other), true)
    side.seconds(60)
    expect(side.slots().length).toBeGreaterThan(8)
    expect(side.slots().length).toBeLessThan(40)
    const alone = new Side(names)
    alone.seconds(60)
    expect(alone.slots()).toHaveLength(57)
  })

  test('a node that holds as many runs as it may starts nothing until one ends', () => {
    const side = new Side()
    side.maxRunning = 1
    side.restart()
    side.seconds(6)
    expect(side.slots()).toEqual([3])
    side.held.clear()
    side.seconds(2)
    expect(side.slots()).toEqual([3, 6])
  })

  test('a node that is drained starts nothing', () => {
    const side = new Side(['a'])
    side.roster.setState('a' as NodeId, 'drained')
    side.seconds(8)
    expect(side.slots()).toEqual([])
  })

  test('what runs of it still by a vote of before is in its way, unless runs may overlap', () => {
    const side = new Side()
    side.words = { ...eachSecond, overlap: 'skip' }
    side.isBusy = true
    side.seconds(8)
    expect(side.slots()).toEqual([])
    side.words = eachSecond
    side.seconds(2)
    expect(side.slots()).toEqual([8, 9])
  })

  test('while a run without a vote goes on the next is skipped, not queued', () => {
    const side = new Side()
    side.words = { ...eachSecond, overlap: 'queue' }
    side.seconds(8)
    expect(side.slots()).toEqual([3])
    const { token } = side.granted[0]!
    expect(side.jobs.propose(key, { kind: 'finish', token, outcome: { kind: 'succeeded' } })).toBe(true)
    side.sync()
    side.seconds(2)
    expect(side.slots()).toEqual([3, 8])
  })
})

describe('a side that comes and goes', () => {
  test('begins anew each time, and catches nothing up', () => {
    const side = new Side()
    side.seconds(5)
    side.seconds(10, false)
    side.seconds(6)
    expect(side.slots()).toEqual([3, 4, 18, 19, 20])
  })

  test('tells what it ran until it is told, also after a restart', () => {
    const side = new Side()
    side.seconds(6)
    expect(side.owed()).toEqual([3, 4, 5])
    side.restart()
    expect(side.owed()).toEqual([3, 4, 5])
    expect([...side.jobs.owing()]).toEqual([key])
    const change = side.jobs.owed(side.job(), null, TEN + HOUR)
    expect(change?.kind).toBe('ran-partitioned')
    if (change?.kind === 'ran-partitioned') side.jobs.told(key, change)
    side.sync()
    side.restart()
    expect(side.owed()).toEqual([])
    expect([...side.jobs.owing()]).toEqual([])
  })

  test('what a clock that was ahead let run before its time is told in its time, and keeps nothing back', () => {
    const side = new Side()
    side.seconds(6)
    expect(side.owed(TEN - HOUR)).toEqual([])
    expect(side.owed(TEN + 4 * SECOND - claimAheadMs)).toEqual([3, 4])
    expect(side.owed()).toEqual([3, 4, 5])
  })

  test('tells for the others of its side what the ledger knows of them and the register does not', () => {
    const side = new Side()
    side.others = [1, 2, 3].map((second) => TEN + second * SECOND)
    const pending = [{ unit: `s${TEN + SECOND}`, slotMs: TEN + SECOND, label: '', sinceMs: 0, startByMs: 0 }]
    const known = {
      key,
      version: 1,
      cursor: { slotMs: TEN + 2 * SECOND, label: '' },
      liveCount: 0,
      pending: pending.map((one) => ({ ...one, releasedBy: null })),
    }
    const change = side.jobs.owed(side.job(), known, TEN + HOUR)
    expect(change).toMatchObject({
      slots: [{ slotMs: TEN + SECOND }, { slotMs: TEN + 3 * SECOND }],
    })
  })

  test('I20: remembers the newest of them only', () => {
    const side = new Side()
    side.seconds(partitionLimits.slotsOwed + 20)
    expect(side.owed()).toHaveLength(partitionLimits.slotsOwed)
  })
})

describe('a crash', () => {
  test('at any line of the journal starts no slot of this node twice', () => {
    for (let lost = 0; lost < 4; lost++) {
      const side = new Side()
      side.seconds(5)
      side.restart(lost)
      side.seconds(8)
      // What was granted and not marked is given back; what was not on disk was not granted.
      const onDisk = side.slots().slice(0, 3)
      expect(side.slots().filter((slot) => onDisk.includes(slot))).toEqual(onDisk)
    }
  })

  test('a run that was given back without a start is not told as run', () => {
    const side = new Side()
    side.seconds(5)
    const { opId } = side.granted[0]!
    side.jobs.propose(key, { kind: 'release', opId, node: null })
    side.jobs.flush(side.clock)
    expect(side.settled.map(({ kind }) => kind)).toEqual(['release'])
    expect(side.owed()).toEqual([4])
  })

  test('changes of runs that are held elsewhere are not taken', () => {
    const side = new Side()
    side.seconds(4)
    expect(side.jobs.propose(key, { kind: 'finish', token: 3, outcome: { kind: 'succeeded' } })).toBe(false)
  })
})

describe('told to the cluster', () => {
  const facts = (overrides: Partial<JobFacts> = {}) => jobFacts(overrides)
  const told = (...seconds: number[]): Change => ({
    kind: 'ran-partitioned',
    slots: seconds.map((n) => slotAt(START + n * SECOND)),
    incarnation: 1,
  })
  const apply = (base: Register | null, change: Change, second: number, known: JobFacts | null = facts()) =>
    applyChange(base, change, { nowMs: START + second * SECOND, facts: known })
  const decided = ({ untold }: Register) =>
    untold.map((one) =>
      one.kind === 'not-run'
        ? `${one.why} ${(one.fromMs - START) / SECOND}-${(one.toMs - START) / SECOND} (${one.count})`
        : one.kind,
    )
  const waiting = ({ pending }: Register) => pending.map(({ slotMs }) => (slotMs - START) / SECOND)

  test('slots that ran are decided, in one range where they are neighbours', () => {
    const { value, answer } = apply(null, told(1, 2, 3, 4), 5)
    expect(answer).toEqual({ kind: 'done' })
    expect(decided(value)).toEqual(['ran-partitioned 1-4 (4)'])
    expect(value.cursor.slotMs).toBe(START + 4 * SECOND)
    expect(value.token).toBe(0)
  })

  test('what nobody ran between them waits or was missed, and is not passed in silence', () => {
    const { value } = apply(null, told(2, 9, 11), 12)
    expect(decided(value)).toEqual([
      'missed 1-1 (1)',
      'ran-partitioned 2-2 (1)',
      'missed 3-7 (5)',
      'ran-partitioned 9-9 (1)',
      'ran-partitioned 11-11 (1)',
    ])
    expect(waiting(value)).toEqual([8, 10])
  })

  test('a slot that waits to be taken is taken by nobody any more', () => {
    const first = apply(null, told(3), 4).value
    expect(waiting(first)).toEqual([1, 2])
    const second = apply(first, told(1, 2), 4).value
    expect(waiting(second)).toEqual([])
    expect(decided(second).slice(1)).toEqual(['ran-partitioned 1-1 (1)', 'ran-partitioned 2-2 (1)'])
    expect(apply(second, claimOf('b', 1), 4).answer).toMatchObject({ because: 'taken' })
  })

  test('told again, or by another of the side, it changes nothing', () => {
    const first = apply(null, told(1, 2), 3).value
    expect(apply(first, told(1, 2), 3).value).toBe(first)
    expect(apply(first, told(2), 3).answer).toEqual({ kind: 'done' })
  })

  test('a slot that the other side runs by a vote stays its own', () => {
    const claimed = apply(null, claimOf('b', 1), 1).value
    const after = apply(claimed, told(1), 2).value
    expect(after.live).toEqual(claimed.live)
    expect(decided(after)).toEqual([])
  })

  test('a slot that the definition has no more leaves the run alone and the register sound', () => {
    const none = facts({ due: () => ({ range: null, slots: [] }) })
    const { value, answer } = apply(null, told(1), 3, none)
    expect(answer.kind).toBe('done')
    expect(decided(value)).toEqual([])
  })

  test('what lies between is not counted by a definition that is behind', () => {
    const newer = apply(null, claimOf('b', 1), 1, facts({ revision: '9:z:z' })).value
    const { value, answer } = apply(newer, told(5), 9)
    expect(answer).toEqual({ kind: 'refused', because: 'superseded', revision: newer.revision })
    expect(value).toBe(newer)
  })

  test('a job that is gone, or was created again, has nothing to be told', () => {
    expect(apply(null, told(1), 2, null).answer).toMatchObject({ because: 'gone' })
    expect(apply(null, told(1), 2, facts({ incarnation: 2 })).answer).toMatchObject({ because: 'gone' })
  })

  test('W5: neither a deadline to come nor a newer definition is an objection, a clock that is far ahead is', () => {
    const witnessing = {
      from: nodeId('a'),
      wallMs: START + SECOND,
      settings: defaultClaimSettings,
      newestRevision: '9:z:z',
      isPaused: true,
    }
    expect(judgeChange(told(1), witnessing)).toBeNull()
    expect(judgeChange(told(60), witnessing)).toMatchObject({ because: 'clock' })
  })
})
