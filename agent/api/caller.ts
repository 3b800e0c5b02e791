// Who asks, and what such a one may. An admin may everything, an operator what a reader and a worker may, and each of
// those only what is theirs; whoever shows no token sees on this host how things are, and no more.

import type { AccessRole } from '../../lib/catalog/access-token.ts'

export type Caller = {
  readonly role: AccessRole
  /** By the history's word for them. */
  readonly user: string
  /** What names of categories must begin with; empty: all. */
  readonly category: string
  /** Of a token that was created; null for the data directory's own. */
  readonly tokenId: string | null
}

/** `anybody`: from anywhere without a token; `nobody`: without one, but on this host only. */
export type Need = 'anybody' | 'nobody' | AccessRole

const allowed: Readonly<Record<AccessRole, readonly AccessRole[]>> = {
  reader: ['reader'],
  worker: ['worker'],
  operator: ['reader', 'worker', 'operator'],
  admin: ['reader', 'worker', 'operator', 'admin'],
}

export function mayDo(caller: Caller, need: Need): boolean {
  return need === 'anybody' || need === 'nobody' || allowed[caller.role].includes(need)
}

/** Whether a category, or what belongs to it (`shop.backup`, `shop.backup.7`), is open to the caller. */
export function mayTouch(caller: Caller, name: string): boolean {
  return caller.category === '' || (name.split('.', 1)[0] ?? '').startsWith(caller.category)
}

/** Whether commands and configuration of it may be shown. */
export function mayRead(caller: Caller | null, name: string): boolean {
  return caller !== null && mayDo(caller, 'reader') && mayTouch(caller, name)
}
