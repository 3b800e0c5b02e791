// From a category's history to its services: the current text parsed, and what people decided over it. `start` and
// `stop` of a service are for all its instances, and take back what was decided about single ones before.

import { compareRevisions } from '../base/revision.ts'
import type { ServiceDefinition } from '../definition/service-definition.ts'
import type { CategoryHistory } from './category-history.ts'
import type { Override } from './revision-record.ts'

/** Whether something is to run; isKill: it was to end without being asked. */
export type Switch = { readonly isEnabled: boolean; readonly isKill: boolean }

export type CatalogService = {
  readonly name: string
  readonly definition: ServiceDefinition
  /** Of its category. */
  readonly revision: string
  readonly whole: Switch
  /** Instances for which somebody decided otherwise. */
  readonly single: ReadonlyMap<number, Switch>
}

export function servicesOf(
  definitions: readonly ServiceDefinition[],
  { overrides }: Pick<CategoryHistory, 'overrides'>,
  revision: string,
): ReadonlyMap<string, CatalogService> {
  return new Map(
    definitions.map((definition) => {
      const { name, enabled } = definition
      const short = name.slice(name.indexOf('.') + 1)
      const override = overrides.get(short)
      const whole = override === undefined ? { isEnabled: enabled, isKill: false } : switchOf(override)
      const single = new Map<number, Switch>()
      for (const [key, one] of overrides) {
        if (!key.startsWith(`${short}.`)) continue
        const isNewer = override === undefined || compareRevisions(one.revision, override.revision) > 0
        if (isNewer) single.set(Number(key.slice(short.length + 1)), switchOf(one))
      }
      return [name, { name, definition, revision, whole, single }]
    }),
  )
}

/** What is decided about one instance. */
export function switchOfInstance(service: CatalogService, number: number): Switch {
  return service.single.get(number) ?? service.whole
}

function switchOf({ isEnabled, isKill = false }: Override): Switch {
  return { isEnabled, isKill }
}
