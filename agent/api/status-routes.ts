// The routes that say how this agent and its cluster are: for people, for programs that watch it, and for whatever
// starts it again when it hangs.

import type { Core } from './core.ts'
import type { EventHub } from './event-hub.ts'
import type { Metrics } from './metrics.ts'
import { ApiRefusal } from './problem-answer.ts'
import { plainRoute, route, type Route } from './route.ts'
import { flag, object, optional, text } from './shape.ts'
import { told } from './told.ts'
import { statusShape } from './view-shapes.ts'

type Health = { readonly ok: boolean; readonly state?: string }

export function statusRoutes(core: Core, metrics: Metrics, events: EventHub): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      group: 'status',
      summary: 'Whether this agent lives: its core answers',
      needs: 'anybody',
      answer: object<Health>({ ok: flag, state: optional(text()) }),
      handle: async () => {
        const answer = await core.ask({ kind: 'status' })
        return answer.kind === 'status' ? { ok: true, state: answer.status.state } : { ok: false }
      },
    }),
    route({
      method: 'GET',
      path: '/readyz',
      group: 'status',
      summary: 'Whether this agent can claim: 503 when no majority of the witnesses answers it',
      needs: 'anybody',
      answer: object<Health>({ ok: flag, state: optional(text()) }),
      handle: async () => {
        const { state } = told(await core.ask({ kind: 'status' }), 'status').status
        if (state === 'ready') return { ok: true, state }
        throw new ApiRefusal({
          status: 503,
          title: 'Not ready',
          detail: `Cannot claim runs: this agent is "${state}", expected "ready"`,
          remedy: 'hocket status says what it waits for.',
        })
      },
    }),
    plainRoute({
      method: 'GET',
      path: '/metrics',
      group: 'status',
      summary: 'Figures of this agent, for Prometheus',
      needs: 'nobody',
      answer: { type: 'text/plain; version=0.0.4; charset=utf-8', description: 'Prometheus text format' },
      handle: async () => {
        const { status } = told(await core.ask({ kind: 'status' }), 'status')
        const { figures } = told(await core.ask({ kind: 'figures' }), 'figures')
        return metrics.text({ status, figures, listeners: events.listeners })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/status',
      group: 'status',
      summary: 'Whether all is well, and if not, why',
      needs: 'nobody',
      answer: statusShape,
      handle: async () => told(await core.ask({ kind: 'status' }), 'status').status,
    }),
  ]
}
