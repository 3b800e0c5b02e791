// The chain of an audit log, line by line: each record holds the hash of the one before it and its own, the SHA-256 of
// its other members as compact JSON with sorted keys, the instant written with +00:00. It is Kron's form, so that its
// `kron audit verify` takes ours and this one takes Kron's. Only the members that it knows are covered.
// Source: BuildByNexora/Kron, crates/kron-core/src/audit.rs

import { createHash } from 'node:crypto'
import type { AuditHead, AuditRecord } from '../../lib/view/audit.ts'

/** Before the first record. */
export const chainStart: AuditHead = { seq: 0, hash: '' }

/** The next record, with its hash. */
export function chained(
  record: Omit<AuditRecord, 'seq' | 'prev_hash' | 'hash'>,
  after: AuditHead,
): AuditRecord {
  const whole = { ...record, seq: after.seq + 1, prev_hash: after.hash }
  return { ...whole, hash: hashOf(whole) }
}

function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const { action, actor, node_id, outcome, prev_hash, reason, role, seq, status, tenant_id } = record
  const ts = hashedInstant(record.ts)
  const sorted = { action, actor, node_id, outcome, prev_hash, reason, role, seq, status, tenant_id, ts }
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}

/** A fraction has three, six or nine digits, or there is none. */
function hashedInstant(ts: string): string {
  const [, second = ts, fraction = ''] = /^(.*?)(?:\.(\d+))?(?:Z|\+00:00)$/.exec(ts) ?? []
  const digits = fraction.replace(/0+$/, '')
  const padded = digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')
  return `${second}${padded === '' ? '' : `.${padded}`}+00:00`
}

/** Takes the lines of a log in order. */
export class ChainReader {
  #head = chainStart
  #line = 0

  get head(): AuditHead {
    return this.#head
  }

  /** The record, or what is wrong in the words of Kron. */
  take(line: string): AuditRecord | string {
    this.#line++
    const record = parseRecord(line)
    if (typeof record === 'string') return `TAMPERED: line=${this.#line} invalid json: ${record}`
    const { seq, hash, prev_hash } = record
    const { seq: before, hash: hashBefore } = this.#head
    if (seq !== before + 1) return `TAMPERED: record seq=${seq} sequence mismatch, expected ${before + 1}`
    if (prev_hash !== hashBefore) return `TAMPERED: record seq=${seq} prev_hash mismatch`
    if (hash !== hashOf(record)) return `TAMPERED: record seq=${seq} hash mismatch`
    this.#head = { seq, hash }
    return record
  }
}

/** What is wrong with a whole log, or how many records it has. */
export function verifyChain(text: string): { readonly records: number; readonly fault: string | null } {
  const reader = new ChainReader()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const taken = reader.take(line)
    if (typeof taken === 'string') return { records: reader.head.seq, fault: taken }
  }
  return { records: reader.head.seq, fault: null }
}

const texts = ['ts', 'node_id', 'action', 'outcome', 'actor', 'role', 'prev_hash', 'hash']

/** The record without members that nobody knows, or why the line is none. */
export function parseRecord(line: string): AuditRecord | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (typeof value !== 'object' || value === null) return 'it is no object'
  const said = value as Readonly<Record<string, unknown>>
  const wrong =
    texts.find((name) => typeof said[name] !== 'string') ??
    ['seq', 'status'].find((name) => !Number.isSafeInteger(said[name])) ??
    ['tenant_id', 'reason'].find((name) => typeof (said[name] ?? '') !== 'string')
  if (wrong !== undefined) return `"${wrong}" is missing or of another kind`
  const { seq, ts, node_id, action, outcome, status, actor, role, prev_hash, hash } = said as AuditRecord
  const { tenant_id = null, reason = null } = said as Partial<AuditRecord>
  return { seq, ts, node_id, action, outcome, status, actor, role, tenant_id, reason, prev_hash, hash }
}
