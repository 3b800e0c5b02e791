// One service, completed with its defaults, from what the schema has read; and what only shows when
// its keys are seen together.

import { SECOND_MS } from '../schedule/calendar.ts'
import type { BuildContext } from './build-context.ts'
import { chooseNodes, sayTemplateFaults } from './build-context.ts'
import { checkProcess } from './check-process.ts'
import type { Path } from './located.ts'
import { isPartialAt } from './located.ts'
import type { HealthCheck, ServiceDefinition } from './service-definition.ts'
import type { RawService } from './service-keys.ts'
import { dividedVariables } from './variable-map.ts'

export function buildService(raw: RawService, path: Path, context: BuildContext): ServiceDefinition {
  const { category, scope } = context
  checkTemplates(raw, path, context)
  checkProcess(raw, path, context)
  if (raw.pid_file === undefined && raw.foreground !== true && !isPartialAt(context.report.root, path))
    context.report.error({
      path,
      message: `Cannot read service "${raw.name}": it has no pid_file, expected one unless foreground is true`,
      hint: 'such as pid_file: /run/{name}-{instance_number}.pid',
    })
  const chosen =
    raw.node === undefined
      ? ({ nodes: { kind: 'any' }, pool: '' } as const)
      : chooseNodes(raw.node, [...path, 'node'], context)
  return {
    name: `${category}.${raw.name}`,
    category,
    ...chosen,
    count: raw.count ?? 1,
    command: raw.command,
    pidFile: raw.pid_file ?? null,
    isForeground: raw.foreground ?? false,
    enabled: raw.enabled ?? true,
    monitorIntervalMs: raw.monitor_interval === 0 ? null : (raw.monitor_interval ?? 10 * SECOND_MS),
    restartDelayMs: restartDelay(raw, path, context),
    monitorRetries: raw.monitor_retries ?? 5,
    failover: raw.failover ?? 'none',
    update: raw.update ?? 'rolling',
    health: readHealth(raw, path, context),
    stopCommand: raw.stop_command ?? null,
    stopSignal: raw.stop_signal ?? 'SIGTERM',
    stopTimeoutMs: raw.stop_timeout ?? 10 * SECOND_MS,
    user: raw.user ?? null,
    cwd: raw.cwd ?? null,
    ...dividedVariables(raw.env),
    commandContext: scope.commandContext,
    labels: raw.labels ?? {},
    owner: raw.owner ?? '',
    summary: raw.summary ?? '',
    notes: raw.notes ?? '',
  }
}

function restartDelay(raw: RawService, path: Path, { report }: BuildContext): number | null {
  if (raw.restart_interval === undefined) return raw.restart_delay ?? null
  if (raw.restart_delay !== undefined)
    report.error({
      path: [...path, 'restart_interval'],
      of: 'key',
      message: `Cannot use restart_interval in service "${raw.name}": restart_delay says the same, expected one of them`,
    })
  else
    report.note({
      path: [...path, 'restart_interval'],
      of: 'key',
      message: 'Key "restart_interval" is an old word for restart_delay, and is taken as that',
    })
  return raw.restart_interval
}

function readHealth(raw: RawService, path: Path, { report }: BuildContext): HealthCheck | null {
  const { health } = raw
  if (health === undefined) return null
  const given = (['command', 'http'] as const).filter((word) => health[word] !== undefined)
  const kind = given[0]
  if (kind === undefined || given.length > 1)
    report.error({
      path: [...path, 'health'],
      message: `Cannot read health of service "${raw.name}": it has ${given.length === 0 ? 'no check' : 'two checks'}, expected exactly one of command and http`,
    })
  return {
    kind: kind ?? 'command',
    target: health[kind ?? 'command'] ?? '',
    intervalMs: health.interval ?? 10 * SECOND_MS,
    timeoutMs: health.timeout ?? 5 * SECOND_MS,
    failures: health.failures ?? 3,
  }
}

function checkTemplates(raw: RawService, path: Path, context: BuildContext): void {
  const check = (words: Path, template: string | undefined) =>
    sayTemplateFaults(template, { path: [...path, ...words], site: 'service' }, context)
  sayTemplateFaults(raw.pid_file, { path: [...path, 'pid_file'], site: 'pid-file' }, context)
  check(['command'], raw.command)
  check(['stop_command'], raw.stop_command)
  check(['cwd'], raw.cwd)
  check(['health', 'command'], raw.health?.command)
  check(['health', 'http'], raw.health?.http)
  for (const [word, template] of Object.entries(dividedVariables(raw.env).env)) check(['env', word], template)
}
