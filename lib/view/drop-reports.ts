// What came of a dropped file, as lines of the agent's log: one for a success, one for each
// problem otherwise, each with its place and its remedy.

import type { Report, ReportedChange } from '../base/effect.ts'
import { problemText } from '../base/problem.ts'
import type { DropOutcome, RemoveOutcome } from '../catalog/drop-outcome.ts'

/** Names of jobs in one line of the audit log. */
const namesTold = 50

export function removalReport({ fileName }: { readonly fileName: string }, outcome: RemoveOutcome): Report {
  return outcome.kind === 'removed'
    ? {
        kind: 'report',
        level: 'info',
        text: `category "${outcome.category}" was removed with its file`,
        facts: { jobs: outcome.removed.length },
        change: {
          action: 'removeFile',
          isDone: true,
          category: outcome.category,
          fileName,
          after: { revision: outcome.revision, removed: outcome.removed.slice(0, namesTold) },
        },
      }
    : {
        kind: 'report',
        level: 'warn',
        text: `the removal of file "${fileName}" changes nothing: ${outcome.because}`,
        facts: {},
      }
}

export function dropReports(fileName: string, outcome: DropOutcome): Report[] {
  const report = (level: Report['level'], text: string, facts: Report['facts'] = {}): Report => ({
    kind: 'report',
    level,
    text,
    facts,
  })
  const changing = (text: Report, isDone: boolean, after: ReportedChange['after']): Report => {
    const category = 'category' in outcome ? outcome.category : ''
    return { ...text, change: { action: 'dropFile', isDone, category, fileName, after } }
  }
  switch (outcome.kind) {
    case 'applied': {
      const { category, created, changed, removed, notes } = outcome
      const counts = { created: created.length, changed: changed.length, removed: removed.length }
      const [some, other, gone] = [created, changed, removed].map((names) => names.slice(0, namesTold))
      return [
        changing(report('info', `category "${category}" was applied from file "${fileName}"`, counts), true, {
          revision: outcome.revision,
          created: some!,
          changed: other!,
          removed: gone!,
        }),
        ...notes.map((note) => report('warn', problemText(note))),
      ]
    }
    case 'unchanged':
      return [report('info', `file "${fileName}" says what category "${outcome.category}" already is`)]
    case 'stale':
      return [
        changing(
          report(
            'warn',
            `file "${fileName}" is an older text of category "${outcome.category}", and the cluster has moved on: it is not applied; save it again to apply it on purpose`,
            { current: outcome.current },
          ),
          false,
          { current: outcome.current },
        ),
      ]
    case 'refused':
      return [
        changing(
          report('error', `file "${fileName}" has problems, and nothing of it is applied`, {
            problems: outcome.problems.length,
          }),
          false,
          {},
        ),
        ...outcome.problems.map((problem) => report('error', problemText(problem))),
      ]
    case 'ignored':
      return [report('info', `file "${fileName}" is not read: it ${outcome.because}`)]
    case 'not-ready':
      return []
  }
}
