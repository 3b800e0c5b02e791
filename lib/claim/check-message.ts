// Whether what a peer sent is a message of the claims: a member of the cluster is believed in
// what it says, but an agent of another version, or one with a damaged memory, may say
// what is no message at all, and that must not stop anybody.

import {
  isFlag,
  isKind,
  isList,
  isNullOr,
  isNumber,
  isPerhaps,
  isRecord,
  isText,
  isWhole,
  type Check,
} from '../base/check.ts'
import type { AcceptAnswer, PrepareAnswer } from './acceptor.ts'
import type { FullWork } from './capacity.ts'
import type { Change } from './change.ts'
import {
  isAny,
  isAttempt,
  isChild,
  isBallot,
  isConfiguration,
  isCursor,
  isHolder,
  isOrder,
  isRegister,
  isSession,
  isSlot,
  outcomes,
  type Kinds,
  type Of,
} from './check-register.ts'
import type {
  AcceptedRegister,
  AskExpired,
  BootAsked,
  BootJudged,
  ClaimMessage,
  Digest,
  EntryFound,
  Envelope,
  ExpiredAnswer,
  Install,
  Installed,
  InstallState,
  KilledSession,
  NodeFull,
  PendingNews,
  Probe,
  Probed,
  RegisterNews,
  Renew,
  Renewed,
  Seal,
  Sealed,
  VotesAsked,
  VotesGiven,
  VotesRefused,
  Written,
} from './message.ts'

const changes: Kinds<Change> = {
  claim: isRecord<Of<Change, 'claim'>>({
    kind: isText,
    opId: isText,
    node: isText,
    session: isSession,
    incarnation: isWhole,
    revision: isText,
    unit: isText,
    slot: isSlot,
    passed: isPerhaps(isText),
  }),
  request: isRecord<Of<Change, 'request'>>({
    kind: isText,
    order: isOrder,
    atMs: isNumber,
    incarnation: isWhole,
  }),
  child: isRecord<Of<Change, 'child'>>({ kind: isText, child: isChild, avoid: isNullOr(isText) }),
  recall: isRecord<Of<Change, 'recall'>>({ kind: isText, child: isChild }),
  drop: isAny,
  finish: isRecord<Of<Change, 'finish'>>({
    kind: isText,
    token: isWhole,
    outcome: isKind(outcomes),
    attempt: isPerhaps(isAttempt),
  }),
  release: isRecord<Of<Change, 'release'>>({ kind: isText, opId: isText, node: isNullOr(isText) }),
  expire: isRecord<Of<Change, 'expire'>>({
    kind: isText,
    unit: isText,
    startByMs: isNumber,
    why: isPerhaps(isText),
  }),
  adopt: isRecord<Of<Change, 'adopt'>>({ kind: isText, token: isWhole, session: isSession }),
  lose: isRecord<Of<Change, 'lose'>>({
    kind: isText,
    token: isWhole,
    session: isSession,
    certifiedForMs: isNumber,
  }),
  skip: isRecord<Of<Change, 'skip'>>({
    kind: isText,
    to: isSlot,
    why: isText,
    incarnation: isWhole,
    revision: isText,
  }),
  'ran-partitioned': isRecord<Of<Change, 'ran-partitioned'>>({
    kind: isText,
    slots: isList(isSlot),
    incarnation: isWhole,
  }),
  hold: isRecord<Of<Change, 'hold'>>({
    kind: isText,
    node: isText,
    session: isSession,
    isGuarded: isFlag,
    revision: isText,
  }),
  yield: isRecord<Of<Change, 'yield'>>({ kind: isText, token: isWhole }),
  take: isRecord<Of<Change, 'take'>>({ kind: isText, token: isWhole, session: isSession }),
  look: isAny,
  reconfigure: isRecord<Of<Change, 'reconfigure'>>({ kind: isText, next: isConfiguration }),
}
const isEnvelope = isRecord<Envelope>({
  clusterId: isText,
  epoch: isWhole,
  storageId: isText,
  bootNo: isWhole,
  bootId: isText,
})
const isConflict = isRecord<Of<PrepareAnswer, 'conflict'>>({ kind: isText, seen: isBallot })
const promises: Kinds<PrepareAnswer> = {
  promised: isRecord<Of<PrepareAnswer, 'promised'>>({
    kind: isText,
    accepted: isNullOr(isBallot),
    value: isNullOr(isRegister),
  }),
  conflict: isConflict,
}
const acceptances: Kinds<AcceptAnswer> = { accepted: isAny, conflict: isConflict }
const isRefusal = isRecord<{ kind: string; because: string }>({ kind: isText, because: isText })
const isAccepted = isRecord<AcceptedRegister>({ key: isText, accepted: isBallot, value: isRegister })
const isKilled = isRecord<KilledSession>({ node: isText, bootNo: isWhole, k: isWhole })
const pages = {
  transfer: isText,
  promisedMs: isNumber,
  page: isWhole,
  pages: isWhole,
  registers: isList(isAccepted),
  killed: isList(isKilled),
}

export const checksOfClaimMessages: Kinds<ClaimMessage> = {
  'votes-asked': isRecord<VotesAsked>({
    kind: isText,
    envelope: isEnvelope,
    prepares: isList(
      isRecord<VotesAsked['prepares'][number]>({
        key: isText,
        ballot: isBallot,
        changes: isList(isKind(changes)),
        isFresh: isPerhaps(isFlag),
      }),
    ),
    accepts: isList(
      isRecord<VotesAsked['accepts'][number]>({ key: isText, ballot: isBallot, value: isRegister }),
    ),
  }),
  'votes-given': isRecord<VotesGiven>({
    kind: isText,
    storageId: isText,
    bootId: isText,
    position: isWhole,
    epoch: isWhole,
    prepares: isList(
      isRecord<VotesGiven['prepares'][number]>({
        key: isText,
        ballot: isBallot,
        answer: isKind(promises),
        judged: isList(isNullOr(isRefusal)),
      }),
    ),
    accepts: isList(
      isRecord<VotesGiven['accepts'][number]>({ key: isText, ballot: isBallot, answer: isKind(acceptances) }),
    ),
  }),
  'votes-refused': isRecord<VotesRefused>({
    kind: isText,
    bootId: isText,
    because: isText,
    configuration: isNullOr(isConfiguration),
  }),
  renew: isRecord<Renew>({ kind: isText, envelope: isEnvelope, session: isSession, sentAtMs: isNumber }),
  renewed: isRecord<Renewed>({
    kind: isText,
    storageId: isText,
    epoch: isWhole,
    session: isSession,
    sentAtMs: isNumber,
    isAlive: isFlag,
    wallMs: isNumber,
    ttlMs: isNumber,
  }),
  'ask-expired': isRecord<AskExpired>({ kind: isText, envelope: isEnvelope, session: isSession }),
  'expired-answer': isRecord<ExpiredAnswer>({
    kind: isText,
    storageId: isText,
    epoch: isWhole,
    session: isSession,
    isExpired: isFlag,
  }),
  'entry-found': isRecord<EntryFound>({
    kind: isText,
    key: isText,
    token: isWhole,
    opId: isText,
    isReplaced: isFlag,
  }),
  written: isRecord<Written>({ kind: isText, waitNo: isWhole }),
  'node-full': isRecord<NodeFull>({
    kind: isText,
    work: isList(isRecord<FullWork>({ key: isText, unit: isText })),
  }),
  install: isRecord<Install>({ kind: isText, configuration: isConfiguration }),
  'boot-asked': isRecord<BootAsked>({
    kind: isText,
    bootNo: isWhole,
    bootId: isText,
    storageId: isText,
    position: isWhole,
  }),
  'boot-judged': isRecord<BootJudged>({
    kind: isText,
    storageId: isText,
    bootId: isText,
    isContradicted: isFlag,
  }),
  probe: isRecord<Probe>({ kind: isText, probeNo: isWhole }),
  probed: isRecord<Probed>({ kind: isText, probeNo: isWhole, storageId: isText, canWitness: isFlag }),
  seal: isRecord<Seal>({ kind: isText, storageId: isText, next: isConfiguration }),
  sealed: isRecord<Sealed>({ kind: isText, epoch: isWhole, storageId: isText, ...pages }),
  'install-state': isRecord<InstallState>({
    kind: isText,
    storageId: isText,
    configuration: isConfiguration,
    ...pages,
  }),
  installed: isRecord<Installed>({ kind: isText, epoch: isWhole, storageId: isText }),
}

const isPendingNews = isRecord<PendingNews>({
  unit: isText,
  slotMs: isNumber,
  label: isText,
  sinceMs: isNumber,
  startByMs: isNumber,
  releasedBy: isNullOr(isText),
  left: isPerhaps(isWhole),
  takenBy: isPerhaps(isList(isText)),
  child: isPerhaps(isChild),
})
const isNews = isRecord<RegisterNews>({
  key: isText,
  version: isWhole,
  cursor: isCursor,
  liveCount: isWhole,
  pending: isList(isPendingNews),
  holder: isPerhaps(isNullOr(isHolder)),
})

export const checkDigest: Check = isRecord<Digest>({
  kind: isText,
  witness: isText,
  storageId: isText,
  bootId: isText,
  position: isWhole,
  absent: isList(isText),
  registers: isList(isNews),
})
