// All routes of the API. Whoever adds a part of the agent adds its routes to this list, and they have their place in
// the document, the checks and the tests.

import { configRoutes } from './config-routes.ts'
import type { Core } from './core.ts'
import { cronqRoutes } from './cronq-routes.ts'
import { documentRoutes } from './document-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { pictureRoutes } from './picture-routes.ts'
import type { Route } from './route.ts'
import { statusRoutes } from './status-routes.ts'

export function allRoutes(core: Core, version: string): readonly Route[] {
  const routes = [
    ...statusRoutes(core),
    ...jobRoutes(core),
    ...pictureRoutes(core),
    ...nodeRoutes(core),
    ...configRoutes(core),
    ...cronqRoutes(core),
  ]
  return [...routes, ...documentRoutes(routes, version)]
}
