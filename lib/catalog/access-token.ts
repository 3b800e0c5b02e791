// Tokens with which people and programs use the API, as the root document keeps them: a hash of the secret, never the
// secret, so that every peer can check one and none can be read out. A revoked one stays, revoked for good: whatever
// order edits come in, nobody can bring it back.

import { nearestName } from '../base/problem.ts'
import type { Catalog, EditAuthor } from './catalog.ts'

export const accessRoles = ['reader', 'worker', 'operator', 'admin'] as const
export type AccessRole = (typeof accessRoles)[number]

export type AccessToken = {
  readonly id: string
  /** What it is for, in the words of who made it. */
  readonly name: string
  readonly role: AccessRole
  /** Only categories whose names begin so; empty: all. */
  readonly category: string
  /** SHA-256 of the secret, in hexadecimal digits. */
  readonly hash: string
  readonly createdAtMs: number
  readonly createdBy: string
  /** Null: it holds until it is revoked. */
  readonly expiresAtMs: number | null
}

export type TokenCommand =
  | { readonly kind: 'create-token'; readonly token: Omit<AccessToken, 'createdAtMs' | 'createdBy'> }
  /** By its id or its name. */
  | { readonly kind: 'revoke-token'; readonly token: string }

export type TokenOutcome =
  | { readonly kind: 'done'; readonly what: string }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string }
  | { readonly kind: 'not-found'; readonly what: string; readonly nearest: string | null }

/** A cluster with more has a program that makes them in a loop. */
const tokensMax = 1000

export function isTokenCommand(command: { readonly kind: string }): command is TokenCommand {
  return command.kind === 'create-token' || command.kind === 'revoke-token'
}

export function carryOutTokenCommand(
  command: TokenCommand,
  catalog: Catalog,
  author: EditAuthor,
): TokenOutcome {
  const tokens = [...catalog.tokens()]
  if (command.kind === 'create-token') {
    const { token } = command
    if (tokens.length >= tokensMax)
      return { kind: 'refused', why: `there are ${tokens.length} tokens already`, hint: 'hocket token list' }
    if (tokens.some(({ name }) => name === token.name))
      return {
        kind: 'refused',
        why: `there is a token "${token.name}" already`,
        hint: 'Choose another name, or revoke that one first.',
      }
    catalog.writeToken({ ...token, createdAtMs: author.atMs, createdBy: author.user ?? '' }, author.atMs)
    return { kind: 'done', what: `token "${token.name}" was created` }
  }
  const found = tokens.find(({ id, name }) => id === command.token || name === command.token)
  if (found === undefined) {
    const nearest = nearestName(
      command.token,
      tokens.map(({ name }) => name),
    )
    return { kind: 'not-found', what: `token "${command.token}"`, nearest }
  }
  catalog.revokeToken(found.id, author)
  return { kind: 'done', what: `token "${found.name}" is revoked on every agent that hears of it` }
}

/** Null for what is no token: the document may be written by a later version. */
export function parseAccessToken(value: unknown): AccessToken | null {
  if (typeof value !== 'object' || value === null) return null
  const token = value as AccessToken
  const isWhole =
    accessRoles.includes(token.role) &&
    /^[0-9a-f]{64}$/.test(token.hash) &&
    [token.id, token.name, token.category].every((text) => typeof text === 'string') &&
    (token.expiresAtMs === null || Number.isFinite(token.expiresAtMs))
  return isWhole ? token : null
}
