// The routes of tokens: they are created, listed and revoked, and a one-time code opens the viewer. A token's text is
// in one answer only, the one to its creation; nobody can ask for it again.

import { accessRoles, type AccessRole } from '../../lib/catalog/access-token.ts'
import { formatInstant } from '../../lib/schedule/calendar.ts'
import { newSecret, type Access } from './access.ts'
import type { Caller } from './caller.ts'
import type { Core } from './core.ts'
import { doneShape } from './done-shape.ts'
import { pageOf, pageQuery } from './page.ts'
import { ApiRefusal } from './problem-answer.ts'
import { route, type Route } from './route.ts'
import { instant, list, named, nullable, object, oneOf, optional, text } from './shape.ts'
import { told } from './told.ts'

export type TokenView = {
  readonly id: string
  readonly name: string
  readonly role: AccessRole
  readonly category: string
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string | null
}

type NewToken = {
  readonly name: string
  readonly role: AccessRole
  readonly category?: string
  readonly expiresAt?: string
}

const role = oneOf(accessRoles)
const tokenShape = named(
  'Token',
  object<TokenView>({
    id: text(),
    name: text(),
    role,
    category: text({ description: 'What categories begin with; empty: all' }),
    createdAt: instant,
    createdBy: text(),
    expiresAt: nullable(instant),
  }),
)

export function accessRoutes(core: Core, access: Access): readonly Route[] {
  return [...tokenRoutes(core), ...codeRoutes(access)]
}

function tokenRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/tokens',
      group: 'access',
      summary: 'The tokens that hold, without their secrets',
      needs: 'admin',
      query: pageQuery({ usual: 1000, most: 1000 }),
      answer: object<{ readonly tokens: readonly TokenView[]; readonly nextCursor: string | null }>({
        tokens: list(tokenShape),
        nextCursor: nullable(text()),
      }),
      handle: async ({ query }) => {
        const { tokens } = told(await core.ask({ kind: 'tokens' }), 'tokens')
        const keyOf = ({ name, id }: Pick<TokenView, 'name' | 'id'>) => `${name} ${id}`
        const views = tokens
          .map(({ hash: _, createdAtMs, expiresAtMs, ...rest }) => ({
            ...rest,
            createdAt: formatInstant(Math.round(createdAtMs)),
            expiresAt: expiresAtMs === null ? null : formatInstant(Math.round(expiresAtMs)),
          }))
          .toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
        const { page, nextCursor } = pageOf(views, query, keyOf)
        return { tokens: page, nextCursor }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/tokens',
      group: 'access',
      summary: 'Create a token; its text is in this answer and nowhere else',
      needs: 'admin',
      body: object<NewToken>({
        name: text({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f]+$' }),
        role,
        category: optional(text({ maxLength: 255 })),
        expiresAt: optional(instant),
      }),
      answer: object<{ readonly token: string; readonly id: string }>({ token: text(), id: text() }),
      handle: async ({ body, user }) => {
        const { id, hash, token } = newSecret()
        const expiresAtMs = body.expiresAt === undefined ? null : Date.parse(body.expiresAt)
        const { name, role: asked, category = '' } = body
        const command = {
          kind: 'create-token',
          token: { id, name, role: asked, category, hash, expiresAtMs },
        } as const
        told(await core.command(command, user), 'done')
        return { token, id }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/tokens/:token',
      group: 'access',
      summary: 'Revoke a token, by its id or name, on every agent',
      needs: 'admin',
      answer: doneShape,
      handle: async ({ params, user }) => {
        const command = { kind: 'revoke-token', token: params.token } as const
        return { done: told(await core.command(command, user), 'done').what }
      },
    }),
  ]
}

type Opened = { readonly token: string; readonly role: AccessRole; readonly expiresAt: string }
type Self = Omit<Caller, 'tokenId'>

function codeRoutes(access: Access): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/access',
      group: 'access',
      summary: 'Who the token says that one is',
      needs: 'nobody',
      answer: object<{ readonly caller: Self | null }>({
        caller: nullable(object<Self>({ role, user: text(), category: text() })),
      }),
      handle: async ({ caller }) => {
        if (caller === null) return { caller: null }
        const { tokenId: _, ...self } = caller
        return { caller: self }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/access/codes',
      group: 'access',
      summary: 'A code that opens the viewer once, as who asks for it',
      needs: 'reader',
      answer: object<{ readonly code: string; readonly expiresAt: string }>({
        code: text(),
        expiresAt: instant,
      }),
      handle: async ({ caller }) => {
        if (caller === null) throw new ApiRefusal(noCaller)
        const { code, expiresAtMs } = access.newCode(caller)
        return { code, expiresAt: formatInstant(expiresAtMs) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/access/exchange',
      group: 'access',
      summary: 'A token of some hours for a one-time code',
      needs: 'anybody',
      body: object<{ readonly code: string }>({ code: text({ minLength: 1, maxLength: 200 }) }),
      answer: object<Opened>({ token: text(), role, expiresAt: instant }),
      handle: async ({ body, address }) => {
        const { token, session } = access.exchange(body.code, address)
        return { token, role: session.caller.role, expiresAt: formatInstant(session.untilMs) }
      },
    }),
  ]
}

const noCaller = {
  status: 401,
  title: 'Token needed',
  detail: 'Cannot make a code for nobody: there is no token, expected one',
  remedy: 'hocket open',
} as const
