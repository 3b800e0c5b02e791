// The routes that start, end and correct runs by hand. Each request has an id: whoever got no answer sends it again
// with the same, and it is done once. Without one the agent makes one, and says which.

import type { RunCommand } from '../../lib/ledger/run-command.ts'
import type { OrderWord } from '../../lib/run/run-order.ts'
import { ApiRefusal } from './problem-answer.ts'
import type { Core } from './core.ts'
import { newRequestId, requestIdOf } from './request-id.ts'
import { route, type Route } from './route.ts'
import { flag, object, optional, record, text, type Shape } from './shape.ts'
import { told } from './told.ts'

type Asked = { readonly requestId?: string }
type StartAsked = Asked & {
  readonly slot?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly force?: boolean
}
type OrderAsked = Asked & { readonly action?: string; readonly useLatest?: boolean }
type Done = { readonly done: string; readonly requestId: string }

/** It begins with its instant, so that registers can forget the old ones. */
const requestId = optional(text({ pattern: '^\\d{13}-[\\w-]{1,64}$', description: 'MILLISECONDS-ANYTHING' }))
const doneShape: Shape<Done> = object<Done>({ done: text(), requestId: text() })

const orders: readonly (readonly [OrderWord, string])[] = [
  ['cancel', 'End a run, or an action of one, and start nothing more of it'],
  ['stop', 'Tell the processes of a run to end; what is left after its grace is killed'],
  ['kill', 'Kill the processes of a run'],
  ['skip', 'Let what requires an action start without it'],
  ['succeed', 'Set an action to succeeded'],
  ['fail', 'Set an action to failed'],
  ['retry', 'Try an action again, or all of a run that did not succeed'],
  ['recover', 'Find out how an action ended that nobody saw the end of'],
]

export function runRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/jobs/:job/start',
      group: 'runs',
      summary: 'One run of a job now, by hand',
      needs: 'operator',
      body: object<StartAsked>({
        requestId,
        slot: optional(
          text({ maxLength: 100, description: 'The instant that its commands are told as their slot' }),
        ),
        variables: optional(record(text({ maxLength: 10_000 }))),
        force: optional(flag),
      }),
      answer: doneShape,
      handle: async ({ params: { job }, body, user, ...call }) => {
        const { slot, variables = {}, force = false } = body
        const forSlotMs = slot === undefined ? null : instantOf(slot)
        return done(core, user, {
          kind: 'start-job',
          job,
          requestId:
            body.requestId ?? (await requestIdOf(core, { job, what: `start ${job}` }, { user, ...call })),
          forSlotMs,
          variables,
          isForced: force,
        })
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/jobs/:job/cancel',
      group: 'runs',
      summary: 'Give up what of a job waits to be run; what runs is not touched',
      needs: 'operator',
      body: object<Asked>({ requestId }),
      answer: doneShape,
      handle: async ({ params: { job }, body, user }) =>
        done(core, user, { kind: 'drop-waiting', job, requestId: idOf(body) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/runs/:run/rerun',
      group: 'runs',
      summary: 'A new run for the slot of this one',
      needs: 'operator',
      body: object<Asked & { readonly force?: boolean }>({ requestId, force: optional(flag) }),
      answer: doneShape,
      handle: async ({ params: { run }, body, user, ...call }) =>
        done(core, user, {
          kind: 'rerun',
          run,
          requestId:
            body.requestId ??
            (await requestIdOf(core, { job: jobOf(run), what: `rerun ${run}` }, { user, ...call })),
          isForced: body.force ?? false,
        }),
    }),
    ...(['publish', 'discard'] as const).map((word) =>
      route({
        method: 'POST',
        path: `/api/v1/events/:event/${word}` as const,
        group: 'runs',
        summary:
          word === 'publish'
            ? 'Say that what actions wait for is there'
            : 'Take back that what actions wait for is there',
        needs: 'operator',
        body: object<Asked>({ requestId }),
        answer: doneShape,
        handle: async ({ params: { event }, body, user }) =>
          done(core, user, { kind: `${word}-event`, event, requestId: idOf(body) }),
      }),
    ),
    ...orders.map(([word, summary]) =>
      route({
        method: 'POST',
        path: `/api/v1/runs/:run/${word}` as const,
        group: 'runs',
        summary,
        needs: 'operator',
        body: object<OrderAsked>({
          requestId,
          action: optional(text({ minLength: 1, maxLength: 255 })),
          useLatest: optional(flag),
        }),
        answer: doneShape,
        handle: async ({ params, body, user, ...call }) => {
          const { action, useLatest = false } = body
          const run = action === undefined ? params.run : `${params.run}/${action}`
          const wanted = { job: jobOf(params.run), what: `${word} ${run}` }
          const id = body.requestId ?? (await requestIdOf(core, wanted, { user, ...call }))
          return done(core, user, { kind: 'order-run', run, word, useLatest, requestId: id })
        },
      }),
    ),
  ]
}

/** Of `shop.a.17`, and of what is named `shop.a.17.action`: no job is found by that, and the key stands for itself. */
function jobOf(run: string): string {
  return run.replace(/\.[^.]*$/, '')
}

function idOf(asked: Asked): string {
  return asked.requestId ?? newRequestId()
}

function instantOf(words: string): number {
  const ms = Date.parse(words)
  if (!Number.isNaN(ms)) return ms
  throw new ApiRefusal({
    status: 400,
    title: 'Bad slot',
    detail: `Cannot read slot "${words}": it is no instant, expected one such as 2026-11-21T03:00:00Z`,
    remedy: 'Name the instant with its zone.',
  })
}

async function done(core: Core, user: string, command: RunCommand): Promise<Done> {
  const answer = told(await core.command(command, user), 'done')
  return { done: answer.what, requestId: answer.requestId ?? command.requestId }
}
