// The stream of what happens, as server-sent events: `curl -N …/api/v1/events`. Each event's data is a News of lib/view
// as JSON; the first is `hello`, which says whether nothing was missed since the event that the caller saw last.

import type { News } from '../../lib/view/news.ts'
import type { EventHub, NewsKind } from './event-hub.ts'
import { plainRoute, type Route } from './route.ts'
import { serviceShape } from './service-shape.ts'
import { flag, instant, integer, list, named, object, oneOf, optional, text, union } from './shape.ts'
import { nodeShape, runShape, statusStates } from './view-shapes.ts'

const kinds = [
  'run',
  'config',
  'node',
  'service',
  'claim',
  'status',
  'much',
] as const satisfies readonly NewsKind[]

type Of<Kind extends NewsKind> = Extract<News, { kind: Kind }>
type Hello = { readonly kind: 'hello'; readonly isResumed: boolean }

const newsShape = named(
  'News',
  union<News | Hello>([
    object<Of<'run'>>({ kind: oneOf(['run']), run: runShape }),
    object<Of<'config'>>({ kind: oneOf(['config']), category: text(), jobs: list(text()) }),
    object<Of<'node'>>({ kind: oneOf(['node']), node: nodeShape }),
    object<Of<'service'>>({ kind: oneOf(['service']), service: serviceShape }),
    object<Of<'claim'>>({ kind: oneOf(['claim']), job: text(), slot: instant, run: integer(), node: text() }),
    object<Of<'status'>>({ kind: oneOf(['status']), state: oneOf(statusStates), complaints: list(text()) }),
    object<Of<'much'>>({ kind: oneOf(['much']), of: oneOf(['runs', 'config', 'services']) }),
    object<Hello>({ kind: oneOf(['hello']), isResumed: flag }),
  ]),
)

export function eventRoutes(events: EventHub): readonly Route[] {
  return [
    plainRoute({
      method: 'GET',
      path: '/api/v1/events',
      group: 'status',
      summary: 'What happens, as it happens; goes on behind the event named by Last-Event-ID',
      needs: 'nobody',
      query: {
        kinds: optional(
          text({
            pattern: `^(${kinds.join('|')})(,(${kinds.join('|')})){0,${kinds.length - 1}}$`,
            description: `Only these, separated by commas: ${kinds.join(', ')}`,
          }),
        ),
      },
      answer: {
        type: 'text/event-stream; charset=utf-8',
        description: 'Server-sent events; the data of each is a News',
        item: newsShape,
      },
      handle: async ({ query, header }) =>
        events.listen({
          kinds: query.kinds === undefined ? null : new Set(query.kinds.split(',') as NewsKind[]),
          lastSeen: header('last-event-id') ?? null,
        }),
    }),
  ]
}
