// What one agent asks of registers, and when it may ask at all.

import { expect, test } from 'vitest'
import { bootId, clusterId, nodeId, opId, storageId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import { Capacity } from '../../../lib/claim/capacity.ts'
import { ClaimPace } from '../../../lib/claim/claim-pace.ts'
import { Proposals } from '../../../lib/claim/proposals.ts'
import { SessionHolder } from '../../../lib/claim/session-holder.ts'
import { Roster } from '../../../lib/membership/roster.ts'
import { configurationOf } from './vote-bench.ts'

test('W4: nothing is asked of the witnesses before a majority of them vouched for the agent', () => {
  const self = {
    nodeId: nodeId('a'),
    clusterId: clusterId('c'),
    storageId: storageId('disk-a'),
    bootNo: 2,
    bootId: bootId('second'),
    canWitness: false,
    name: 'a',
    version: '',
  }
  let isVouched = false
  let asked = 0
  const proposals = new Proposals({
    node: {
      self,
      foundWitnesses: null,
      settings: defaultClaimSettings,
      journal: new Journal('journal'),
      random: new Random('proposals'),
      roster: new Roster(self.nodeId),
      session: new SessionHolder(self, defaultClaimSettings),
      isLoaded: () => true,
      job: () => undefined,
      jobKeys: () => [],
      definitionAt: () => undefined,
      instances: {
        revision: () => null,
        mayTake: () => false,
        onNews: () => undefined,
        settled: () => undefined,
      },
      send: () => undefined,
      gossip: () => undefined,
      setTimer: () => undefined,
      granted: () => undefined,
      settled: () => undefined,
      ledger: { recordDecisions: () => undefined, isRecorded: () => true, ranPartitioned: () => [] },
      holdsRunOf: () => false,
      knowsRun: () => false,
      replaced: () => undefined,
      sessionBegan: () => undefined,
      sessionExtended: () => undefined,
      configured: () => undefined,
      quarantined: () => undefined,
      maxRunning: null,
      heldJobs: () => [],
    },
    pace: new ClaimPace(defaultClaimSettings),
    capacity: new Capacity({ maxRunning: null, job: () => undefined, heldJobs: () => [] }),
    caretaker: () => null,
    expiry: (_key, work) => ({ kind: 'expire', ...work }),
    tellFull: () => undefined,
    hasMajority: () => true,
    isPartitioned: () => false,
    isAlone: () => false,
    isQuarantined: () => false,
    isVouched: () => isVouched,
    afterWritten: (action) => action(),
    askVotes: () => asked++,
    reconfigured: () => undefined,
  })
  proposals.configure(configurationOf(1, ['w1', 'w2', 'w3']), 0)
  // What an older image of its journal calls granted and not started may have started.
  proposals.propose('shop.report', { kind: 'release', opId: opId('a:1:7'), node: self.nodeId })
  const clock = { nowMs: 1_000, wallMs: 1_000, clusterMs: 1_000 }
  proposals.flush(clock)
  expect(asked).toBe(0)
  isVouched = true
  proposals.flush(clock)
  expect(asked).toBe(1)
})
