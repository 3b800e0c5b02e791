// What the builders of jobs and services know of the file
// around them.

import type { Category } from '../base/ids.ts'
import { shortened } from '../schedule/duration.ts'
import type { TemplateSite } from './check-template.ts'
import { checkTemplate } from './check-template.ts'
import type { NodeChoice } from './job-definition.ts'
import type { PlaceText } from './job-values.ts'
import type { Path } from './located.ts'
import { didYouMean } from './nearest-known.ts'
import type { PlaceReport } from './place-report.ts'
import type { PoolDefinition, Scope } from './scope.ts'

/** The kinds of files, by whose habits the defaults differ. */
export type Dialect = 'own' | 'tron' | 'cronq' | 'crontab'

export type BuildContext = {
  readonly category: Category
  readonly dialect: Dialect
  /** The file's names over MASTER's. */
  readonly scope: Scope
  readonly report: PlaceReport
  readonly localNode: string
}

export type ChosenNodes = {
  readonly nodes: NodeChoice
  readonly pool: string
  readonly bound: PoolDefinition['bound']
}

/** Which agents a `node` means; a name that nothing defines is an agent's. */
export function chooseNodes(place: PlaceText, path: Path, context: BuildContext): ChosenNodes {
  const unbounded = { bound: null }
  if (place.kind === 'labels')
    return { nodes: { kind: 'labels', labels: place.labels }, pool: place.text, ...unbounded }
  const { scope, report } = context
  const { name } = place
  const pool = scope.pools.get(name)
  if (pool !== undefined) return { nodes: pool.nodes, pool: name, bound: pool.bound }
  const agents = scope.nodes.get(name)
  if (agents !== undefined) return { nodes: { kind: 'nodes', names: agents }, pool: name, ...unbounded }
  if (name === 'localhost')
    return { nodes: { kind: 'nodes', names: [context.localNode] }, pool: context.localNode, ...unbounded }
  if (scope.pools.size + scope.nodes.size > 0 || context.dialect === 'cronq')
    report.note({
      path,
      message: `No node or pool "${name}" is defined: it means the agent of that name, and slots find no node while there is none`,
      hint: didYouMean(name, scope.pools.keys(), scope.nodes.keys()),
    })
  return { nodes: { kind: 'nodes', names: [name] }, pool: name, ...unbounded }
}

/** Checks one template of the text, and says what would fail when it is rendered. */
export function sayTemplateFaults(
  template: string | undefined,
  at: { readonly path: Path; readonly site: TemplateSite },
  { report, scope }: BuildContext,
): void {
  if (template === undefined || report.problems.isFull) return
  const word = String(at.path.findLast((step) => typeof step === 'string'))
  for (const { message, hint } of checkTemplate(template, at.site, scope.commandContext))
    report.error({
      path: at.path,
      message: `Cannot use ${word} "${shortened(template.trim())}": ${message}`,
      hint,
    })
  if (/%%(?!\()/.test(template) && !/%\(/.test(template))
    report.note({
      path: at.path,
      message: `Each "%%" in ${word} becomes one "%", as in Tron's older templates`,
      hint: 'for two write "%%%%"',
    })
}
