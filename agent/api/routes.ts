// All routes of the API. Whoever adds a part of the agent adds its routes to this list, and they have their place in
// the document, the checks and the tests.

import { accessRoutes } from './access-routes.ts'
import type { Access } from './access.ts'
import { auditRoutes, type Audit } from './audit-routes.ts'
import { configRoutes } from './config-routes.ts'
import type { Auditing } from './auditing.ts'
import type { Core } from './core.ts'
import { cronqRoutes } from './cronq-routes.ts'
import { doctorRoutes, type AskDoctor } from './doctor-routes.ts'
import type { EventHub } from './event-hub.ts'
import { eventRoutes } from './event-routes.ts'
import { documentRoutes } from './document-routes.ts'
import { jobRoutes } from './job-routes.ts'
import type { Metrics } from './metrics.ts'
import { nodeRoutes } from './node-routes.ts'
import { outputRoutes, type Outputs } from './output-routes.ts'
import { pictureRoutes } from './picture-routes.ts'
import { pruneRoutes, type AskPrune } from './prune-routes.ts'
import type { Route } from './route.ts'
import { runRoutes } from './run-routes.ts'
import { secretRoutes, type AskHost } from './secret-routes.ts'
import { serviceRoutes } from './service-routes.ts'
import { statusRoutes } from './status-routes.ts'

export type RouteSources = {
  readonly core: Core
  readonly outputs: Outputs
  readonly audit: Audit
  readonly auditing: Auditing
  readonly askHost: AskHost & AskDoctor & AskPrune
  readonly events: EventHub
  readonly metrics: Metrics
  readonly access: Access
  readonly version: string
  readonly logUrl: string | null
}

export function allRoutes({
  core,
  outputs,
  audit,
  auditing,
  askHost,
  events,
  metrics,
  access,
  version,
  logUrl,
}: RouteSources): readonly Route[] {
  const routes = [
    ...statusRoutes(core, metrics, events),
    ...eventRoutes(events),
    ...jobRoutes(core, logUrl),
    ...runRoutes(core),
    ...outputRoutes(core, outputs),
    ...pictureRoutes(core),
    ...serviceRoutes(core),
    ...nodeRoutes(core),
    ...configRoutes(core),
    ...accessRoutes(core, access),
    ...auditRoutes(core, audit),
    ...doctorRoutes(core, askHost),
    ...pruneRoutes(core, askHost, auditing),
    ...secretRoutes(core, askHost, auditing),
    ...cronqRoutes(core),
  ]
  return [...routes, ...documentRoutes(routes, version)]
}
