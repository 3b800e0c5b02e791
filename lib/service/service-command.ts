// What people ask of a service or of one instance of it, from any agent: start and stop (which stand until somebody
// decides otherwise, over what the file says), kill (a stop that waits for nothing), restart. The agents that hold the
// instances read it in the documents, and see to it.

import { nearestName } from '../base/problem.ts'
import type { Catalog, EditAuthor } from '../catalog/catalog.ts'
import type { CatalogService } from '../catalog/category-services.ts'
import type { CommandOutcome } from '../claim/node-commands.ts'
import { category } from '../base/ids.ts'

export type ServiceOrder = 'start' | 'stop' | 'restart' | 'kill'

export type ServiceCommand = {
  readonly kind: 'order-service'
  /** `category.service`, or `category.service.NUMBER` for one instance. */
  readonly service: string
  readonly order: ServiceOrder
}

export type ServiceCommandParts = {
  readonly catalog: Catalog
  readonly author: EditAuthor
  askRestart(service: string, number: number | null): void
}

/** A service and perhaps one of its instances, as people call them; null when there is none. */
export function findInstance(
  name: string,
  catalog: Pick<Catalog, 'findService'>,
): { readonly service: CatalogService; readonly number: number | null } | null {
  const whole = catalog.findService(name)
  if (whole !== undefined) return { service: whole, number: null }
  const found = /^(.+)\.(\d{1,4})$/.exec(name)
  const service = catalog.findService(found?.[1] ?? '')
  return service === undefined ? null : { service, number: Number(found![2]) }
}

export function carryOutServiceCommand(command: ServiceCommand, parts: ServiceCommandParts): CommandOutcome {
  const { order, service: asked } = command
  const { catalog, author } = parts
  const found = findInstance(asked, catalog)
  const above = catalog.findService(asked.slice(0, Math.max(0, asked.lastIndexOf('.'))))
  if (found === null && above?.definition.count === 'all')
    return {
      kind: 'refused',
      why: `service "${above.name}" has one instance on each node, expected the service as a whole`,
      hint: `hocket service ${order} ${above.name}`,
    }
  if (found === null) {
    const names = [...catalog.services()].map(({ name }) => name)
    return { kind: 'not-found', what: `service "${asked}"`, nearest: nearestName(asked, names) }
  }
  const { service, number } = found
  const { name, definition } = service
  const { count } = definition
  if (number !== null && (count === 'all' || number >= count))
    return {
      kind: 'refused',
      why: `service "${name}" has ${count === 'all' ? 'one instance on each node' : `${count} instances`}, expected an instance below that`,
      hint: `hocket service show ${name} lists its instances`,
    }
  if (catalog.history(category(definition.category)) === null)
    return { kind: 'refused', why: 'its definition is being read from disk', hint: 'Ask again in a second.' }
  const what = number === null ? `service "${name}"` : `instance "${name}.${number}"`
  if (order === 'restart') {
    const state = number === null ? service.whole : (service.single.get(number) ?? service.whole)
    if (!state.isEnabled)
      return { kind: 'refused', why: `${what} is stopped`, hint: `hocket service start ${asked}` }
    parts.askRestart(name, number)
    return { kind: 'done', what: `${what} is being restarted` }
  }
  const isEnabled = order === 'start'
  catalog.switchService(name, { number, isEnabled, isKill: order === 'kill' }, author)
  const words = {
    start: 'is being started',
    stop: 'is being stopped',
    kill: 'is being killed, and stays stopped',
  }
  return { kind: 'done', what: `${what} ${words[order]}` }
}
