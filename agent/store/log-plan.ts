// What a list of changes comes down to, log by log: one write for each log, however many
// changes name it. Pure; log-store.ts carries it out.

import { assert } from '../../lib/base/assert.ts'

export type LogChange =
  /** Adds ASCII text at the end. Without `sync` it is written but not waited for, and a crash may lose it. */
  | { readonly kind: 'append'; readonly log: string; readonly text: string; readonly sync: boolean }
  /** Replaces the content: after a crash it is the old or the new one, whole. */
  | { readonly kind: 'rewrite'; readonly log: string; readonly text: string }
  | { readonly kind: 'remove'; readonly log: string }
  /** Cuts the log back to its first bytes. */
  | { readonly kind: 'truncate'; readonly log: string; readonly lengthBytes: number }

export type LogPlan =
  /** Write text at keepBytes, where the log ends now or is to be cut; wait for the disk if isSynced. */
  | {
      readonly kind: 'extend'
      readonly keepBytes: number
      readonly isCut: boolean
      readonly text: string
      readonly isSynced: boolean
    }
  /** A new file with this text takes the place of the old one. */
  | { readonly kind: 'replace'; readonly text: string }
  | { readonly kind: 'remove' }

/** One plan for each log that the changes name, in the order of their first mention. */
export function planCommit(
  changes: readonly LogChange[],
  lengthBytes: (log: string) => number,
): Map<string, LogPlan> {
  const plans = new Map<string, LogPlan>()
  for (const change of changes) {
    const before = plans.get(change.log) ?? {
      kind: 'extend',
      keepBytes: lengthBytes(change.log),
      isCut: false,
      text: '',
      isSynced: false,
    }
    plans.set(change.log, fold(before, change))
  }
  return plans
}

function fold(before: LogPlan, change: LogChange): LogPlan {
  switch (change.kind) {
    case 'append':
      assertAscii(change.text, change.log)
      if (before.kind === 'remove') return { kind: 'replace', text: change.text }
      if (before.kind === 'replace') return { ...before, text: before.text + change.text }
      return { ...before, text: before.text + change.text, isSynced: before.isSynced || change.sync }
    case 'rewrite':
      assertAscii(change.text, change.log)
      return { kind: 'replace', text: change.text }
    case 'remove':
      return { kind: 'remove' }
    case 'truncate':
      return cut(before, change)
  }
}

function cut(before: LogPlan, change: LogChange & { kind: 'truncate' }): LogPlan {
  const kept = before.kind === 'extend' ? before.keepBytes : 0
  const text = before.kind === 'remove' ? '' : before.text
  const length = kept + text.length
  assert(
    change.lengthBytes >= 0 && change.lengthBytes <= length,
    `log "${change.log}" of ${length} bytes is cut to ${change.lengthBytes}`,
  )
  if (before.kind === 'remove') return before
  if (before.kind === 'replace') return { kind: 'replace', text: text.slice(0, change.lengthBytes) }
  if (change.lengthBytes >= kept)
    return { ...before, text: text.slice(0, change.lengthBytes - kept), isSynced: true }
  return { kind: 'extend', keepBytes: change.lengthBytes, isCut: true, text: '', isSynced: true }
}

function assertAscii(text: string, log: string): void {
  assert(Buffer.byteLength(text) === text.length, `what is written to log "${log}" is ASCII`)
}
