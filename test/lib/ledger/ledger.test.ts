// The ledger over documents: where records stand, what lists show, what is closed, read back and dropped.
import { describe, expect, it } from 'vitest'
import { bootId, jobName, nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { ledgerLimits } from '../../../lib/base/document-limits.ts'
import { Random } from '../../../lib/base/random.ts'
import { Documents } from '../../../lib/catalog/documents.ts'
import type { Outcome } from '../../../lib/claim/outcome.ts'
import type { JobDefinition } from '../../../lib/definition/job-definition.ts'
import { Ledger } from '../../../lib/ledger/ledger.ts'
import { retentionOf } from '../../../lib/ledger/retention.ts'
import { runNamed } from '../../../lib/ledger/run-named.ts'
import { subjectOf } from '../../../lib/ledger/run-record.ts'
import type { HeldRun } from '../../../lib/run/held-run.ts'
import { runView } from '../../../lib/view/run-view.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import { jobNamed } from '../claim/job-named.ts'

const HOUR_MS = 3_600_000
/** 2026-11-21T22:00:00Z */
const T0 = 1_795_298_400_000

const factory = standInDocuments({ isSized: true })

type Agent = {
  documents: Documents
  ledger: Ledger
  readonly disk: Map<string, string>
  /** Somebody vouches for its memory. */
  isBelieved: boolean
  jobs: JobDefinition[]
  /** Carries out what documents want; gossip comes back. */
  settle(): Documents['takeEffects'] extends () => infer Effects ? Effects : never
  restart(): void
}

let boots = 0
const jobOf = (name: string, words: Readonly<Record<string, unknown>> = {}): JobDefinition => ({
  ...jobNamed(words).definition,
  name: jobName(name),
})
const usual = jobOf('web.backup')

function agent(name: string): Agent {
  const self = nodeId(name)
  const disk = new Map<string, string>()
  const start = (): { documents: Documents; ledger: Ledger } => {
    const boot = bootId(`boot ${boots++}`)
    const documents = new Documents({ factory, self, boot, random: new Random(boot) })
    documents.listed(disk.keys())
    const retention = retentionOf({
      isLoaded: () => true,
      definition: (named) => made.jobs.find((one) => one.name === named),
      definitions: () => made.jobs,
    })
    const isBelieved = () => made.isBelieved
    return { documents, ledger: new Ledger(documents, { self, retention, isBelieved }) }
  }
  const made: Agent = {
    ...start(),
    disk,
    isBelieved: true,
    jobs: [usual],
    settle() {
      const first = made.documents.takeEffects()
      for (let effects = first; ; effects = made.documents.takeEffects()) {
        for (const effect of effects.store) {
          if (effect.kind === 'persist') disk.set(effect.log, (disk.get(effect.log) ?? '') + effect.lines)
          else if (effect.kind === 'rewrite') disk.set(effect.log, effect.lines)
          else if (effect.kind === 'remove') disk.delete(effect.log)
        }
        made.ledger.onChanged(effects.changed)
        if (effects.loads.length + effects.changed.length === 0) return first
        for (const log of effects.loads) made.documents.recover(log, disk.get(log) ?? '')
      }
    },
    restart() {
      Object.assign(made, start())
      made.settle()
    },
  }
  return made
}

function run(
  of: { readonly job?: string; readonly slotMs: number; readonly token: number; readonly node?: string },
  outcome: Outcome | null,
): HeldRun {
  const node = nodeId(of.node ?? 'one')
  return {
    job: jobName(of.job ?? 'web.backup'),
    startAtMs: of.slotMs,
    entry: {
      unit: `s${of.slotMs}`,
      incarnation: 1,
      slotMs: of.slotMs,
      label: 'label',
      attempt: 1,
      startByMs: of.slotMs + 60_000,
      node,
      session: sessionId({ nodeId: node, bootNo: 1, k: 1 }),
      opId: opId('op'),
      token: of.token,
      run: of.token,
    },
    isLeased: false,
    revision: '1:one:x',
    plan: [{ name: 'a', command: 'true', requires: [], fault: null }],
    actions: { a: { kind: 'started', atMs: of.slotMs + 5, pid: 7 } },
    phase: outcome === null ? 'running' : 'ended',
    outcome,
  }
}

const states = (ledger: Ledger, job = 'web.backup', limit = 10): string[] =>
  ledger.index.ofJob(jobName(job), limit).map(({ slotMs, records }) => {
    const shown = records.map((record) =>
      record.kind === 'run' ? `${record.run} ${record.state}` : record.why,
    )
    return `${(slotMs - T0) / 1000}s: ${shown.join(', ')}`
  })
const ledgerIds = (one: Agent): string[] => [...one.documents.ids()].sort()

describe('the ledger', () => {
  it('W4: says nothing of a run that an older image of a disk holds before somebody vouches for it', () => {
    const one = agent('one')
    one.isBelieved = false
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, null), T0 + 10)
    one.ledger.writeHeldBack()
    expect(states(one.ledger)).toEqual([])
    one.isBelieved = true
    one.ledger.writeHeldBack()
    expect(states(one.ledger)).toEqual(['0s: 1 running'])
  })

  it('keeps the word of who held a run beside what a vote decided of it, in whichever order it writes them', () => {
    const one = agent('one')
    const held = run({ slotMs: T0, token: 1 }, { kind: 'unknown', why: 'nobody saw how it ended' })
    const lost = [
      { kind: 'ended', version: 3, atMs: T0 + 9_000, entry: held.entry, outcome: { kind: 'lost' } },
    ] as const
    one.ledger.recordDecisions('web.backup', lost, { atMs: T0 + 9_000, isLocal: false })
    one.ledger.recordRun(held, T0 + 2_000)
    one.ledger.recordDecisions('web.backup', lost, { atMs: T0 + 9_500, isLocal: false })
    const two = agent('two')
    for (const gossip of one.settle().gossips) two.documents.onGossip(nodeId('one'), gossip, 0)
    two.settle()
    const both = ['0s: 1 lost, 1 unknown']
    expect([states(one.ledger), states(two.ledger)]).toEqual([both, both])
  })

  it('shows a run as it goes on, on every agent', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, null), T0 + 10)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    expect([states(one.ledger), states(two.ledger)]).toEqual([['0s: 1 running'], ['0s: 1 running']])
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0 + 2000)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    expect([states(one.ledger), states(two.ledger)]).toEqual([['0s: 1 succeeded'], ['0s: 1 succeeded']])
    expect(ledgerIds(two)).toEqual(['runs/2026-11-21T22/0'])
  })

  it('lists newest slots first, of one job and of all, whatever order they came in', () => {
    const one = agent('one')
    for (const at of [3, 1, 2])
      one.ledger.recordRun(run({ slotMs: T0 + at * 1000, token: at }, { kind: 'succeeded' }), T0)
    one.ledger.recordRun(run({ job: 'web.other', slotMs: T0 + 2500, token: 1 }, null), T0)
    one.settle()
    expect(states(one.ledger, 'web.backup', 2)).toEqual(['3s: 3 succeeded', '2s: 2 succeeded'])
    expect(
      [...one.ledger.index.newest(null, null)].slice(0, 3).map(({ slotMs }) => (slotMs - T0) / 1000),
    ).toEqual([3, 2.5, 2])
  })

  it('keeps what its own node wrote of a run when the same step finds the run decided', () => {
    // Seeds 4 and 24: runs of all-nodes jobs, decided at home, were shown without their start and their actions.
    const one = agent('one')
    const ended = run({ slotMs: T0, token: 1 }, { kind: 'succeeded' })
    one.ledger.recordRun(ended, T0 + 10)
    const decision = {
      kind: 'ended',
      version: 2,
      atMs: T0 + 10,
      entry: ended.entry,
      outcome: { kind: 'succeeded' },
    } as const
    one.ledger.recordDecisions(ended.job, [decision], { atMs: T0 + 10, isLocal: false })
    one.settle()
    const [record, ...others] = one.ledger.index.ofJob(ended.job, 1)[0]!.records
    expect(others).toEqual([])
    expect(record).toMatchObject({ state: 'succeeded', startedAtMs: T0 + 5, actions: [{ name: 'a' }] })
  })

  it('begins another part when one is full', () => {
    const one = agent('one')
    for (let at = 0; at < ledgerLimits.recordsPerPart + 5; at++)
      one.ledger.recordRun(run({ slotMs: T0 + at * 1000, token: at }, null), T0 + 10)
    expect(ledgerIds(one)).toEqual(['runs/2026-11-21T22/0', 'runs/2026-11-21T22/1'])
    expect(one.documents.get('runs/2026-11-21T22/0')!.size).toBe(ledgerLimits.recordsPerPart)
  })

  it('ends a run where it began, hours and a restart later, and nowhere else', () => {
    const one = agent('one')
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, null), T0 + 10)
    one.settle()
    const laterMs = T0 + 9 * HOUR_MS
    for (const atMs of [T0 + 4 * HOUR_MS, laterMs]) {
      one.ledger.onTick(atMs)
      one.settle()
      expect([...one.documents.openIds()]).toEqual(['runs/2026-11-21T22/0'])
      one.restart()
    }
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), laterMs)
    one.settle()
    expect([ledgerIds(one), states(one.ledger)]).toEqual([['runs/2026-11-21T22/0'], ['0s: 1 succeeded']])
    one.ledger.onTick(laterMs)
    expect([...one.documents.openIds()]).toEqual([])
  })

  it('writes what was caught up late into the hour in which it is written', () => {
    const one = agent('one')
    one.ledger.recordRun(run({ slotMs: T0 - 20 * HOUR_MS, token: 1 }, null), T0 + 10)
    expect(ledgerIds(one)).toEqual(['runs/2026-11-21T22/0'])
  })

  it('closes hours that are over, and shows them again after a restart', () => {
    const one = agent('one')
    for (let hour = 0; hour < 6; hour++)
      one.ledger.recordRun(
        run({ slotMs: T0 + hour * HOUR_MS, token: hour }, { kind: 'succeeded' }),
        T0 + hour * HOUR_MS,
      )
    one.settle()
    one.ledger.onTick(T0 + 6 * HOUR_MS)
    one.settle()
    expect([...one.documents.openIds()]).toEqual(['runs/2026-11-22T02/0', 'runs/2026-11-22T03/0'])
    one.restart()
    expect(states(one.ledger)).toHaveLength(2)
    for (let tick = 0; tick < 3; tick++) {
      one.ledger.onTick(T0 + 6 * HOUR_MS + tick * 1000)
      one.settle()
    }
    expect(states(one.ledger)).toHaveLength(6)
    one.ledger.onTick(T0 + 6 * HOUR_MS + 5000)
    expect([...one.documents.openIds()]).toHaveLength(2)
  })

  it('drops hours whole that are older than is kept', () => {
    const one = agent('one')
    for (const hour of [0, 1])
      one.ledger.recordRun(run({ slotMs: T0, token: hour }, { kind: 'succeeded' }), T0 + hour * HOUR_MS)
    one.settle()
    const dropAtMs = T0 + ledgerLimits.keepMs + HOUR_MS
    // Before a majority told the time nothing is old.
    one.ledger.onTick(null)
    // A job that keeps its runs longer may not be known yet.
    one.ledger.onTick(dropAtMs - ledgerLimits.sweepFirstMs)
    one.settle()
    expect(ledgerIds(one)).toHaveLength(2)
    one.ledger.onTick(dropAtMs)
    one.settle()
    expect(ledgerIds(one)).toEqual(['runs/2026-11-21T23/0'])
  })

  it('keeps hours for as long as any job wants, and lists of each job what it wants', () => {
    const one = agent('one')
    one.jobs = [
      jobOf('web.short', { keep_runs_for: '1h' }),
      jobOf('web.long', { keep_runs_for: '90d' }),
      jobOf('web.few', { run_limit: 2 }),
    ]
    for (const [token, name] of ['web.short', 'web.long', 'web.few', 'web.few', 'web.few'].entries())
      one.ledger.recordRun(
        run({ job: name, slotMs: T0 + token * 1000, token }, { kind: 'succeeded' }),
        T0 + token * 1000,
      )
    one.settle()
    const listed = () => [...one.ledger.index.newest(null, null)].map(({ name }) => name.split(' ')[0])
    expect(states(one.ledger, 'web.few')).toEqual(['4s: 4 succeeded', '3s: 3 succeeded'])
    expect(listed()).toHaveLength(4)
    const sweep = (atMs: number) => {
      one.ledger.onTick(atMs - ledgerLimits.sweepFirstMs)
      one.ledger.onTick(atMs)
      one.settle()
    }
    sweep(T0 + 2 * HOUR_MS)
    expect([states(one.ledger, 'web.short'), listed().length]).toEqual([[], 3])
    sweep(T0 + ledgerLimits.keepMs + 2 * HOUR_MS)
    expect([states(one.ledger, 'web.long').length, states(one.ledger, 'web.few').length]).toEqual([1, 0])
    expect(ledgerIds(one)).toHaveLength(1)
    sweep(T0 + 3 * ledgerLimits.keepMs + 2 * HOUR_MS)
    expect([listed(), ledgerIds(one)]).toEqual([[], []])
  })

  it('lists the same runs of one slot on every agent, in whatever order their records came', () => {
    const tokens = [9, 10, 11, 8]
    const lists = [tokens, tokens.toReversed()].map((order) => {
      const one = agent('one')
      one.jobs = [jobOf('web.few', { run_limit: 2 })]
      for (const token of order)
        one.ledger.recordRun(run({ job: 'web.few', slotMs: T0, token }, { kind: 'succeeded' }), T0 + token)
      one.settle()
      return [...one.ledger.index.newest(null, null)].map(({ name }) => name)
    })
    expect(lists[0]).toEqual([expect.stringMatching(/#11\.1$/), expect.stringMatching(/#10\.1$/)])
    expect(lists[1]).toEqual(lists[0])
  })

  it('drops nothing while no job is known', () => {
    const one = agent('one')
    one.jobs = []
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0)
    one.settle()
    one.ledger.onTick(T0)
    one.ledger.onTick(T0 + 2 * ledgerLimits.keepMs)
    one.settle()
    expect(ledgerIds(one)).toHaveLength(1)
  })

  it('writes a decision that nobody has written, once', () => {
    const [one, two] = [agent('one'), agent('two')]
    const decision = {
      kind: 'not-run',
      version: 4,
      atMs: T0,
      why: 'missed',
      fromMs: T0,
      toMs: T0 + 5000,
      count: 6,
    } as const
    const at = { atMs: T0 + 10, isLocal: false }
    one.ledger.recordDecisions('web.backup', [decision], at)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    for (const each of [one, two]) {
      each.ledger.recordDecisions('web.backup', [decision], at)
      expect(each.settle().gossips).toEqual([])
    }
    expect([states(one.ledger), states(two.ledger)]).toEqual([['5s: missed'], ['5s: missed']])
  })

  it('adds what the holder reports late to what others declared lost', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, null), T0 + 10)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    const { entry } = run({ slotMs: T0, token: 1 }, null)
    const lost = { kind: 'ended', version: 4, atMs: T0 + 30_000, entry, outcome: { kind: 'lost' } } as const
    two.ledger.recordDecisions('web.backup', [lost], { atMs: T0 + 30_000, isLocal: false })
    one.documents.onGossip(nodeId('two'), two.settle().gossips[0]!, 0)
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0 + 60_000)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    for (const each of [one, two]) expect(states(each.ledger)).toEqual(['0s: 1 succeeded, 1 lost'])
  })

  it('tells as unknown what went on when it vanished, until its holder tells the truth', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, null), T0 + 10)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    const [running] = two.ledger.running()
    const named = (isAway: boolean) =>
      runNamed('web.backup.1', { ledger: two.ledger, nameOf: (node) => node, isAway: () => isAway })?.record
        .state
    expect(running).toMatchObject({
      subject: 'web.backup#1.1',
      job: 'web.backup',
      node: 'one',
      run: 1,
      attempt: 1,
    })
    two.ledger.recordVanished(running!, T0 + 60_000)
    two.settle()
    expect([states(two.ledger), two.ledger.running()]).toEqual([['0s: 1 running, 1 unknown'], []])
    // What is done about it is done to a run that is over, unless its holder is back and can be asked.
    expect([named(true), named(false)]).toEqual(['unknown', 'running'])
    const { entry } = run({ slotMs: T0, token: 1 }, null)
    const lost = { kind: 'ended', version: 4, atMs: T0 + 30_000, entry, outcome: { kind: 'lost' } } as const
    const shown = () => runView(two.ledger.index.ofJob(jobName('web.backup'), 1)[0]!, String)
    expect(shown()).toMatchObject({ state: 'unknown', isLateReport: false })
    const three = agent('three')
    three.ledger.recordDecisions('web.backup', [lost], { atMs: T0 + 30_000, isLocal: false })
    two.documents.onGossip(nodeId('three'), three.settle().gossips[0]!, 0)
    two.settle()
    expect(shown()).toMatchObject({ state: 'lost', isLateReport: false })
    expect(named(true)).toBe('lost')
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0 + 70_000)
    two.documents.onGossip(nodeId('one'), one.settle().gossips[0]!, 0)
    two.settle()
    expect(shown()).toMatchObject({ state: 'succeeded', isLateReport: true })
    two.ledger.recordVanished(running!, T0 + 80_000)
    expect(two.settle().gossips).toEqual([])
  })

  it('does not let an old record of a writer stand over its newer one', () => {
    const one = agent('one')
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0 + 500)
    one.settle()
    const subject = one.ledger.index.ofJob(jobName('web.backup'), 1)[0]!
    const [record] = subject.records
    if (record?.kind !== 'run') throw new Error('a run was recorded')
    one.ledger.index.add({ ...record, state: 'running', writtenAtMs: T0 + 900 })
    one.ledger.index.add({ ...record, state: 'failed', writtenAtMs: T0 + 400 })
    expect(one.ledger.index.about(subjectOf(record))).toEqual([record])
  })

  it('lets no agent on an older image of its disk write another end over the one it told', () => {
    const [one, two, old] = [agent('one'), agent('two'), agent('one')]
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'cancelled', why: '' }), T0 + 500)
    const told = one.settle().gossips[0]!
    for (const each of [two, old]) {
      each.documents.onGossip(nodeId('one'), told, 0)
      each.settle()
    }
    old.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'failed', why: '' }), T0 + 9000)
    expect(old.settle().gossips).toEqual([])
    for (const each of [two, old]) expect(states(each.ledger)).toEqual(['0s: 1 cancelled'])
  })

  it('tells how a number ended that was given again to another slot, whatever the first one came to', () => {
    const one = agent('one')
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0 + 500)
    one.ledger.recordRun(run({ slotMs: T0 + 60_000, token: 1 }, { kind: 'failed', why: '' }), T0 + 60_500)
    expect(one.settle().gossips).toHaveLength(1)
    expect(states(one.ledger)).toEqual(['60s: 1 failed'])
  })

  it('files a number anew that was given again, by an agent on an older image of its disk', () => {
    const one = agent('one')
    const { index } = one.ledger
    one.ledger.recordRun(run({ slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0 + 500)
    one.ledger.recordRun(run({ slotMs: T0 + 2000, token: 2 }, { kind: 'succeeded' }), T0 + 2500)
    one.settle()
    const record = index.ofJob(jobName('web.backup'), 2)[1]!.records[0]!
    if (record.kind !== 'run') throw new Error('a run was recorded')
    index.add({ ...record, slotMs: T0 + 4000, writtenAtMs: T0 + 4500 })
    const slots = (of: typeof index) =>
      [of.ofJob(jobName('web.backup'), 3), [...of.newest(null, null)]].map((list) =>
        list.map(({ slotMs }) => slotMs - T0),
      )
    expect(slots(index)).toEqual([
      [4000, 2000],
      [4000, 2000],
    ])
    // Given again to another node: whoever hears of the later one first knows the same.
    const later = { ...record, node: nodeId('two'), writer: nodeId('two'), writtenAtMs: T0 + 6500 }
    index.add({ ...later, slotMs: T0 + 6000 })
    index.add({ ...record, slotMs: T0, writtenAtMs: T0 + 7000, state: 'running' })
    expect(slots(index)[0]).toEqual([6000, 2000])
  })

  it('passes over entries that are no records', () => {
    const one = agent('one')
    one.documents.put(
      'runs/2026-11-21T22/0',
      [
        ['x', 'not json'],
        ['y', '{"kind":"later version"}'],
        ['z', 'null'],
      ],
      T0,
    )
    expect([one.settle().reports, one.ledger.index.size]).toEqual([[], 0])
  })

  it('lists the newest runs of a job also where older ones were forgotten and came again', () => {
    const one = agent('one')
    const { index } = one.ledger
    const daily = jobName('web.daily')
    one.ledger.recordRun(run({ job: daily, slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0)
    one.settle()
    const record = index.ofJob(daily, 1)[0]!.records[0]!
    if (record.kind !== 'run') throw new Error('a run was recorded')
    const day = (at: number) => ({ ...record, run: at, slotMs: T0 + at * 1000 })
    for (let at = 2; at <= 6; at++) index.add(day(at))
    index.sweep(() => Infinity)
    for (let at = 1; at <= 6; at++) index.add(day(at))
    for (let at = 1; at <= ledgerLimits.recordsIndexed; at++)
      index.add({ ...record, job: jobName(`web.job${at % 300}`), run: at, slotMs: T0 + at * 1000 })
    expect(index.ofJob(daily, 1).map(({ slotMs }) => slotMs)).toEqual([T0 + 6000])
  })

  it('keeps its index bounded, and the few records of a job that runs seldom', () => {
    const one = agent('one')
    const { index } = one.ledger
    one.ledger.recordRun(run({ job: 'web.yearly', slotMs: T0, token: 1 }, { kind: 'succeeded' }), T0)
    one.settle()
    const record = index.ofJob(jobName('web.yearly'), 1)[0]!.records[0]!
    if (record.kind !== 'run') throw new Error('a run was recorded')
    for (let at = 1; at <= ledgerLimits.recordsIndexed + 20_000; at++)
      index.add({ ...record, job: jobName(`web.job${at % 300}`), run: at, slotMs: T0 + at * 1000 })
    expect(index.size).toBeLessThanOrEqual(ledgerLimits.recordsIndexed)
    expect(index.ofJob(jobName('web.yearly'), 5)).toHaveLength(1)
    expect([...index.newest(null, null)].map(({ slotMs }) => slotMs - T0)[0]).toBe(
      (ledgerLimits.recordsIndexed + 20_000) * 1000,
    )
  })
})
