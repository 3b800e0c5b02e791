// What hosts say to each other beside the core: questions about their audit logs, secrets and disks, the answers, and
// how far each audit log goes. What came over the wire is looked at member by member here; another version may ask what
// this one does not know.

import {
  isFlag,
  isKind,
  isList,
  isNullOr,
  isNumber,
  isOneOf,
  isPerhaps,
  isRecord,
  isText,
  isWhole,
  type Check,
} from '../../lib/base/check.ts'
import { secretNamePattern } from '../../lib/definition/variable-map.ts'
import type { AuditFilter, AuditHead, AuditRecord } from '../../lib/view/audit.ts'
import type { AuditAnswer, AuditQuestion, HeadKept, HeadTold } from './audit-trail.ts'
import type { HostFacts } from './host-facts.ts'
import { storeLimits } from './limits.ts'
import type { SecretName } from './secret-store.ts'

export type PruneWish = { readonly beforeMs: number; readonly isDryRun: boolean }

export type HostQuestion =
  | AuditQuestion
  | { readonly kind: 'host-facts' }
  | ({ readonly kind: 'prune-outputs' } & PruneWish)
  | { readonly kind: 'secret-names' }
  | { readonly kind: 'set-secret'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove-secret'; readonly name: string }

export type HostAnswer =
  | AuditAnswer
  | { readonly kind: 'host-facts'; readonly facts: HostFacts }
  | { readonly kind: 'outputs-pruned'; readonly runs: number; readonly bytes: number }
  | { readonly kind: 'secret-names'; readonly names: readonly SecretName[] }
  | { readonly kind: 'secret-changed'; readonly isDone: boolean }

export type HostAsked = { readonly kind: 'host-asked'; readonly askId: number; readonly question: unknown }
export type HostTold = { readonly kind: 'host-told'; readonly askId: number; readonly answer: unknown }
export type HostMessage = HostAsked | HostTold | HeadTold | HeadKept

type Of<Union, Kind> = Union extends { readonly kind: Kind } ? Union : never
/** A check for each kind that there is. */
type Kinds<Union extends { readonly kind: string }> = { readonly [Kind in Union['kind']]: Check }

/** Empty before the first record. */
const hash: Check = (value) =>
  typeof value === 'string' && /^([\da-f]{64})?$/.test(value) ? null : ' is no hash of an audit log'
const isCount: Check = (value) => isWhole(value) ?? ((value as number) >= 0 ? null : ' is no count')
const isSecretName: Check = (value) =>
  typeof value === 'string' && new RegExp(secretNamePattern).test(value) ? null : ' is no name of a secret'
const isSecretValue: Check = (value) =>
  typeof value === 'string' && value.length <= storeLimits.secretCharacters
    ? null
    : ' is no value of a secret'
const isLimit: Check = (value) =>
  isWhole(value) ??
  ((value as number) >= 1 && (value as number) <= storeLimits.auditRecordsRead ? null : ' is no limit')
const anything: Check = () => null

const isHead = isRecord<AuditHead>({ seq: isCount, hash })
const isFilter = isRecord<AuditFilter>({
  actor: isPerhaps(isText),
  action: isPerhaps(isText),
  outcome: isPerhaps(isText),
  category: isPerhaps(isText),
  fromMs: isPerhaps(isNumber),
  toMs: isPerhaps(isNumber),
  limit: isLimit,
})
const isAuditRecord = isRecord<AuditRecord>({
  seq: isCount,
  ts: isText,
  node_id: isText,
  action: isText,
  outcome: isOneOf('ok', 'forbidden', 'unauthorized', 'error'),
  status: isWhole,
  actor: isText,
  role: isText,
  tenant_id: isNullOr(isText),
  reason: isNullOr(isText),
  prev_hash: isText,
  hash: isText,
})

const questions: Kinds<HostQuestion> = {
  'audit-read': isRecord<Of<HostQuestion, 'audit-read'>>({ kind: isText, filter: isFilter }),
  'audit-heads': isRecord<Of<HostQuestion, 'audit-heads'>>({ kind: isText, node: isText }),
  'audit-verify': isRecord<Of<HostQuestion, 'audit-verify'>>({ kind: isText, heads: isList(isHead) }),
  'host-facts': isRecord<Of<HostQuestion, 'host-facts'>>({ kind: isText }),
  'prune-outputs': isRecord<Of<HostQuestion, 'prune-outputs'>>({
    kind: isText,
    beforeMs: isNumber,
    isDryRun: isFlag,
  }),
  'secret-names': isRecord<Of<HostQuestion, 'secret-names'>>({ kind: isText }),
  'set-secret': isRecord<Of<HostQuestion, 'set-secret'>>({
    kind: isText,
    name: isSecretName,
    value: isSecretValue,
  }),
  'remove-secret': isRecord<Of<HostQuestion, 'remove-secret'>>({ kind: isText, name: isText }),
}

const answers: Kinds<HostAnswer> = {
  'audit-records': isRecord<Of<HostAnswer, 'audit-records'>>({
    kind: isText,
    records: isList(isAuditRecord),
  }),
  'audit-heads': isRecord<Of<HostAnswer, 'audit-heads'>>({ kind: isText, heads: isList(isHead) }),
  'audit-verified': isRecord<Of<HostAnswer, 'audit-verified'>>({
    kind: isText,
    records: isCount,
    fault: isNullOr(isText),
  }),
  'host-facts': isRecord<Of<HostAnswer, 'host-facts'>>({
    kind: isText,
    facts: isRecord<HostFacts>({
      wallMs: isNumber,
      diskFreeBytes: isNumber,
      diskBytes: isNumber,
      syncMs: isNumber,
      killing: isOneOf('cgroups', 'process group'),
    }),
  }),
  'outputs-pruned': isRecord<Of<HostAnswer, 'outputs-pruned'>>({
    kind: isText,
    runs: isCount,
    bytes: isCount,
  }),
  'secret-names': isRecord<Of<HostAnswer, 'secret-names'>>({
    kind: isText,
    names: isList(isRecord<SecretName>({ name: isText, changedAtMs: isNumber })),
  }),
  'secret-changed': isRecord<Of<HostAnswer, 'secret-changed'>>({ kind: isText, isDone: isFlag }),
}

const messages: Kinds<HostMessage> = {
  'host-asked': isRecord<HostAsked>({ kind: isText, askId: isCount, question: anything }),
  'host-told': isRecord<HostTold>({ kind: isText, askId: isCount, answer: anything }),
  'audit-head': isRecord<HeadTold>({ kind: isText, seq: isCount, hash }),
  'audit-head-kept': isRecord<HeadKept>({ kind: isText, seq: isCount }),
}

const faultOfMessage = isKind(messages)
const faultOfQuestion = isKind(questions)
const faultOfAnswer = isKind(answers)

export type Read<Value> = { readonly value: Value } | { readonly fault: string }

/** Null for what is for somebody else. */
export function readHostMessage(message: unknown): Read<HostMessage> | null {
  const kind = (message as { readonly kind?: unknown } | null | undefined)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(messages, kind)) return null
  return read(message, faultOfMessage)
}

export function readHostQuestion(question: unknown): Read<HostQuestion> {
  return read(question, faultOfQuestion)
}

export function readHostAnswer(answer: unknown): Read<HostAnswer> {
  return read(answer, faultOfAnswer)
}

/** It was looked at member by member. */
function read<Value>(value: unknown, check: Check): Read<Value> {
  const fault = check(value)
  return fault === null ? { value: value as Value } : { fault }
}
