// The categories as people see them: what became of each file, what is in conflict or stale and what to do about it;
// a category's revisions and who made them; the text of one.

import { category as toCategory } from '../base/ids.ts'
import { nearestName } from '../base/problem.ts'
import { revisionCounter } from '../base/revision.ts'
import type { Catalog, CategoryStatus } from '../catalog/catalog.ts'
import type { LastDrop } from '../catalog/drop-outcome.ts'
import type { CategoryHistory } from '../catalog/category-history.ts'
import type { Author, Revision } from '../catalog/revision-record.ts'
import type { Roster } from '../membership/roster.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { Answer, CategoryView, RevisionView } from './question.ts'

type ConfigSources = {
  readonly self: { readonly name: string }
  readonly catalog: Catalog
  readonly roster: Roster
}

export function categoryViews({ catalog, roster, self }: ConfigSources): CategoryView[] {
  const views = new Map<string, CategoryView>()
  for (const status of catalog.categories()) {
    const { category, revision, atMs, jobs, services, lastDrop } = status
    const conflicts = status.conflicts.map((conflict) => revisionView(conflict, { roster, isConflict: true }))
    views.set(category, {
      category,
      revision,
      state: stateOf(status),
      author: `${authorText(status.author, roster)} (${status.fileName})`,
      at: formatInstant(Math.round(atMs)),
      jobs,
      services,
      problems: lastDrop?.kind === 'refused' ? lastDrop.problems : status.problems,
      notes: status.notes,
      conflicts,
      remedy: remedyOf(category, lastDrop, conflicts),
    })
  }
  // A file that never was right has no category yet, but its author wants to know.
  for (const drop of catalog.refusedDrops())
    if (!views.has(drop.category))
      views.set(drop.category, {
        category: drop.category,
        revision: '',
        state: drop.kind,
        author: self.name,
        at: '',
        jobs: 0,
        services: 0,
        problems: drop.kind === 'refused' ? drop.problems : [],
        notes: [],
        conflicts: [],
        remedy: remedyOf(drop.category, drop, []),
      })
  return [...views.values()].toSorted((left, right) => (left.category < right.category ? -1 : 1))
}

function stateOf({ lastDrop, conflicts, state }: CategoryStatus): CategoryView['state'] {
  if (lastDrop !== null) return lastDrop.kind
  if (conflicts.length > 0) return 'conflict'
  return state === 'deleted' ? 'deleted' : 'applied'
}

/** What a person may do, as a command to type. */
function remedyOf(category: string, lastDrop: LastDrop | null, conflicts: readonly RevisionView[]): string {
  const name = shellWord(category)
  if (lastDrop?.kind === 'stale')
    return `file "${lastDrop.path}" is an older text that the cluster has moved on from; to apply it on purpose: hocket config apply ${shellWord(lastDrop.path)}`
  const [conflict] = conflicts
  if (conflict === undefined) return ''
  const counter = revisionCounter(conflict.revision)
  return `another edit was made at the same time and is kept; look: hocket config diff ${name} --from ${shellWord(conflict.revision)}; then keep what is in force: hocket config resolve ${name}; or take the other: hocket config resolve ${name} --keep ${shellWord(conflict.revision)} (revision ${counter})`
}

/** As one would type it into a shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function authorText(author: Author, roster: Roster): string {
  const node = roster.nameOf(author.node)
  return author.user === undefined ? node : `${author.user || 'somebody'} on ${node}`
}

function revisionView(
  revision: Revision,
  of: {
    readonly roster: Roster
    readonly isConflict: boolean
    readonly history?: CategoryHistory
  },
): RevisionView {
  const { roster, isConflict, history } = of
  return {
    revision: revision.id,
    isCurrent: revision === history?.current,
    state: revision.state,
    at: formatInstant(Math.round(revision.atMs)),
    node: roster.nameOf(revision.author.node),
    user: revision.author.user ?? null,
    fileName: revision.fileName,
    hasOwnText: revision.textOf === null && revision.state === 'present',
    isConflict,
  }
}

/** The newest revision first. */
export function configHistory(name: string, { catalog, roster }: ConfigSources): Answer {
  const history = catalog.history(toCategory(name))
  if (history === null) return { kind: 'not-ready', what: `category "${name}"` }
  if (history.current === undefined) return unknownCategory(name, catalog)
  const conflicts = new Set(history.conflicts())
  return {
    kind: 'config-history',
    category: name,
    revisions: history.revisions.map((revision) =>
      revisionView(revision, { roster, history, isConflict: conflicts.has(revision) }),
    ),
  }
}

/** The text of a revision, of the current one when none is named. */
export function configText(name: string, asked: string | null, catalog: Catalog): Answer {
  const history = catalog.history(toCategory(name))
  if (history === null) return { kind: 'not-ready', what: `category "${name}"` }
  const { current } = history
  if (current === undefined || (asked === null && current.state === 'deleted'))
    return unknownCategory(name, catalog)
  const revision = asked === null ? current : history.named(asked)
  const text = revision === undefined ? undefined : history.textOf(revision)
  if (revision === undefined || text === undefined)
    return { kind: 'not-found', what: `text of revision "${asked}" of category "${name}"`, nearest: null }
  const { fileName } = history.sourceOf(revision)
  return { kind: 'config-text', text: { category: name, revision: revision.id, fileName, text } }
}

function unknownCategory(name: string, catalog: Catalog): Answer {
  const present = [...catalog.categories()].filter(({ state }) => state === 'present')
  const nearest = nearestName(
    name,
    present.map(({ category }) => category),
  )
  return { kind: 'not-found', what: `category "${name}"`, nearest }
}
