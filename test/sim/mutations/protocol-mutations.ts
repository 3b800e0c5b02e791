// The faults of a protocol such as this one that others have shipped or that were found while it was made: each is
// planted in a copy of the core and must be caught by the directed tests named beside it. One patch, one fault.

import type { Mutation } from './mutation.ts'
import { serviceMutations } from './service-mutations.ts'

export type ProtocolMutation = Mutation & {
  /** The directed test, below test/lib/. */
  readonly caughtBy: string
}

const ACCEPTOR: readonly ProtocolMutation[] = [
  {
    name: 'promise-of-an-equal-ballot',
    file: 'claim/acceptor.ts',
    from: 'if (state !== undefined && !isHigher(ballot, state.promised))',
    to: 'if (state !== undefined && isHigher(state.promised, ballot))',
    caughtBy: 'claim/acceptor.test.ts',
  },
  {
    name: 'accept-below-the-promise',
    file: 'claim/acceptor.ts',
    from: 'if (state !== undefined && isHigher(state.promised, ballot))',
    to: 'if (state?.accepted && isHigher(state.accepted, ballot))',
    caughtBy: 'claim/acceptor.test.ts',
  },
  {
    name: 'two-values-under-one-ballot',
    file: 'claim/acceptor.ts',
    from: 'assert(JSON.stringify(state.value) === JSON.stringify(value), `I1: one value per ballot (${key})`)',
    to: '',
    caughtBy: 'claim/acceptor.test.ts',
  },
  {
    name: 'promises-carried-into-the-next-epoch',
    file: 'claim/acceptor.ts',
    from: 'const state: AcceptorState = { promised: accepted, accepted, value }',
    to: 'const state: AcceptorState = { promised: { ...accepted, epoch: accepted.epoch + 1, counter: 1e9 }, accepted, value }',
    caughtBy: 'claim/acceptor.test.ts',
  },
]

const WITNESS: readonly ProtocolMutation[] = [
  {
    name: 'reply-before-sync',
    file: 'node.ts',
    from: '    const effects: Effect[] = [...stages.journal.takeEffects(), ...store, ...loads, ...rest]',
    to: '    const effects: Effect[] = [...rest, ...stages.journal.takeEffects(), ...store, ...loads]',
    caughtBy: 'node.test.ts',
  },
  {
    name: 'reply-without-a-record',
    file: 'claim/witness.ts',
    from: `    this.#save()
    const { epoch } = asked.envelope
    const { storageId, bootId } = this.#options.self`,
    to: `    const { epoch } = asked.envelope
    const { storageId, bootId } = this.#options.self`,
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'another-disk-is-the-same-witness',
    file: 'claim/configuration.ts',
    from: 'return left.nodeId === right.nodeId && left.storageId === right.storageId',
    to: 'return left.nodeId === right.nodeId',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'storage-not-checked',
    file: 'claim/witness.ts',
    from: `    if (envelope.storageId !== this.#options.self.storageId) return refuse('other-storage')`,
    to: '',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'cluster-not-checked',
    file: 'claim/witness.ts',
    from: `    if (envelope.clusterId !== this.#options.self.clusterId) return refuse('other-cluster')`,
    to: '',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'ballots-of-another-epoch-taken',
    file: 'claim/witness.ts',
    from: '    const refused = this.#refuse(from, asked.envelope) ?? this.#refuseBallots(asked)',
    to: '    const refused = this.#refuse(from, asked.envelope)',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'older-boots-admitted',
    file: 'claim/session-witness.ts',
    from: 'if (boot.bootNo < mark.bootNo) return false',
    to: '',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'no-vouching',
    file: 'claim/vouching.ts',
    from: 'return believing.length >= majorityOf({ members })',
    to: 'return believing.length >= 0',
    caughtBy: 'claim/vouching.test.ts',
  },
  {
    name: 'vouched-for-by-the-next-epoch-only',
    file: 'claim/claims.ts',
    from: `    if (message.kind === 'seal') this.#vouching.ask({ members: message.next.previous })\n`,
    to: '',
    caughtBy: 'node.test.ts',
  },
  {
    name: 'superseded-and-not-fetched',
    file: 'claim/proposals.ts',
    from: "if (answer.kind === 'refused' && answer.because === 'superseded') this",
    to: "if (answer.kind === 'unknown') this",
    caughtBy: 'claim/proposals.test.ts',
  },
  {
    name: 'changes-asked-before-anybody-vouched',
    file: 'claim/proposals.ts',
    from: 'this.#proposer.take(believed)',
    to: 'this.#proposer.take(clock)',
    caughtBy: 'claim/proposals.test.ts',
  },
  {
    name: 'claims-from-the-future-accepted',
    file: 'claim/judge.ts',
    from: `return offByMs > 0 ? { kind: 'refused', because: 'clock', offByMs } : null
}

function stillStartable`,
    to: `return offByMs > Infinity ? { kind: 'refused', because: 'clock', offByMs } : null
}

function stillStartable`,
    caughtBy: 'claim/judge.test.ts',
  },
  {
    name: 'startable-slots-skipped',
    file: 'claim/judge.ts',
    from: 'const offByMs = startByMs - (wallMs + voteLimits.clockBehindSlackMs)',
    to: 'const offByMs = startByMs - (startByMs + wallMs)',
    caughtBy: 'claim/judge.test.ts',
  },
  {
    name: 'claims-in-the-name-of-others-accepted',
    file: 'claim/judge.ts',
    from: 'return node === from ? null',
    to: 'return node.length > 0 || node === from ? null',
    caughtBy: 'claim/judge.test.ts',
  },
  {
    name: 'superseded-definitions-accepted',
    file: 'claim/judge.ts',
    from: 'if (newestRevision === null || compareRevisions(asked, newestRevision) >= 0) return null',
    to: 'if (asked !== newestRevision) return null',
    caughtBy: 'claim/judge.test.ts',
  },
]

const PROPOSER: readonly ProtocolMutation[] = [
  {
    name: 'quorum-minus-one',
    file: 'claim/configuration.ts',
    from: 'return Math.floor(configuration.members.length / 2) + 1',
    to: 'return Math.floor(configuration.members.length / 2)',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'first-acknowledgement-is-enough',
    file: 'claim/proposer.ts',
    from: 'if (attempt.accepts.size < majorityOf(attempt.configuration)) return',
    to: 'if (attempt.accepts.size < 1) return',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'ballot-reused-after-a-failure',
    file: 'claim/proposer.ts',
    from: 'counter: ++this.#counter,',
    to: 'counter: lane.failures > 0 ? this.#counter : ++this.#counter,',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'same-proposer-after-a-restart',
    file: 'claim/proposals.ts',
    from: 'proposer: `${self.nodeId}:${self.bootNo}:${self.bootId}`,',
    to: 'proposer: self.nodeId,',
    caughtBy: 'node.test.ts',
  },
  {
    name: 'rests-though-its-claim-was-granted',
    file: 'claim/proposer.ts',
    from: `    lane.restAtMs = nowMs
    this.#ready.add(key)
  }

  /** Whether`,
    to: `    this.#ready.add(key)
  }

  /** Whether`,
    caughtBy: 'claim/proposer-lanes.test.ts',
  },
  {
    name: 'no-jump-after-a-conflict',
    file: 'claim/proposer.ts',
    from: 'this.#counter = Math.max(this.#counter, seen.counter + jump)',
    to: '',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'lowest-value-wins',
    file: 'claim/attempt.ts',
    from: `    if (isHigher(answer.accepted, highest?.ballot ?? null))
      highest = `,
    to: `    if (highest === null || isHigher(highest.ballot, answer.accepted))
      highest = `,
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'no-accept-on-a-no-op',
    file: 'claim/proposer.ts',
    from: `    attempt.phase = 'accept'
    for (const proposal`,
    to: `    const { value } = attempt.outcome
    if ([...attempt.promises.values()].some(({ answer }) => 'value' in answer && answer.value === value))
      return this.#settle(key, this.#lanes.get(key)!, attempt, attempt.outcome, clock.nowMs)
    attempt.phase = 'accept'
    for (const proposal`,
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'no-accept-where-nothing-is-yet',
    file: 'claim/proposer.ts',
    from: `    attempt.phase = 'accept'
    for (const proposal`,
    to: `    const isNew = [...attempt.promises.values()].every(({ answer }) => 'value' in answer && answer.value === null)
    if (isNew && attempt.outcome.answers.every(({ kind }) => kind === 'refused'))
      return this.#settle(key, this.#lanes.get(key)!, attempt, attempt.outcome, clock.nowMs)
    attempt.phase = 'accept'
    for (const proposal`,
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'cross-epoch-accept',
    file: 'claim/proposer.ts',
    from: `    this.#prepares.length = 0
    this.#accepts.length = 0
    for (`,
    to: '    for (',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'answers-of-another-epoch-counted',
    file: 'claim/attempt.ts',
    from: 'given.epoch === attempt.configuration.epoch &&',
    to: 'given.epoch > 0 &&',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'answers-of-strangers-counted',
    file: 'claim/attempt.ts',
    from: 'attempt.configuration.members.some((member) => member.storageId === given.storageId)',
    to: 'attempt.configuration.members.length > 0',
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'time-out-as-failure',
    file: 'claim/proposer.ts',
    from: `if (change.kind !== 'claim' || this.#perhapsDone.has(proposal)) return { kind: 'unknown' }`,
    to: `if (change.kind !== 'claim') return { kind: 'unknown' }`,
    caughtBy: 'claim/proposer.test.ts',
  },
  {
    name: 'unknown-claims-forgotten',
    file: 'claim/proposals.ts',
    from: 'return this.#releases.begin(change.opId, key, this.#node.self.nodeId)\n    }',
    to: 'return\n    }',
    caughtBy: 'node.test.ts',
  },
  {
    name: 'news-believed-instead-of-the-register',
    file: 'claim/proposals.ts',
    from: 'return this.#releases.begin(change.opId, key, this.#node.self.nodeId)\n    }',
    to: `const { unit, slot, node, session, opId, incarnation } = change
      const entry = { unit, incarnation, ...slot, attempt: 1, node, session, opId, token: 1, run: 1 }
      return this.#node.granted(this.#node.job(key)!, { ...entry, startByMs: Infinity }, clock)
    }`,
    caughtBy: 'node.test.ts',
  },
  {
    name: 'release-not-intended-on-disk',
    file: 'claim/releases.ts',
    from: '    this.#host.journal.put(RELEASING + operation, key)\n',
    to: '',
    caughtBy: 'claim/releases.test.ts',
  },
  {
    name: 'grant-not-found-again',
    file: 'claim/apply-claim.ts',
    from: `return change.kind === 'claim' ? base?.live.find((live) => live.opId === change.opId) : undefined`,
    to: 'return change.kind === base?.revision ? base?.live[0] : undefined',
    caughtBy: 'claim/unheard-grant.test.ts',
  },
  {
    name: 'one-objection-is-enough',
    file: 'claim/vote-count.ts',
    from: `  if (content >= majority) return 'content'`,
    to: `  if (content >= members.length) return 'content'`,
    caughtBy: 'claim/proposer-lanes.test.ts',
  },
  {
    name: 'claims-before-what-frees',
    file: 'claim/proposer.ts',
    from: `    case 'release':
    case 'yield':
    case 'ran-partitioned':
      return 0`,
    to: `    case 'release':
    case 'yield':
    case 'ran-partitioned':
      return 4`,
    caughtBy: 'claim/proposer-lanes.test.ts',
  },
  {
    name: 'untold-dropped-early',
    file: 'claim/attempt.ts',
    from: ': withoutTold(highest.value, attempt.told)',
    to: ': { ...highest.value, untold: [] }',
    caughtBy: 'claim/proposer-lanes.test.ts',
  },
  {
    name: 'votes-before-the-time-is-told',
    file: 'claim/proposer.ts',
    from: 'if (clusterMs === null) return { asked: [], to: this.#configuration, settled: [] }',
    to: '',
    caughtBy: 'claim/proposer-lanes.test.ts',
  },
  {
    name: 'votes-before-the-jobs-are-read',
    file: 'stages.ts',
    from: `isLoaded: () => this.isLoaded,
        job:`,
    to: `isLoaded: () => true,
        job:`,
    caughtBy: 'node.test.ts',
  },
]

const REGISTER: readonly ProtocolMutation[] = [
  {
    name: 'cursor-backwards',
    file: 'claim/apply-claim.ts',
    from: 'slot.slotMs <= value.cursor.slotMs ||',
    to: '',
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'cursor-past-an-undecided-slot',
    file: 'claim/apply-claim.ts',
    from: `const passed = advanceTo(value, { due, last: null, why: change.passed ?? 'missed', facts, nowMs })`,
    to: 'const passed = due === null ? advanceTo(value, due) : value',
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'slot-ahead-overtakes-one-that-waits',
    file: 'claim/apply-claim.ts',
    from: `if (isForbidden || hasWaiting) return refused(base, { because: 'busy', holders: value.live })`,
    to: `if (isForbidden || (hasWaiting && !isAhead)) return refused(base, { because: 'busy', holders: value.live })`,
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'token-given-twice',
    file: 'claim/apply-claim.ts',
    from: 'const token = value.token + 1',
    to: 'const token = Math.max(1, value.live.length)',
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'lost-without-its-session',
    file: 'claim/apply-change.ts',
    from: 'const entry = base.live.find((live) => live.token === change.token && live.session === change.session)',
    to: 'const entry = base.live.find((live) => live.token === change.token)',
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'lock-delay-not-waited-for',
    file: 'claim/apply-change.ts',
    from: 'if (rerun !== null && change.certifiedForMs < rerun.lockDelayMs) {',
    to: 'if (rerun !== null && change.certifiedForMs < 0) {',
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'expired-before-its-deadline',
    file: 'claim/apply-change.ts',
    from: 'if (entry === undefined || nowMs < entry.startByMs) return noSuchEntry(base)',
    to: 'if (entry === undefined) return noSuchEntry(base)',
    caughtBy: 'claim/apply-change.test.ts',
  },
  {
    name: 'adoption-moved-back',
    file: 'claim/apply-change.ts',
    from: 'if (!isLater(change.session, entry.session)) return',
    to: 'if (change.session === entry.session) return',
    caughtBy: 'claim/apply-change.test.ts',
  },
]

const SESSIONS: readonly ProtocolMutation[] = [
  {
    name: 'validity-from-the-time-of-the-answer',
    file: 'claim/session-holder.ts',
    from: 'Math.max(this.#validUntilMs ?? 0, answer.sentAtMs + this.#lastsMs)',
    to: 'Math.max(this.#validUntilMs ?? 0, nowMs + this.#lastsMs)',
    caughtBy: 'claim/session-holder.test.ts',
  },
  {
    name: 'no-drift-margin',
    file: 'claim/session-holder.ts',
    from: 'return this.#ttlMs * (1 - 2 * this.#settings.driftMax - 0.01)',
    to: 'return this.#ttlMs',
    caughtBy: 'claim/session-holder.test.ts',
  },
  {
    name: 'time-to-live-of-ones-own',
    file: 'claim/session-holder.ts',
    from: 'Math.min(this.#settings.sessionTtlMs, ...alive.map(({ given }) => given.ttlMs))',
    to: 'this.#settings.sessionTtlMs',
    caughtBy: 'claim/session-holder.test.ts',
  },
  {
    name: 'promise-of-the-epoch-before-forgotten',
    file: 'claim/session-witness.ts',
    from: 'Math.max(promised.promisedMs, this.promisedMs)',
    to: 'this.promisedMs',
    caughtBy: 'claim/session-witness.test.ts',
  },
  {
    name: 'session-renewed-after-a-gap',
    file: 'claim/session-holder.ts',
    from: `if (this.#validUntilMs !== null && !wasValid) return 'ignored'`,
    to: '',
    caughtBy: 'claim/session-holder.test.ts',
  },
  {
    name: 'kill-mark-volatile',
    file: 'claim/session-witness.ts',
    from: '    this.#mark(nodeId, { ...NO_MARK, ...mark, killed: latest })\n    return true',
    to: '    this.#marks.set(nodeId, { ...NO_MARK, ...mark, killed: latest })\n    return true',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'kill-mark-does-not-block',
    file: 'claim/session-witness.ts',
    from: 'if (this.#isKilled(session)) return false',
    to: '',
    caughtBy: 'claim/session-witness.test.ts',
  },
  {
    name: 'kill-marks-not-carried',
    file: 'claim/session-witness.ts',
    from: '    for (const { node, bootNo, k } of killed) {',
    to: '    for (const { node, bootNo, k } of [...killed].slice(0, 0)) {',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'kill-marks-carried-and-counted',
    file: 'claim/session-witness.ts',
    from: 'const latest = laterOf(mark?.killed ?? null, { bootNo, k, isCarried: true })',
    to: 'const latest = laterOf(mark?.killed ?? null, { bootNo, k, isCarried: false })',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'no-grace-after-a-start',
    file: 'claim/session-witness.ts',
    from: '    this.#graceStartMs = this.#graceFrom(promised.nowMs)',
    to: '    this.#graceStartMs = promised.nowMs - 1e9',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'no-grace-after-an-install',
    file: 'claim/session-witness.ts',
    from: '    this.beginGrace(promised.nowMs)\n    this.#heardAtMs.clear()',
    to: '    this.#heardAtMs.clear()',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'certificate-of-two-epochs',
    file: 'claim/caretaker.ts',
    from: '    this.#configuration = configuration\n    this.#votes.clear()',
    to: '    this.#configuration = configuration',
    caughtBy: 'claim/caretaker.test.ts',
  },
  {
    name: 'certificate-of-one-witness',
    file: 'claim/caretaker.ts',
    from: 'if (votes.size >= majorityOf(configuration) && !this.#certifiedAtMs.has(answer.session))',
    to: 'if (!this.#certifiedAtMs.has(answer.session))',
    caughtBy: 'claim/caretaker.test.ts',
  },
  {
    name: 'silence-taken-for-a-certificate',
    file: 'claim/caretaker.ts',
    from: 'const certifiedAtMs = this.#certifiedAtMs.get(session)',
    to: 'const certifiedAtMs = this.#certifiedAtMs.get(session) ?? 0',
    caughtBy: 'claim/caretaker.test.ts',
  },
]

const HAND_OVER: readonly ProtocolMutation[] = [
  {
    name: 'no-seal',
    file: 'claim/witness.ts',
    from: 'return this.#sealedBy !== null && this.#sealedBy.epoch > epoch',
    to: 'return this.#sealedBy !== null && this.#sealedBy.epoch > epoch + 1e9',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'seal-volatile',
    file: 'claim/witness.ts',
    from: '      this.#options.journal.put(SEALED, seal.next)\n',
    to: '',
    caughtBy: 'claim/witness.test.ts',
  },
  {
    name: 'sealed-by-a-minority',
    file: 'claim/succession.ts',
    from: 'return whole.length >= majorityOf({ members: next.previous })',
    to: 'return whole.length >= 1 && next.previous.length > 0',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'merge-of-the-lowest',
    file: 'claim/succession.ts',
    from: 'if (isHigher(register.accepted, highest.get(register.key)?.accepted ?? null))',
    to: 'if (!highest.has(register.key) || !isHigher(register.accepted, highest.get(register.key)!.accepted))',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'installed-again-and-again',
    file: 'claim/witness.ts',
    from: '    if (this.#installedEpoch >= configuration.epoch)\n',
    to: '    if (this.#installedEpoch > configuration.epoch)\n',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'installed-by-one-page-of-many',
    file: 'claim/witness.ts',
    from: 'if (pages.length < install.pages) return null',
    to: '',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'two-successors-of-one-epoch',
    file: 'claim/witness.ts',
    from: 'if (known?.epoch === seal.next.epoch && JSON.stringify(known) !== JSON.stringify(seal.next)) return []',
    to: '',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'succeeded-with-one-installed',
    file: 'claim/succession.ts',
    from: 'if (handOver.installed.size >= majorityOf(handOver.next)) this.#host.succeeded(handOver.next)',
    to: 'this.#host.succeeded(handOver.next)',
    caughtBy: 'claim/succession.test.ts',
  },
  {
    name: 'witnesses-changed-without-a-majority',
    file: 'claim/electorate.ts',
    from: '|| !this.#host.witness.isMember || !hasMajority) return',
    to: '|| !this.#host.witness.isMember) return',
    caughtBy: 'claim/electorate.test.ts',
  },
]

const CARE: readonly ProtocolMutation[] = [
  {
    name: 'waiting-work-told-once',
    file: 'claim/announcements.ts',
    from: 'this.#again = [...waiting].filter(',
    to: 'this.#again = [...waiting].slice(0, 0).filter(',
    caughtBy: 'claim/announcements.test.ts',
  },
  {
    name: 'wrong-news-stand-for-ever',
    file: 'claim/agenda.ts',
    from: `if (source !== 'vote' && source !== item.source) return 'nothing'`,
    to: `return 'nothing'`,
    caughtBy: 'claim/agenda.test.ts',
  },
  {
    name: 'unstarted-slots-never-passed',
    file: 'claim/caretaker.ts',
    from: 'if (due.last === null) return { change: null, againAtMs: due.nextStartByMs }',
    to: 'if (due.last !== undefined) return { change: null, againAtMs: due.nextStartByMs }',
    caughtBy: 'claim/caretaker.test.ts',
  },
  {
    name: 'waiting-work-never-expires',
    file: 'claim/caretaker.ts',
    from: 'if (scan.clock.clusterMs < turnMs) continue',
    to: 'if (turnMs > 0) continue',
    caughtBy: 'claim/caretaker.test.ts',
  },
  {
    name: 'older-sessions-not-reported',
    file: 'claim/caretaker.ts',
    from: 'isLater(newest, entry.session)',
    to: 'isLater(newest, newest)',
    caughtBy: 'claim/caretaker.test.ts',
  },
  {
    name: 'runs-that-vanished-go-on',
    file: 'claim/claims.ts',
    from: 'of this.#vanished.scan(clock.nowMs)',
    to: 'of this.#vanished.scan(clock.nowMs).slice(0, 0)',
    caughtBy: 'claim/vanished-runs.test.ts',
  },
  {
    name: 'decisions-never-looked-for',
    file: 'claim/caretaker.ts',
    from: '    this.#scanUntold(clock.clusterMs, concerns)\n',
    to: '',
    caughtBy: 'claim/caretaker.test.ts',
  },
  {
    name: 'decisions-never-written-down',
    file: 'claim/proposals.ts',
    from: 'this.#node.ledger.recordDecisions(key, value.untold, { atMs: clusterMs ?? wallMs, isLocal })',
    to: 'void [clusterMs, wallMs]',
    caughtBy: 'node.test.ts',
  },
]

const PARTITIONED: readonly ProtocolMutation[] = [
  {
    name: 'slots-of-before-the-cut-run-again',
    file: 'claim/partitioned.ts',
    from: 'this.#lookedToMs ??= instantMs + settings.claimAheadMs',
    to: 'void settings\n    this.#lookedToMs ??= instantMs - 5_000',
    caughtBy: 'claim/partitioned.test.ts',
  },
  {
    name: 'everyone-of-a-side-runs',
    file: 'claim/partitioned.ts',
    from: 'rankNodes(work, seen, () => true)[0] === self.nodeId',
    to: 'rankNodes(work, seen, () => true).includes(self.nodeId)',
    caughtBy: 'claim/partitioned.test.ts',
  },
  {
    name: 'side-counts-who-is-not-seen',
    file: 'claim/partitioned.ts',
    from: '.filter((node) => roster.isConnected(node))',
    to: '.filter(() => true)',
    caughtBy: 'claim/partitioned.test.ts',
  },
  {
    name: 'ran-partitioned-passes-slots-in-silence',
    file: 'claim/apply-partitioned.ts',
    from: "else if (nowMs >= slot.startByMs) pass('missed', slot.slotMs, slot.slotMs, 1)",
    to: 'else if (nowMs >= slot.startByMs) continue',
    caughtBy: 'claim/partitioned.test.ts',
  },
  {
    name: 'ran-partitioned-still-waits',
    file: 'claim/apply-partitioned.ts',
    from: 'withoutWaiting(enterDefinition(base, facts, nowMs), ran, nowMs)',
    to: 'enterDefinition(base, facts, nowMs)',
    caughtBy: 'claim/partitioned.test.ts',
  },
  {
    name: 'ran-partitioned-not-remembered',
    file: 'claim/partitioned.ts',
    from: '    this.#node.journal.put(OWED + key, kept)\n',
    to: '',
    caughtBy: 'claim/partitioned.test.ts',
  },
  {
    name: 'run-without-a-vote-forgotten-before-its-record-is-on-disk',
    file: 'claim/local-registers.ts',
    from: "if (proposal.change.kind === 'finish')",
    to: 'if (Number.isNaN(1))',
    caughtBy: 'node.test.ts',
  },
]

const RUNS: readonly ProtocolMutation[] = [
  {
    name: 'exec-mark-after-the-spawn',
    file: 'run/run-keeper.ts',
    from: `    if (run !== before) this.#save(key, run)
    for (const event of published) this.#host.publish(event, run, atMs)
    for (const action of here)
      this.#host.effect(spawnOf(run, action, { environment: this.#host.environment(run, action), limits }))`,
    to: `    for (const event of published) this.#host.publish(event, run, atMs)
    for (const action of here)
      this.#host.effect(spawnOf(run, action, { environment: this.#host.environment(run, action), limits }))
    if (run !== before) this.#save(key, run)`,
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'no-check-of-the-session-before-the-spawn',
    file: 'run/run-keeper.ts',
    from: '    if (!this.#cover.isCovered(run, clock)) return this.#again(timer, clock)\n',
    to: '',
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'no-check-of-the-deadline-before-the-spawn',
    file: 'run/run-keeper.ts',
    from: '    if (instantMs >= entry.startByMs) return this.#release(timer.run, run)\n',
    to: '',
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'session-of-another-entry-is-enough',
    file: 'run/run-cover.ts',
    from: 'if (run.entry.session !== session.session) {',
    to: 'if (run.entry.session === session.session) {',
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'no-adoption-after-a-restart',
    file: 'run/late-news.ts',
    from: `      this.#host.effect({ kind: 'adopt', ...what })\n`,
    to: '      void what\n',
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'adoption-into-an-unrenewed-session',
    file: 'claim/proposals.ts',
    from: 'else if (session.isValid(nowMs))',
    to: 'else',
    caughtBy: 'node.test.ts',
  },
  {
    name: 'release-despite-an-exec-mark',
    file: 'run/run-keeper.ts',
    from: `if (run.phase === 'waiting') this.#release(key, run)
      else if`,
    to: `if (run.phase !== 'releasing' && run.phase !== 'ended') this.#release(key, { ...run, phase: 'waiting' })
      else if`,
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'waiting-run-started-after-a-restart',
    file: 'run/run-keeper.ts',
    from: `if (run.phase === 'waiting') this.#release(key, run)
      else if`,
    to: `if (run.phase === 'waiting') this.#host.setTimer(nowMs, { kind: 'start-run', run: key })
      else if`,
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'journal-of-an-older-image-believed',
    file: 'run/run-keeper.ts',
    from: 'return run.isLeased || this.#recovered.has(key)',
    to: 'return run.isLeased || this.#recovered.has(run.revision)',
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'forgotten-before-its-finish-is-answered',
    file: 'run/run-keeper.ts',
    from: '    if (outcome !== null) return this.#proposeFinish(run)\n',
    to: '    if (outcome !== null) {\n      this.#proposeFinish(run)\n      return this.#forget(key)\n    }\n',
    caughtBy: 'run/run-keeper.test.ts',
  },
  {
    name: 'leased-process-outlives-its-session',
    file: 'run/lease.ts',
    from: 'const killAtMs = validUntilMs - leaseLimits.killSpareMs',
    to: 'const killAtMs = validUntilMs + 60_000',
    caughtBy: 'run/leases.test.ts',
  },
  {
    name: 'lease-extended-into-another-session',
    file: 'run/run-cover.ts',
    from: `run.phase === 'running' && run.entry.session === session.session)`,
    to: `run.phase === 'running')`,
    caughtBy: 'run/leases.test.ts',
  },
  {
    name: 'mark-taken-back-of-what-had-started',
    file: 'run/run-keeper.ts',
    from: `const isTakenBack = event.kind === 'not-started' && started.pid === null`,
    to: `const isTakenBack = event.kind === 'not-started'`,
    caughtBy: 'run/leases.test.ts',
  },
  {
    name: 'old-session-forgotten-at-a-restart',
    file: 'claim/session-witness.ts',
    from: 'this.#heardAtMs.set(nodeId, heard.set(session, nowMs))',
    to: 'this.#heardAtMs.set(nodeId, new Map([[session, nowMs]]))',
    caughtBy: 'claim/session-witness.test.ts',
  },
  {
    name: 'later-actions-without-a-look-at-the-session',
    file: 'run/run-keeper.ts',
    from: 'const mayStart = wanted.length === 0 || this.#mayGoOn(key, run, clock)',
    to: 'const mayStart = wanted.length >= 0 || this.#mayGoOn(key, run, clock)',
    caughtBy: 'run/leases.test.ts',
  },
  {
    name: 'told-to-end-and-yet-succeeded',
    file: 'run/action-state.ts',
    from: `state.isEndedByGuard === true || state.endedFor !== undefined) return false`,
    to: `state.endedFor !== undefined) return false`,
    caughtBy: 'run/leases.test.ts',
  },
  {
    name: 'wait-for-the-next-try-forgotten-at-a-restart',
    file: 'run/run-graph.ts',
    from: `if (state?.kind === 'delayed') return atMs >= state.untilMs`,
    to: `if (state?.kind === 'delayed') return true`,
    caughtBy: 'run/retries.test.ts',
  },
  {
    name: 'told-to-end-before-it-is-heard',
    file: 'run/late-news.ts',
    from: '      this.#unheard.add(process)\n',
    to: '',
    caughtBy: 'run/retries.test.ts',
  },
  {
    name: 'stopped-run-left-running',
    file: 'run/run-endings.ts',
    from: 'if (started.ending !== undefined || (!isStopped && !isLate)) continue',
    to: 'if (started.ending !== undefined || !isLate) continue',
    caughtBy: 'run/retries.test.ts',
  },
  {
    name: 'guard-does-not-kill',
    file: 'run/guard.ts',
    from: `signal: isOver ? 'SIGKILL' : 'SIGTERM'`,
    to: `signal: 'SIGTERM'`,
    caughtBy: 'run/guard.test.ts',
  },
  {
    name: 'unknown-deadline-never-over',
    file: 'run/guard.ts',
    from: 'if (!this.#held.has(order.process)) this.#hold(order.process, over)',
    to: '',
    caughtBy: 'run/guard.test.ts',
  },
]

const DISK: readonly ProtocolMutation[] = [
  {
    name: 'damage-taken-for-a-torn-end',
    file: 'base/log-lines.ts',
    from: `const isTorn = !rest.includes('\\n') && decodeLine(rest.slice(0, -1)) === null`,
    to: `const isTorn = true`,
    caughtBy: 'base/log-lines.test.ts',
  },
  {
    name: 'checksum-not-compared',
    file: 'base/log-lines.ts',
    from: `if (line[8] !== ' ' || crc32(body) !== line.slice(0, 8)) return null`,
    to: `if (line[8] !== ' ' || !/^(null|true|false|[{["\\d-].*)$/.test(body)) return null`,
    caughtBy: 'base/log-lines.test.ts',
  },
  {
    name: 'torn-end-left-in-place',
    file: 'base/journal.ts',
    from: `if (recovered.kind === 'torn') this.#cut = [{ kind: 'truncate', log: this.#log, lengthBytes }]`,
    to: '',
    caughtBy: 'base/journal.test.ts',
  },
  {
    name: 'damaged-journal-believed',
    file: 'base/journal.ts',
    from: `if (recovered.kind === 'damaged') return false`,
    to: `if (recovered.kind === 'damaged') return this.restore(content.slice(0, recovered.atByte))`,
    caughtBy: 'base/log-lines.test.ts',
  },
]

export const protocolMutations: readonly ProtocolMutation[] = [
  ...ACCEPTOR,
  ...WITNESS,
  ...PROPOSER,
  ...REGISTER,
  ...SESSIONS,
  ...HAND_OVER,
  ...CARE,
  ...PARTITIONED,
  ...RUNS,
  ...serviceMutations,
  ...DISK,
]
