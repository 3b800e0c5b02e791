// What people ask for about tokens, carried out in the catalog: one is made under a name of its own, or revoked on
// every agent that hears of it.

import { nearestName } from '../base/problem.ts'
import type { AccessToken } from './access-token.ts'
import type { Catalog, EditAuthor } from './catalog.ts'

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
