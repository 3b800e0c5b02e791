// The routes that say how this agent and its cluster are: for people, for programs that watch it, and for whatever
// starts it again when it hangs.

import type { Core } from './core.ts'
import { route, type Route } from './route.ts'
import { flag, object, optional, text } from './shape.ts'
import { told } from './told.ts'
import { statusShape } from './view-shapes.ts'

type Health = { readonly ok: boolean; readonly state?: string }

export function statusRoutes(core: Core): readonly Route[] {
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
      path: '/api/v1/status',
      group: 'status',
      summary: 'Whether all is well, and if not, why',
      needs: 'nobody',
      answer: statusShape,
      handle: async () => told(await core.ask({ kind: 'status' }), 'status').status,
    }),
  ]
}
