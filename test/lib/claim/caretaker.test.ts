// What a witness does about a session that fell silent: seek the certificate, then have its runs lost, those that
// are to start again only after their lock delay.

import { describe, expect, test } from 'vitest'
import { assert } from '../../../lib/base/assert.ts'
import { bootId, clusterId, jobName, nodeId, opId, sessionId, storageId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Caretaker } from '../../../lib/claim/caretaker.ts'
import {
  emptyRegister,
  slotUnit,
  type Decision,
  type LiveEntry,
  type Register,
} from '../../../lib/claim/register.ts'
import type { ScheduledJob } from '../../../lib/claim/scheduled-job.ts'
import { Witness } from '../../../lib/claim/witness.ts'
import { parsed } from '../definition/parsed.ts'

const self = {
  nodeId: nodeId('w'),
  storageId: storageId('disk'),
  bootId: bootId('b'),
  clusterId: clusterId('c'),
}
const holder = nodeId('a')
const session = sessionId({ nodeId: holder, bootNo: 1, k: 1 })
const ttlMs = 2_000
const settings = { ...defaultClaimSettings, sessionTtlMs: ttlMs }
const key = 'shop.report'
const startMs = 1_000_000
/** From here on the session is silent for too long, and this witness has waited for its turn. */
const silentMs = startMs + ttlMs + 1_000

function scheduled(words: string): ScheduledJob {
  const { jobs, problems } = parsed(
    `jobs: [{name: report, schedule: "0 * * * *", actions: {a: {command: x}}, ${words}}]`,
  )
  assert(jobs.length === 1, JSON.stringify(problems))
  return {
    name: jobName(key),
    definition: jobs[0]!,
    incarnation: 1,
    revision: '1:w:x',
    effectiveFromMs: 0,
    acceptedMs: 0,
    isEnabled: true,
  }
}

/** One witness, its register with one run of the holder's session, and its caretaker; the holder falls silent. */
function bench(
  words: string,
  { attempt = 1, ...overrides }: Partial<Register> & { readonly attempt?: number } = {},
) {
  const witness = new Witness(
    {
      self,
      settings,
      journal: new Journal('journal'),
      isVouched: () => true,
      newestRevision: () => null,
      isPaused: () => false,
    },
    startMs - 10 * ttlMs,
  )
  const configuration = { clusterId: self.clusterId, epoch: 1, members: [self], previous: [], recovery: null }
  witness.configure(configuration)
  const envelope = {
    clusterId: self.clusterId,
    epoch: 1,
    storageId: self.storageId,
    bootNo: 1,
    bootId: bootId('b'),
  }
  const entry: LiveEntry = {
    unit: slotUnit(startMs),
    incarnation: 1,
    slotMs: startMs,
    label: '',
    attempt,
    startByMs: startMs + 60_000,
    node: holder,
    session,
    opId: opId('a:1:1'),
    token: 1,
    run: 1,
    isLeased: true,
  }
  const empty = emptyRegister({ incarnation: 1, effectiveFromMs: 0, revision: '1:w:x' })
  const value = { ...empty, live: [entry], ...overrides }
  const clock = { nowMs: startMs, wallMs: startMs }
  const ballot = { epoch: 1, counter: 1, proposer: 'a:1:x' }
  witness.onVotesAsked(
    holder,
    { kind: 'votes-asked', envelope, prepares: [], accepts: [{ key, ballot, value }] },
    clock,
  )
  witness.onRenew(holder, { kind: 'renew', envelope, session, sentAtMs: 0 }, clock)
  const job = scheduled(words)
  const recorded = new Set<number>()
  let hasEligible = true
  const caretaker = new Caretaker({
    self: self.nodeId,
    rankDelayMs: () => settings.rankDelayMs,
    witness,
    job: () => job,
    isPaused: () => false,
    hasEligible: () => hasEligible,
    mayTake: () => true,
    isRecorded: (_, decision) => recorded.has(decision.version),
  })
  caretaker.configure(configuration)
  return {
    caretaker,
    job,
    recorded,
    mayRunNowhere: () => {
      hasEligible = false
    },
    scan: (nowMs: number) => caretaker.scan({ nowMs, clusterMs: nowMs }),
    /** The holder's next start is heard of. */
    renewAs: (bootNo: number) => {
      const next = sessionId({ nodeId: holder, bootNo, k: 1 })
      const boot = { ...envelope, bootNo, bootId: bootId(`b${bootNo}`) }
      witness.onRenew(holder, { kind: 'renew', envelope: boot, session: next, sentAtMs: 0 }, clock)
    },
    certify: (nowMs: number) => {
      const asked = { kind: 'ask-expired', envelope, session } as const
      const answer = witness.onAskExpired(self.nodeId, asked, nowMs)
      if (answer.kind === 'expired-answer') caretaker.onExpiredAnswer(answer, nowMs)
    },
  }
}

const lose = (certifiedForMs: number) => ({
  kind: 'propose',
  key,
  change: { kind: 'lose', token: 1, session, certifiedForMs },
})

describe('a silent session', () => {
  test('is let be while its time lasts, and then asked about', () => {
    const { scan } = bench('overlap: skip')
    expect(scan(startMs + ttlMs)).toEqual([])
    scan(startMs + ttlMs + 1)
    expect(scan(silentMs)).toEqual([{ kind: 'ask-expired', session }])
  })

  test('loses its run as soon as it is certified dead', () => {
    const { scan, certify } = bench('overlap: skip')
    scan(startMs + ttlMs + 1)
    certify(silentMs)
    expect(scan(silentMs)).toEqual([lose(0)])
  })

  test('loses a run that is to start again when the lock delay is over, and not before', () => {
    const { scan, certify } = bench('if_lost: rerun, lock_delay: 3s')
    scan(startMs + ttlMs + 1)
    certify(silentMs)
    expect(scan(silentMs)).toEqual([])
    certify(silentMs + 1_000)
    expect(scan(silentMs + 2_999)).toEqual([])
    expect(scan(silentMs + 3_000)).toEqual([lose(3_000)])
  })

  test('loses the last attempt at once: nothing is going to start', () => {
    const { scan, certify } = bench('if_lost: rerun, lock_delay: 3s, lost_attempts: 2', { attempt: 2 })
    scan(startMs + ttlMs + 1)
    certify(silentMs)
    expect(scan(silentMs)).toEqual([lose(0)])
  })
})

describe('P9: work that waits', () => {
  const waiting = {
    unit: 'm1',
    incarnation: 1,
    slotMs: startMs,
    label: '',
    attempt: 1,
    run: null,
    sinceMs: startMs,
  }
  const pending = [{ ...waiting, startByMs: startMs + 5_000, releasedBy: null }]

  test('P9: expires when its start deadline is over, and not before', () => {
    const { scan } = bench('overlap: skip', { live: [], pending })
    expect(scan(startMs + 5_000)).toEqual([])
    expect(scan(startMs + 6_000)).toEqual([
      { kind: 'propose', key, change: { kind: 'expire', unit: 'm1', startByMs: startMs + 5_000 } },
    ])
  })
})

describe('P8: slots that nobody started', () => {
  const hour = 3_600_000
  const ten = Date.UTC(2026, 10, 21, 10)
  const cursor = { slotMs: ten - hour, label: '' }
  const skipAt = (clusterMs: number, isNowhere = false) => {
    const { caretaker, job, mayRunNowhere } = bench('overlap: skip, catch_up: none')
    if (isNowhere) mayRunNowhere()
    return caretaker.skipDue(job, cursor, { nowMs: clusterMs, clusterMs })
  }

  test('P8: are passed once they can no longer start, after this witness has waited for its turn', () => {
    expect(skipAt(ten + 59_999)).toEqual({ change: null, againAtMs: ten + 60_000 })
    const { change, againAtMs } = skipAt(ten + 60_000)
    expect(change).toBeNull()
    expect(skipAt(againAtMs!).change).toMatchObject({ kind: 'skip', to: { slotMs: ten }, why: 'missed' })
  })

  test('P8: are passed as such when there is no node that may run them', () => {
    expect(skipAt(ten + 62_000, true).change).toMatchObject({ why: 'no-eligible-node' })
  })

  test.each([
    ['node-full', ten, ten + 60_000],
    ['missed', ten - hour, ten + 60_000],
    ['missed', ten, ten],
  ])(
    'P8: are %s where a node said so of the slot at %d at %d, not of another and not long ago',
    (why, slotMs, saidAtMs) => {
      const { caretaker, job } = bench('overlap: skip, catch_up: none')
      caretaker.onFull([{ key, unit: `s${slotMs}` }], saidAtMs)
      const atMs = ten + 62_000
      expect(caretaker.skipDue(job, cursor, { nowMs: atMs, clusterMs: atMs }).change).toMatchObject({ why })
    },
  )

  test('P8: are passed all at once when there are many, but for those that may still start', () => {
    expect(skipAt(ten + 5 * hour + 30_000).change).toMatchObject({ to: { slotMs: ten + 4 * hour } })
  })
})

describe('S6, P9: entries of a node that has a newer session', () => {
  test('P9: are reported to it each second, whatever their own session still lasts', () => {
    const { scan } = bench('overlap: skip', { live: [] })
    expect(scan(startMs + 1_000)).toEqual([])
    const old = bench('overlap: skip')
    old.renewAs(2)
    const message = { kind: 'entry-found', key, token: 1, opId: 'a:1:1', isReplaced: false }
    const told = { kind: 'tell', to: holder, message }
    expect(old.scan(startMs + 1_000)).toEqual([told])
    expect(old.scan(startMs + 2_000)).toEqual([told])
  })
})

describe('S4: a certificate', () => {
  test('S4: is the word of a majority of one epoch: words of two epochs are not counted together', () => {
    const { caretaker, scan } = bench('overlap: skip')
    const members = ['w', 'x', 'y'].map((name) => ({ nodeId: nodeId(name), storageId: storageId(name) }))
    const epoch = (number: number) => ({
      clusterId: self.clusterId,
      epoch: number,
      members,
      previous: [],
      recovery: null,
    })
    const say = (disk: string, number: number, isExpired = true) =>
      caretaker.onExpiredAnswer(
        { kind: 'expired-answer', storageId: storageId(disk), epoch: number, session, isExpired },
        silentMs,
      )
    scan(startMs + ttlMs + 1)
    caretaker.configure(epoch(1))
    say('w', 1)
    say('w', 1)
    say('y', 1, false)
    say('stranger', 1)
    caretaker.configure(epoch(2))
    say('x', 1)
    say('y', 2)
    expect(scan(silentMs + 5_000)).toEqual([{ kind: 'ask-expired', session }])
    say('w', 2)
    expect(scan(silentMs + 5_000)).toMatchObject([{ change: { kind: 'lose' } }])
  })
})

describe('I21: decisions', () => {
  const decision: Decision = {
    kind: 'not-run',
    version: 5,
    atMs: startMs,
    why: 'missed',
    fromMs: startMs,
    toMs: startMs,
    count: 1,
  }
  const look = { kind: 'propose', key, change: { kind: 'look' } }

  test('I21: that the ledger lacks for a while are looked for, so that somebody writes them down', () => {
    const { scan } = bench('overlap: skip', { live: [], untold: [decision] })
    expect(scan(startMs + 1_000)).toEqual([])
    expect(scan(startMs + 20_000)).toEqual([look])
    expect(scan(startMs + 21_000)).toEqual([])
  })

  test('I21: that are written down by then are let be', () => {
    const { scan, recorded } = bench('overlap: skip', { live: [], untold: [decision] })
    scan(startMs + 1_000)
    recorded.add(5)
    expect(scan(startMs + 20_000)).toEqual([])
  })
})
