// The routes of secrets: set and removed on this node, on another or on all, and listed by their names. A value comes in
// and never goes out again.

import type { NodeId } from '../../lib/base/ids.ts'
import { secretNamePattern } from '../../lib/definition/variable-map.ts'
import { formatInstant } from '../../lib/schedule/calendar.ts'
import type { Auditing } from './auditing.ts'
import type { Core } from './core.ts'
import { pageOf, pageQuery } from './page.ts'
import { ApiRefusal } from './problem-answer.ts'
import { route, type Route } from './route.ts'
import { instant, list, named, nullable, object, optional, text } from './shape.ts'
import { told } from './told.ts'

/** What hosts are asked for; null from one that does not answer. */
export type AskHost = (
  node: NodeId,
  question:
    | { readonly kind: 'secret-names' }
    | { readonly kind: 'set-secret'; readonly name: string; readonly value: string }
    | { readonly kind: 'remove-secret'; readonly name: string },
) => Promise<{
  readonly kind: string
  readonly names?: readonly { readonly name: string; readonly changedAtMs: number }[]
  readonly isDone?: boolean
} | null>

export type SecretView = { readonly name: string; readonly node: string; readonly changedAt: string }
export type SecretChange = {
  readonly done: string
  readonly nodes: readonly string[]
  readonly away: readonly string[]
}

const secretShape = named('Secret', object<SecretView>({ name: text(), node: text(), changedAt: instant }))
const node = optional(
  text({ minLength: 1, maxLength: 255, description: 'On which node; * for all. Without it on this one' }),
)
const names = list(text())
const changeShape = object<SecretChange>({ done: text(), nodes: names, away: names })
/** Shorter ones would turn half of every output into stars. */
const value = text({ minLength: 4, maxLength: 8192, pattern: '^[^\\u0000]*$' })

export function secretRoutes(core: Core, askHost: AskHost, auditing: Auditing): readonly Route[] {
  const change = async (
    question: Exclude<Parameters<AskHost>[1], { readonly kind: 'secret-names' }>,
    wanted: string | undefined,
  ): Promise<SecretChange> => {
    const { name } = question
    const answers = await askAll(await nodesOf(core, wanted), async (id) => askHost(id, question))
    const isSet = question.kind === 'set-secret'
    const done = answers.filter(({ answer }) => answer?.isDone === true).map(({ to }) => to)
    const away = answers.filter(({ answer }) => answer?.isDone === undefined).map(({ to }) => to)
    if (done.length === 0) throw new ApiRefusal(away.length > 0 ? silent(away) : isSet ? full : noSuch(name))
    const said = `secret "${name}" is ${isSet ? 'set' : 'removed'} on ${done.join(', ')}`
    auditing.noteChange({ text: said, before: null, after: { secret: name, nodes: done }, isTried: false })
    return { done: said, nodes: done, away }
  }
  return [
    route({
      method: 'GET',
      path: '/api/v1/secrets',
      group: 'access',
      summary: 'The names of the secrets of each node, never their values',
      needs: 'admin',
      query: pageQuery({ usual: 1000, most: 1000 }),
      answer: object<{
        readonly secrets: readonly SecretView[]
        readonly away: readonly string[]
        readonly nextCursor: string | null
      }>({ secrets: list(secretShape), away: names, nextCursor: nullable(text()) }),
      handle: async ({ query }) => {
        const answers = await askAll(await nodesOf(core, '*'), async (id) =>
          askHost(id, { kind: 'secret-names' }),
        )
        const secrets = answers.flatMap(({ to, answer }) =>
          (answer?.names ?? []).map((one) => ({
            name: one.name,
            node: to,
            changedAt: formatInstant(one.changedAtMs),
          })),
        )
        const keyOf = ({ name, node: on }: SecretView) => `${name} ${on}`
        const sorted = secrets.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
        const { page, nextCursor } = pageOf(sorted, query, keyOf)
        const away = answers.filter(({ answer }) => answer === null).map(({ to }) => to)
        return { secrets: page, away, nextCursor }
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/secrets/:secret',
      group: 'access',
      summary: 'Set a secret, which definitions name in env as {secret: NAME}',
      needs: 'admin',
      query: { node },
      body: object<{ readonly value: string }>({ value }),
      answer: changeShape,
      handle: async ({ params, query, body }) => {
        if (!new RegExp(secretNamePattern).test(params.secret)) throw new ApiRefusal(badName(params.secret))
        return change({ kind: 'set-secret', name: params.secret, value: body.value }, query.node)
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/secrets/:secret',
      group: 'access',
      summary: 'Forget a secret',
      needs: 'admin',
      query: { node },
      answer: changeShape,
      handle: async ({ params, query }) => change({ kind: 'remove-secret', name: params.secret }, query.node),
    }),
  ]
}

type Host = { readonly id: NodeId; readonly name: string }

async function askAll<Answer>(hosts: readonly Host[], ask: (id: NodeId) => Promise<Answer>) {
  return Promise.all(hosts.map(async ({ id, name }) => ({ to: name, answer: await ask(id) })))
}

async function nodesOf(core: Core, wanted: string | undefined): Promise<readonly Host[]> {
  const { nodes } = told(await core.ask({ kind: 'nodes' }), 'nodes')
  const found = nodes.filter(({ name, nodeId, isSelf }) =>
    wanted === undefined ? isSelf : wanted === '*' || wanted === name || wanted === nodeId,
  )
  if (found.length === 0)
    throw new ApiRefusal({
      status: 404,
      title: 'Not found',
      detail: `Cannot find node "${wanted}": there is none, expected one of this cluster`,
      remedy: 'hocket nodes lists them.',
    })
  return found.map(({ name, nodeId }) => ({ id: nodeId as NodeId, name }))
}

function silent(away: readonly string[]) {
  return {
    status: 503,
    title: 'Node away',
    detail: `Cannot change secrets on ${away.join(', ')}: it does not answer, expected a node that is connected`,
    remedy: 'Do it on that host itself, or when it is back.',
  }
}

function noSuch(name: string) {
  return {
    status: 404,
    title: 'Not found',
    detail: `Cannot remove secret "${name.slice(0, 100)}": there is none, expected one that is set there`,
    remedy: 'hocket secret list shows them, by node.',
  }
}

function badName(name: string) {
  return {
    status: 400,
    title: 'Bad name',
    detail: `Cannot set secret "${name.slice(0, 100)}": that is no name, expected up to 200 letters, digits, - . and _`,
    remedy: 'Choose a name such as shop-db.',
  }
}

const full = {
  status: 409,
  title: 'Refused',
  detail: 'Cannot set the secret: the node has as many as it keeps, expected fewer',
  remedy: 'Remove some with hocket secret remove.',
} as const
