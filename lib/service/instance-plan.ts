// How one instance is started, looked at and stopped on this node: a service's definition with its templates rendered.
// It is kept with the instance, so that what runs can be stopped as it was meant after its definition is gone. Two
// plans with the same print need no restart between them.

import { contentHash } from '../base/hash.ts'
import { instanceVariables } from '../definition/attempt-variables.ts'
import { renderTemplate } from '../definition/render-template.ts'
import type { HealthCheck, ServiceDefinition } from '../definition/service-definition.ts'
import { SEARCH_PATH } from '../run/environment.ts'
import type { ProcessPlan } from '../run/render-action.ts'

export type InstancePlan = {
  /** Of the definition's part that a process is given, the same for all its instances. */
  readonly definition: string
  /** Of what a running process was given: another one asks for a restart. */
  readonly print: string
  readonly command: string
  /** Null: the agent's own place for it. */
  readonly pidFile: string | null
  readonly isForeground: boolean
  readonly user: string | null
  readonly cwd: string | null
  readonly environment: Readonly<Record<string, string>>
  /** Not given where there are none. */
  readonly secrets?: Readonly<Record<string, string>>
  /** It must not outlive its node's session. */
  readonly isLeased: boolean
  readonly stopCommand: string | null
  readonly stopSignal: string
  readonly stopTimeoutMs: number
  readonly monitorIntervalMs: number | null
  readonly restartDelayMs: number | null
  readonly monitorRetries: number
  readonly health: HealthCheck | null
  /** Why it cannot be started at all; null when it can. */
  readonly fault: string | null
}

/** As whom and where its commands start, and with which secrets. */
export function placeOf({ user, cwd, secrets }: InstancePlan): ProcessPlan {
  return {
    ...(user !== null && { user }),
    ...(cwd !== null && { cwd }),
    ...(secrets !== undefined && { secrets }),
  }
}

/** Whether it must not outlive its node's session, because it starts elsewhere then. */
export function needsGuard({ failover, count }: Pick<ServiceDefinition, 'failover' | 'count'>): boolean {
  return failover === 'spread' && count !== 'all'
}

export type PlanFacts = {
  readonly number: number
  /** The node's name, and the name of its host, which `{node}` is. */
  readonly name: string
  readonly hostname: string
  /** For dates in templates. */
  readonly atMs: number
}

export function instancePlan(definition: ServiceDefinition, facts: PlanFacts): InstancePlan {
  const { render, faults } = renderer(definition, facts)
  const { env, secrets, health, isForeground, user } = definition
  const command = render(definition.command)
  const cwd = definition.cwd === null ? null : render(definition.cwd)
  const pidFile = render.pidFile
  const isLeased = needsGuard(definition)
  const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, render(value)]))
  const hasSecrets = Object.keys(secrets).length > 0
  const given = { command, pidFile, isForeground, user, cwd, own, isLeased, ...(hasSecrets && { secrets }) }
  const templates = [
    definition.command,
    definition.pidFile,
    isForeground,
    user,
    definition.cwd,
    env,
    isLeased,
    ...(hasSecrets ? [secrets] : []),
  ]
  return {
    definition: contentHash(JSON.stringify([templates, definition.commandContext])),
    print: contentHash(JSON.stringify(given)),
    command,
    pidFile,
    isForeground,
    user,
    cwd,
    environment: {
      PATH: SEARCH_PATH,
      HOCKET_SERVICE: definition.name,
      HOCKET_INSTANCE: String(facts.number),
      HOCKET_NODE: facts.name,
      ...(pidFile !== null && { HOCKET_PID_FILE: pidFile }),
      ...own,
    },
    ...(hasSecrets && { secrets }),
    isLeased,
    stopCommand: definition.stopCommand === null ? null : render(definition.stopCommand),
    stopSignal: definition.stopSignal,
    stopTimeoutMs: definition.stopTimeoutMs,
    monitorIntervalMs: definition.monitorIntervalMs,
    restartDelayMs: definition.restartDelayMs,
    monitorRetries: definition.monitorRetries,
    health: health === null ? null : { ...health, target: render(health.target) },
    fault: faults[0] ?? null,
  }
}

type Render = ((template: string) => string) & { readonly pidFile: string | null }

function renderer(
  definition: ServiceDefinition,
  facts: PlanFacts,
): { readonly render: Render; readonly faults: readonly string[] } {
  const faults: string[] = []
  const { number: instanceNumber, hostname: node, atMs: slotMs } = facts
  const { name: serviceName, commandContext } = definition
  const renderWith = (template: string, pidFile: string | null): string => {
    const variables = instanceVariables({ serviceName, instanceNumber, node, pidFile })
    const rendering = renderTemplate(template, {
      slotMs,
      timeZone: 'UTC',
      lastSuccessMs: null,
      variables,
      commandContext,
    })
    if (!rendering.ok) faults.push(rendering.problem)
    return rendering.ok ? rendering.text : template
  }
  const pidFile = definition.pidFile === null ? null : renderWith(definition.pidFile, null)
  if (pidFile !== null && !pidFile.startsWith('/'))
    faults.push(`its pid file is "${pidFile}", expected an absolute path`)
  const render = Object.assign((template: string) => renderWith(template, pidFile), { pidFile })
  return { render, faults }
}
