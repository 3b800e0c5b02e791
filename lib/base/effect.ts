// The effects that every stage shares. The order law: the shell carries effects out in
// list order, and what is to be persisted is on disk before any later effect begins.

import type { NodeId } from './ids.ts'

/** Append lines (made by log-lines.ts) to a named log, durably. */
export type Persist = { readonly kind: 'persist'; readonly log: string; readonly lines: string }
/** Replace a log's whole content atomically and durably. */
export type Rewrite = { readonly kind: 'rewrite'; readonly log: string; readonly lines: string }
/** Delete a log durably. */
export type Remove = { readonly kind: 'remove'; readonly log: string }
/** Cut a log back to its first lengthBytes: what a torn last write left behind. */
export type Truncate = { readonly kind: 'truncate'; readonly log: string; readonly lengthBytes: number }
export type StoreEffect = Persist | Rewrite | Remove | Truncate

/** A direct message over the authenticated connection to one peer; lost when there is no connection. */
export type Send<Message> = { readonly kind: 'send'; readonly to: NodeId; readonly message: Message }
/** A message for everyone, by gossip; may be lost, late or doubled. */
export type Gossip<Message> = { readonly kind: 'gossip'; readonly message: Message }
/** Step again with `woke` at this instant of the steady clock, or earlier. */
export type WakeAt = { readonly kind: 'wake-at'; readonly atMs: number }
/** A line in the agent's own log, for people. */
export type Report = {
  readonly kind: 'report'
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  readonly facts: { readonly [name: string]: string | number | boolean | null }
  /** A change that somebody made without the API, or that was refused: it gets a line in the audit log too. */
  readonly change?: ReportedChange
}

export type ReportedChange = {
  readonly action: 'dropFile' | 'removeFile'
  readonly isDone: boolean
  readonly category: string
  readonly fileName: string
  readonly after: { readonly [name: string]: string | readonly string[] }
}
