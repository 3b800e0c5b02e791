// Whether a value from outside is a register, or one of its parts, member by member
// (check-message.ts says why). Values of texts are looked at where something is chosen by them.

import {
  isFlag,
  isKind,
  isList,
  isNullOr,
  isNumber,
  isOneOf,
  isPerhaps,
  isRecord,
  isTable,
  isText,
  isWhole,
  type Check,
} from '../base/check.ts'
import type { Ballot } from './ballot.ts'
import type { Slot } from './change.ts'
import type { Configuration, Recovery, Witness } from './configuration.ts'
import type { EndedAttempt, Exit } from './ended-attempt.ts'
import type { Outcome } from './outcome.ts'
import type {
  ChildEnd,
  ChildOf,
  Cursor,
  Decision,
  Holder,
  LastRun,
  LiveEntry,
  Order,
  OrphanEnd,
  PendingEntry,
  Register,
  Work,
} from './register.ts'

export type Of<Union, Kind> = Extract<Union, { readonly kind: Kind }>
export type Kinds<Union extends { readonly kind: string }> = Readonly<Record<Union['kind'], Check>>

/** `n:node:1`: its parts are read from the text. */
export const isSession: Check = (value) =>
  typeof value === 'string' && /^.+:\d+:\d+$/.test(value) ? null : ' is no session'
export const isAny: Check = () => null

export const isCursor = isRecord<Cursor>({
  slotMs: isNumber,
  label: isText,
  againAtMs: isPerhaps(isNumber),
  isDone: isPerhaps(isFlag),
})
export const isSlot = isRecord<Slot>({ slotMs: isNumber, label: isText, startByMs: isNumber })
export const isBallot = isRecord<Ballot>({ epoch: isWhole, counter: isWhole, proposer: isText })
const isWitness = isRecord<Witness>({ nodeId: isText, storageId: isText })
export const isConfiguration = isRecord<Configuration>({
  clusterId: isText,
  epoch: isWhole,
  members: isList(isWitness),
  previous: isList(isWitness),
  recovery: isNullOr(isRecord<Recovery>({ epoch: isWhole, atMs: isNumber, tokenBase: isWhole })),
})
const isTold = isRecord<{ why: string }>({ why: isText })
export const outcomes: Kinds<Outcome> = {
  succeeded: isAny,
  failed: isTold,
  unknown: isTold,
  cancelled: isTold,
  lost: isAny,
}
const keptState = isOneOf('succeeded', 'skipped', 'failed', 'cancelled')
export const isOrder = isRecord<Order>({
  requestId: isText,
  user: isText,
  forSlotMs: isNullOr(isNumber),
  isForced: isFlag,
  variables: isTable(isText),
  resume: isNullOr(
    isRecord<NonNullable<Order['resume']>>({ run: isWhole, attempt: isWhole, actions: isTable(keptState) }),
  ),
})
const exits: Kinds<Exit> = {
  code: isRecord<Of<Exit, 'code'>>({ kind: isText, code: isWhole }),
  signal: isRecord<Of<Exit, 'signal'>>({ kind: isText, signal: isText }),
}
const attempts: Kinds<EndedAttempt> = {
  exited: isRecord<Of<EndedAttempt, 'exited'>>({
    kind: isText,
    node: isPerhaps(isText),
    startedAtMs: isNumber,
    endedAtMs: isNumber,
    exit: isKind(exits),
    isEndedByGuard: isPerhaps(isFlag),
    endedFor: isPerhaps(isOneOf('timeout', 'max-runtime', 'stopped', 'killed', 'cancelled', 'replaced')),
    isSuccess: isPerhaps(isFlag),
    said: isPerhaps(isText),
    lastLines: isPerhaps(isText),
  }),
  'failed-to-start': isRecord<Of<EndedAttempt, 'failed-to-start'>>({
    kind: isText,
    node: isPerhaps(isText),
    atMs: isNumber,
    reason: isText,
  }),
  unknown: isRecord<Of<EndedAttempt, 'unknown'>>({
    kind: isText,
    node: isPerhaps(isText),
    atMs: isNumber,
    isLost: isPerhaps(isFlag),
  }),
}
export const isAttempt = isKind(attempts)
export const isChild = isRecord<ChildOf>({
  token: isWhole,
  unit: isText,
  node: isText,
  action: isText,
  tried: isWhole,
  on: isNullOr(isText),
  revision: isPerhaps(isText),
  status: isPerhaps(isOneOf('SUCCESS', 'FAILURE', 'UNKNOWN')),
})
const work = {
  unit: isText,
  incarnation: isWhole,
  slotMs: isNumber,
  label: isText,
  attempt: isWhole,
  startByMs: isNumber,
  order: isPerhaps(isOrder),
  left: isPerhaps(isWhole),
  takenBy: isPerhaps(isList(isText)),
  child: isPerhaps(isChild),
}
const isEntry = isRecord<LiveEntry>({
  ...work,
  node: isText,
  session: isSession,
  opId: isText,
  token: isWhole,
  run: isWhole,
  isLeased: isPerhaps(isFlag),
  isReplaced: isPerhaps(isFlag),
  children: isPerhaps(isTable(isRecord<ChildEnd>({ tried: isWhole, attempt: isAttempt }))),
})
const decisions: Kinds<Decision> = {
  'not-run': isRecord<Of<Decision, 'not-run'>>({
    kind: isText,
    version: isWhole,
    atMs: isNumber,
    why: isText,
    fromMs: isNumber,
    toMs: isNumber,
    count: isNullOr(isWhole),
  }),
  ended: isRecord<Of<Decision, 'ended'>>({
    kind: isText,
    version: isWhole,
    atMs: isNumber,
    entry: isEntry,
    outcome: isKind(outcomes),
  }),
}
const isLastRun = isRecord<LastRun>({
  slotMs: isNumber,
  token: isWhole,
  endedAtMs: isNumber,
  outcome: isText,
})
export const isHolder = isRecord<Holder>({
  node: isText,
  session: isSession,
  token: isWhole,
  isGuarded: isFlag,
})
export const isRegister = isRecord<Register>({
  version: isWhole,
  incarnation: isWhole,
  cursor: isCursor,
  token: isWhole,
  live: isList(isEntry),
  pending: isList(
    isRecord<PendingEntry>({
      ...work,
      run: isNullOr(isWhole),
      sinceMs: isNumber,
      releasedBy: isNullOr(isText),
    }),
  ),
  queued: isNullOr(isRecord<Work>(work)),
  orphans: isPerhaps(
    isList(isRecord<OrphanEnd>({ token: isWhole, action: isText, tried: isWhole, attempt: isAttempt })),
  ),
  untold: isList(isKind(decisions)),
  revision: isText,
  manual: isRecord<Register['manual']>({
    count: isWhole,
    recent: isList(isText),
    resumed: isPerhaps(isTable(isWhole)),
  }),
  last: isPerhaps(isRecord<NonNullable<Register['last']>>({ run: isLastRun, success: isNullOr(isLastRun) })),
  holder: isPerhaps(isNullOr(isHolder)),
  next: isPerhaps(isConfiguration),
})
