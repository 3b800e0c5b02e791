// An action as it is going to be carried out: its templates rendered for one attempt, once, so that an edit of the
// definition does not change a run that was claimed. What has its default is left out: a run stands in the journal.

import type { ActionDefinition, HttpRequest } from '../definition/job-definition.ts'
import { renderTemplate, type TemplateContext } from '../definition/render-template.ts'
import type { TextMap } from '../definition/value-kinds.ts'

/** A request that the agent makes itself, in place of a process; what has its default is left out here too. */
export type RequestPlan = {
  readonly url: string
  readonly method: HttpRequest['method']
  readonly headers?: TextMap
  /** Headers, and the names of the secrets that are their values on the node. */
  readonly secretHeaders?: TextMap
  readonly body?: string
  /** The codes that count as success; 200 to 299 if not given. */
  readonly expectStatus?: readonly number[]
  /** A regular expression that the body must match. */
  readonly expectBody?: string
  /** Files on the node: certificates to trust, and the client's own. */
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** What a process is started with, besides what its run tells it. */
export type ProcessPlan = {
  /** Nothing is started: this is asked. */
  readonly http?: RequestPlan
  /** The account whose rights it gets; the agent's own if not given. */
  readonly user?: string
  /** Where it starts; its user's home if not given. */
  readonly cwd?: string
  /** Gets the command with -c; /bin/sh if not given. */
  readonly shell?: string
  /** Its standard input; empty if not given. */
  readonly stdin?: string
  /** Variables of its environment, and the names of the secrets that are their values; none if not given. */
  readonly secrets?: TextMap
}

export type RenderedAction = ProcessPlan & {
  readonly command: string
  readonly env?: TextMap
  /** Those that count as success; only 0 if not given. */
  readonly successExitCodes?: readonly number[]
  /** Why it could not be rendered: it fails without being started. */
  readonly fault: string | null
}

export function renderAction(action: ActionDefinition, context: TemplateContext): RenderedAction {
  let fault: string | null = null
  const render = (template: string): string => {
    const rendering = renderTemplate(template, context)
    if (rendering.ok) return rendering.text
    fault ??= rendering.problem
    return template
  }
  const command = render(action.command)
  const env = Object.entries(action.env).map(([name, value]) => [name, render(value)] as const)
  const cwd = action.cwd === null ? null : render(action.cwd)
  const stdin = action.stdin === null ? '' : render(action.stdin)
  const http = action.http === null ? null : renderRequest(action.http, render)
  const { user, shell, secrets, successExitCodes: codes } = action
  return {
    command,
    ...(http !== null && { http }),
    ...(env.length > 0 && { env: Object.fromEntries(env) }),
    ...(cwd !== null && { cwd }),
    ...(user !== null && { user }),
    ...(shell !== '/bin/sh' && { shell }),
    ...(stdin !== '' && { stdin }),
    ...(Object.keys(secrets).length > 0 && { secrets }),
    ...(codes.join() !== '0' && { successExitCodes: codes }),
    fault,
  }
}

function renderRequest(request: HttpRequest, render: (template: string) => string): RequestPlan {
  const { method, secretHeaders, body, expectStatus, expectBody, caFile, certFile, keyFile } = request
  const headers = Object.entries(request.headers).map(([name, value]) => [name, render(value)] as const)
  return {
    url: render(request.url),
    method,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(Object.keys(secretHeaders).length > 0 && { secretHeaders }),
    ...(body !== null && { body: render(body) }),
    ...(expectStatus.length > 0 && { expectStatus }),
    ...(expectBody !== null && { expectBody }),
    ...(caFile !== null && { caFile }),
    ...(certFile !== null && { certFile }),
    ...(keyFile !== null && { keyFile }),
  }
}

/** What of a plan goes to the one who starts the process. */
export function processPlan({ http, user, cwd, shell, stdin, secrets }: ProcessPlan): ProcessPlan {
  return {
    ...(http !== undefined && { http }),
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(shell !== undefined && { shell }),
    ...(stdin !== undefined && { stdin }),
    ...(secrets !== undefined && { secrets }),
  }
}
