// What a witness does about a session that fell silent: seek the certificate, then have its runs lost, those that
// are to start again only after their lock delay.

import { describe, expect, test } from 'vitest'
import { assert } from '../../../lib/base/assert.ts'
import { bootId, clusterId, jobName, nodeId, opId, sessionId, storageId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Caretaker } from '../../../lib/claim/caretaker.ts'
import { emptyRegister, slotUnit, type LiveEntry } from '../../../lib/claim/register.ts'
import type { ScheduledJob } from '../../../lib/claim/scheduled-job.ts'
import { Witness } from '../../../lib/claim/witness.ts'
import { parsed } from '../definition/parsed.ts'

const self = { nodeId: nodeId('w'), storageId: storageId('disk'), clusterId: clusterId('c') }
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
    isEnabled: true,
  }
}

/** One witness, its register with one run of the holder's session, and its caretaker; the holder falls silent. */
function bench(words: string, attempt = 1) {
  const witness = new Witness(
    { self, settings, journal: new Journal('journal'), isVouched: () => true, newestRevision: () => null },
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
  }
  const value = { ...emptyRegister({ incarnation: 1, effectiveFromMs: 0, revision: '1:w:x' }), live: [entry] }
  const clock = { nowMs: startMs, wallMs: startMs }
  const ballot = { epoch: 1, counter: 1, proposer: 'a:1:x' }
  witness.onVotesAsked(
    holder,
    { kind: 'votes-asked', envelope, prepares: [], accepts: [{ key, ballot, value }] },
    clock,
  )
  witness.onRenew(holder, { kind: 'renew', envelope, session, sentAtMs: 0 }, clock)
  const job = scheduled(words)
  const caretaker = new Caretaker({
    self: self.nodeId,
    settings,
    witness,
    job: () => job,
    hasEligible: () => true,
  })
  caretaker.configure(configuration)
  return {
    scan: (nowMs: number) => caretaker.scan({ nowMs, clusterMs: nowMs }),
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
    const { scan, certify } = bench('if_lost: rerun, lock_delay: 3s, lost_attempts: 2', 2)
    scan(startMs + ttlMs + 1)
    certify(silentMs)
    expect(scan(silentMs)).toEqual([lose(0)])
  })
})
