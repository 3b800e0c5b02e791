// An action as it is going to be carried out: its templates rendered for one attempt, once, so that an edit of the
// definition does not change a run that was claimed. What has its default is left out: a run stands in the journal.

import type { ActionDefinition } from '../definition/job-definition.ts'
import { renderTemplate, type TemplateContext } from '../definition/render-template.ts'
import type { TextMap } from '../definition/value-kinds.ts'

/** What a process is started with, besides what its run tells it. */
export type ProcessPlan = {
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
  const { user, shell, secrets, successExitCodes: codes } = action
  return {
    command,
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

/** What of a plan goes to the one who starts the process. */
export function processPlan({ user, cwd, shell, stdin, secrets }: ProcessPlan): ProcessPlan {
  return {
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(shell !== undefined && { shell }),
    ...(stdin !== undefined && { stdin }),
    ...(secrets !== undefined && { secrets }),
  }
}
