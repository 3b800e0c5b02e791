// From the agenda to claims: what is asked for under which name, and when a job is planned again.

import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId, storageId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings, timeLimits, voteLimits } from '../../../lib/base/limits.ts'
import { Capacity } from '../../../lib/claim/capacity.ts'
import type { Caretaker } from '../../../lib/claim/caretaker.ts'
import { ClaimPace } from '../../../lib/claim/claim-pace.ts'
import { Claimant, type PlanTimer } from '../../../lib/claim/claimant.ts'
import type { RegisterNews } from '../../../lib/claim/message.ts'
import type { Proposal } from '../../../lib/claim/proposal.ts'
import type { ScheduledJob } from '../../../lib/claim/scheduled-job.ts'
import { SessionHolder } from '../../../lib/claim/session-holder.ts'
import { Roster } from '../../../lib/membership/roster.ts'
import { HOUR, jobNamed, TEN } from './job-named.ts'
import { configurationOf } from './vote-bench.ts'

const self = { nodeId: nodeId('a'), bootNo: 7 }
const key = 'shop.report'
const settings = defaultClaimSettings

let job: ScheduledJob | undefined
let claimant: Claimant
let proposals: Proposal[]
let timers: { readonly atMs: number; readonly timer: PlanTimer }[]
let session: SessionHolder
let held: string[]
let capacity: Capacity
beforeEach(() => {
  job = jobNamed()
  proposals = []
  timers = []
  held = []
  capacity = new Capacity({ maxRunning: 3, job: () => job, heldJobs: () => held })
  session = new SessionHolder(self, settings)
  const roster = new Roster(self.nodeId)
  const card = { name: 'a', hostname: 'a', labels: {}, addresses: [], version: '', zoneData: '' }
  roster.setCard({ ...card, nodeId: self.nodeId, canWitness: true, bootNo: 7, startedAtMs: 0 })
  claimant = new Claimant({
    self,
    settings,
    pace: new ClaimPace(settings),
    capacity,
    session,
    roster,
    job: () => job,
    definitionAt: () => undefined,
    propose: (proposal) => proposals.push(proposal),
    setTimer: (atMs, timer) => timers.push({ atMs, timer }),
  })
})

/** The only witness renews the session now; the steady clock is cluster time here. */
function renew(nowMs: number): void {
  session.beginRenewal(nowMs)
  const given = {
    kind: 'renewed',
    storageId: storageId('disk-w1'),
    epoch: 1,
    session: session.session,
  } as const
  const answer = { ...given, sentAtMs: nowMs, isAlive: true, ttlMs: settings.sessionTtlMs, wallMs: nowMs }
  session.onRenewed(answer, { nowMs, configuration: configurationOf(1, ['w1']) })
}

const plan = (nowMs: number, caretaker: Caretaker | null = null) =>
  claimant.plan(key, { nowMs, clusterMs: nowMs }, caretaker)
const news = (version: number, cursorMs: number): RegisterNews => ({
  key,
  version,
  cursor: { slotMs: cursorMs, label: '' },
  liveCount: 0,
  pending: [],
})

describe('a node that holds as many runs as it may', () => {
  test('does not ask, and looks again soon: when there is room it asks', () => {
    renew(TEN)
    held = ['shop.other', 'shop.other', 'shop.other']
    plan(TEN)
    expect(proposals).toEqual([])
    expect(capacity.takeUntold(TEN)).toEqual([{ key, unit: `s${TEN}` }])
    expect(timers.at(-1)?.atMs).toBe(TEN + voteLimits.fullAgainMs)
    held = ['shop.other', 'shop.other']
    capacity.recount()
    plan(TEN + voteLimits.fullAgainMs)
    expect(proposals).toHaveLength(1)
  })

  test('counts what it has asked for and not heard of', () => {
    renew(TEN)
    held = ['shop.other', 'shop.other']
    plan(TEN)
    expect(proposals).toHaveLength(1)
    const { unit } = proposals[0]!.change as { unit: string }
    job = jobNamed({ overlap: 'allow', schedule: 'every 1s' })
    plan(TEN + 1_000)
    expect(proposals).toHaveLength(1)
    claimant.onSettled(key, unit)
    plan(TEN + 1_500)
    expect(proposals.length).toBeGreaterThan(1)
  })

  test('asks for what replaces a run of its own, and not for what waits already, of any index', () => {
    renew(TEN)
    job = jobNamed({ overlap: 'replace' })
    held = ['shop.other', 'shop.other', key]
    plan(TEN)
    expect(proposals).toHaveLength(1)
    claimant.onSettled(key, `s${TEN}`)
    const waiting = { slotMs: TEN, label: '', sinceMs: 0, startByMs: TEN + 60_000, releasedBy: null }
    for (const [version, unit] of [`s${TEN}`, `s${TEN}.1`].entries()) {
      claimant.learn({ ...news(version + 1, TEN), pending: [{ ...waiting, unit }] }, 'vote')
      plan(TEN + 1_000 + version)
      expect(proposals).toHaveLength(1)
    }
  })

  test('says why when it passes a slot for which it had no room', () => {
    renew(TEN)
    job = jobNamed({ schedule: 'every 1s', start_deadline: '1s' })
    held = ['shop.other', 'shop.other', 'shop.other']
    plan(TEN)
    held = []
    capacity.recount()
    plan(TEN + 5_000)
    expect(proposals[0]?.change).toMatchObject({ kind: 'claim', passed: 'node-full' })
  })
})

describe('a claim', () => {
  test('P4: is asked under a name of its own, until its start deadline', () => {
    renew(TEN)
    plan(TEN)
    claimant.onRefused(key, proposals[0]!.change as never, 'superseded', TEN)
    plan(TEN + settings.rankDelayMs)
    expect(
      proposals.map(({ change, giveUpAtMs }) => [change.kind === 'claim' && change.opId, giveUpAtMs]),
    ).toEqual([
      ['a:7:1', TEN + 60_000],
      ['a:7:2', TEN + 60_000],
    ])
  })

  test('S1: is not made without a valid session', () => {
    plan(TEN)
    expect(proposals).toEqual([])
    renew(TEN)
    plan(TEN + settings.sessionTtlMs)
    expect(proposals).toEqual([])
  })

  test('P4: that is on its way is not made again', () => {
    renew(TEN)
    for (let second = 0; second < 10; second++) plan(TEN + second * 1_000)
    expect(proposals).toHaveLength(1)
  })
})

describe('plans', () => {
  test('I20: one timer is enough until it rings, however often a job is looked at', () => {
    claimant.learn(news(1, TEN), 'vote')
    for (let n = 0; n < 1_000; n++) plan(TEN + n)
    expect(timers).toHaveLength(1)
    expect(claimant.isCurrent(timers[0]!.timer)).toBe(true)
  })

  test('I20: a slot far away is looked at again and again, so that outdated timers do not pile up', () => {
    job = jobNamed({ schedule: '0 0 1 1 *' })
    plan(TEN)
    expect(timers.map(({ atMs }) => atMs)).toEqual([TEN + timeLimits.planAgainMs])
  })

  test('P7: an earlier instant outdates the timer', () => {
    claimant.learn(news(2, TEN), 'vote')
    plan(TEN + 1)
    claimant.learn(news(1, TEN - HOUR), 'vote')
    plan(TEN - 5_000)
    expect(claimant.isCurrent(timers[0]!.timer)).toBe(false)
    expect(timers.at(-1)!.atMs).toBe(TEN - settings.claimAheadMs)
  })

  test('P8: what nobody started is passed by what this witness itself has accepted, whatever the news say', () => {
    const cursors: number[] = []
    const caretaker: Pick<Caretaker, 'cursorOf' | 'skipDue'> = {
      cursorOf: () => ({ slotMs: TEN - HOUR, label: '' }),
      skipDue: (_, cursor) => {
        cursors.push(cursor.slotMs)
        return { change: null, againAtMs: null }
      },
    }
    claimant.learn(news(9, TEN), nodeId('w2'))
    plan(TEN + 61_000, caretaker as Caretaker)
    expect(cursors).toEqual([TEN - HOUR])
  })
})
