// One action, completed with its defaults, from what the schema has
// read.

import { HOUR_MS } from '../schedule/calendar.ts'
import type { RawAction, RawCleanup } from './action-keys.ts'
import type { BuildContext } from './build-context.ts'
import { chooseNodes, sayTemplateFaults } from './build-context.ts'
import { checkProcess } from './check-process.ts'
import { checkRequest } from './check-request.ts'
import type { ActionDefinition, HttpRequest } from './job-definition.ts'
import type { TemplateSite } from './check-template.ts'
import type { Path } from './located.ts'
import { isPartialAt } from './located.ts'
import type { TextMap } from './value-kinds.ts'
import { dividedVariables } from './variable-map.ts'

/** What an action is allowed before it is shown as over its time, and how long it waits for events: Tron's 24 h. */
export const dayMs = 24 * HOUR_MS

export function buildAction(
  raw: RawAction | RawCleanup,
  path: Path,
  context: BuildContext,
): ActionDefinition {
  const name = raw.name ?? 'cleanup'
  checkDoing(raw, name, path, context)
  checkRequest(raw, path, context)
  checkTemplates(raw, path, context)
  checkProcess(raw, path, context)
  const chosen = raw.node === undefined ? null : chooseNodes(raw.node, [...path, 'node'], context)
  return {
    name,
    command: raw.command ?? '',
    task: raw.task ?? null,
    http: httpRequest(raw.http),
    requires: 'requires' in raw ? [...new Set(raw.requires ?? [])] : [],
    nodes: chosen?.nodes ?? null,
    pool: chosen?.pool ?? null,
    retries: raw.retries ?? 0,
    retriesDelayMs: raw.retries_delay ?? 0,
    backoff: raw.backoff ?? 'fixed',
    retryOn: raw.retry_on ?? 'same_node',
    timeoutMs: raw.timeout ?? null,
    expectedRuntimeMs: raw.expected_runtime ?? dayMs,
    ...withSecrets(dividedVariables(raw.env), raw.secret_env),
    cwd: raw.cwd ?? null,
    user: raw.user ?? null,
    shell: raw.shell ?? '/bin/sh',
    stdin: raw.stdin ?? null,
    successExitCodes: raw.success_exit_codes ?? [0],
    triggeredBy: raw.triggered_by ?? [],
    triggerDownstreams: raw.trigger_downstreams ?? {},
    triggerTimeoutMs: raw.trigger_timeout ?? dayMs,
  }
}

function checkDoing(raw: RawAction | RawCleanup, name: string, path: Path, { report }: BuildContext): void {
  const given = (['command', 'task', 'http'] as const).filter((word) => raw[word] !== undefined)
  if (given.length === 1) return
  // Perhaps it was written, and could not be read: that has been said.
  if (given.length === 0 && isPartialAt(report.root, path)) return
  const has = given.length === 0 ? 'no command' : given.join(' and ')
  report.error({
    path,
    message: `Cannot read action "${name}": it has ${has}, expected exactly one of command, task and http`,
    hint: given.length === 0 ? 'such as command: date' : '',
  })
}

function checkTemplates(raw: RawAction | RawCleanup, path: Path, context: BuildContext): void {
  const check = (words: Path, template: string | undefined, site: TemplateSite = 'action') =>
    sayTemplateFaults(template, { path: [...path, ...words], site }, context)
  const checkAll = (word: string, templates: TextMap | undefined, above: Path = []) => {
    for (const [name, template] of Object.entries(templates ?? {})) check([...above, word, name], template)
  }
  check(['command'], raw.command)
  check(['cwd'], raw.cwd)
  check(['stdin'], raw.stdin)
  check(['http', 'url'], raw.http?.url)
  check(['http', 'body'], raw.http?.body)
  checkAll('headers', dividedVariables(raw.http?.headers).env, ['http'])
  checkAll('env', dividedVariables(raw.env).env)
  checkAll('trigger_downstreams', raw.trigger_downstreams)
  for (const [i, template] of (raw.triggered_by ?? []).entries())
    check(['triggered_by', i], template, 'trigger')
}

function withSecrets(
  { env, secrets }: ReturnType<typeof dividedVariables>,
  more: TextMap = {},
): Pick<ActionDefinition, 'env' | 'secrets'> {
  return { env, secrets: { ...secrets, ...more } }
}

function httpRequest(raw: RawAction['http']): HttpRequest | null {
  if (raw === undefined) return null
  const headers = dividedVariables(raw.headers)
  return {
    url: raw.url,
    method: raw.method ?? 'GET',
    headers: headers.env,
    secretHeaders: headers.secrets,
    body: raw.body ?? null,
    expectStatus: raw.expect_status ?? [],
    expectBody: raw.expect_body ?? null,
    caFile: raw.ca_file ?? null,
    certFile: raw.cert_file ?? null,
    keyFile: raw.key_file ?? null,
  }
}
