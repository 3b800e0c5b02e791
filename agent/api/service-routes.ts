// The routes of services: what they are; and start, stop, restart and kill of a service or of one instance of it, which
// the agents that hold the instances carry out.

import type { ServiceView } from '../../lib/view/service-view.ts'
import type { Core } from './core.ts'
import { doneShape } from './done-shape.ts'
import { pageOf, pageQuery } from './page.ts'
import { route, type Route } from './route.ts'
import { serviceShape, serviceStates } from './service-shape.ts'
import { list, nullable, object, oneOf, optional, text } from './shape.ts'
import { serviceShownTo } from './shown-to.ts'
import { told } from './told.ts'

const orders = [
  ['start', 'Start a service, or one instance of it; it stays so'],
  ['stop', 'Stop a service, or one instance of it; it stays so'],
  ['restart', 'Stop what runs of a service or instance, and start it'],
  ['kill', 'Stop a service, or one instance of it, with SIGKILL; it stays so'],
] as const

export function serviceRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/services',
      group: 'services',
      summary: 'What is kept up, where, and how it fares',
      needs: 'nobody',
      query: {
        ...pageQuery({ usual: 10_000, most: 10_000 }),
        state: optional(oneOf(serviceStates)),
        node: optional(text({ minLength: 1, maxLength: 255, description: 'With an instance on this one' })),
      },
      answer: object<{ readonly services: readonly ServiceView[]; readonly nextCursor: string | null }>({
        services: list(serviceShape),
        nextCursor: nullable(text()),
      }),
      handle: async ({ caller, query }) => {
        const { services } = told(await core.ask({ kind: 'services' }), 'services')
        const { state, node } = query
        const wanted = services
          .filter((service) => state === undefined || service.state === state)
          .filter(({ instances }) => node === undefined || instances.some((one) => one.node === node))
          .toSorted((left, right) => (left.name < right.name ? -1 : 1))
        const { page, nextCursor } = pageOf(wanted, query, ({ name }) => name)
        return { services: page.map((service) => serviceShownTo(caller, service)), nextCursor }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/services/:name',
      group: 'services',
      summary: 'One service, by its name or that of an instance: its instances and what happened to them',
      needs: 'nobody',
      answer: serviceShape,
      handle: async ({ params: { name }, caller }) =>
        serviceShownTo(caller, told(await core.ask({ kind: 'service', name }), 'service').service),
    }),
    ...orders.map(([order, summary]) =>
      route({
        method: 'POST',
        path: `/api/v1/services/:name/${order}`,
        group: 'services',
        summary,
        needs: 'operator',
        answer: doneShape,
        handle: async ({ params, user }) => {
          const command = { kind: 'order-service', service: params['name'], order } as const
          return { done: told(await core.command(command, user), 'done').what }
        },
      }),
    ),
  ]
}
