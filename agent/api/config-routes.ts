// The routes of definitions: a category's text and history, and what changes them. A text may be of any kind that the
// watched directory takes; If-Match names the revision that the caller knew; dry_run answers what would change.

import { category as toCategory, nameFault, type Category } from '../../lib/base/ids.ts'
import { categoryOfFileName } from '../../lib/definition/parse-category.ts'
import { lineDiff } from '../../lib/view/line-diff.ts'
import type { CategoryView, ConfigDiff } from '../../lib/view/question.ts'
import {
  categoryShape,
  categoryStates,
  configChangeShape,
  configTextShape,
  historyShape,
} from './config-shapes.ts'
import type { Core } from './core.ts'
import { ApiRefusal } from './problem-answer.ts'
import { fileOf } from './request-body.ts'
import { pageOf, pageQuery } from './page.ts'
import { fileRoute, route, type Route } from './route.ts'
import { flag, list, nullable, object, oneOf, optional, text } from './shape.ts'
import { categoryShownTo } from './shown-to.ts'
import { told } from './told.ts'

/** As many bytes as the longest text that is read may have, in a script of three bytes a character. */
const textBytesMax = 24_000_000

const revision = text({ minLength: 1, maxLength: 300 })
/** Also bare, as `?dry_run`. */
const dryRun = optional(oneOf(['', 'true', 'false', '1', '0'], { description: 'Only say what would change' }))
const ofDefinitions = { group: 'config', needs: 'reader' } as const
const change = { group: 'config', needs: 'operator', answer: configChangeShape } as const

export function configRoutes(core: Core): readonly Route[] {
  return [...questions(core), ...changes(core), ...switches(core)]
}

function questions(core: Core): readonly Route[] {
  return [
    route({
      ...ofDefinitions,
      method: 'GET',
      path: '/api/v1/config',
      summary: 'What became of each config file',
      needs: 'nobody',
      query: {
        ...pageQuery({ usual: 1000, most: 5000 }),
        state: optional(oneOf(categoryStates)),
      },
      answer: object<{ readonly categories: readonly CategoryView[]; readonly nextCursor: string | null }>({
        categories: list(categoryShape),
        nextCursor: nullable(text()),
      }),
      handle: async ({ query, caller }) => {
        const { categories } = told(await core.ask({ kind: 'config-status' }), 'config-status')
        const wanted = categories.filter(({ state }) => query.state === undefined || state === query.state)
        const { page, nextCursor } = pageOf(wanted, query, ({ category }) => category)
        return { categories: page.map((category) => categoryShownTo(caller, category)), nextCursor }
      },
    }),
    route({
      ...ofDefinitions,
      method: 'GET',
      path: '/api/v1/config/:category',
      summary: 'The text of a category',
      query: { revision: optional(revision) },
      answer: configTextShape,
      handle: async ({ params: { category }, query, setTag }) => {
        const question = { kind: 'config-text', category, revision: query.revision ?? null } as const
        const answer = told(await core.ask(question), 'config-text')
        setTag(answer.text.revision)
        return answer.text
      },
    }),
    route({
      ...ofDefinitions,
      method: 'GET',
      path: '/api/v1/config/:category/diff',
      summary: 'The lines in which a revision differs from another, as patch and git show them',
      query: { from: revision, to: optional(revision) },
      answer: object<ConfigDiff>({ category: text(), from: text(), to: text(), diff: text() }),
      handle: async ({ params: { category }, query }) => {
        const textOf = async (name: string | null) =>
          told(await core.ask({ kind: 'config-text', category, revision: name }), 'config-text').text
        const [before, after] = [await textOf(query.from), await textOf(query.to ?? null)]
        const [from, to] = [before.revision, after.revision]
        return { category, from, to, diff: lineDiff(before.text, after.text, [from, to]) }
      },
    }),
    route({
      ...ofDefinitions,
      method: 'GET',
      path: '/api/v1/config/:category/history',
      summary: 'The revisions of a category, the newest first',
      answer: historyShape,
      handle: async ({ params: { category } }) => {
        const { revisions } = told(await core.ask({ kind: 'config-history', category }), 'config-history')
        return { category, revisions }
      },
    }),
  ]
}

type Changing = {
  readonly user: string
  readonly setTag: (tag: string) => void
}

function changes(core: Core): readonly Route[] {
  const carryOut = async (command: Parameters<Core['command']>[0], { user, setTag }: Changing) => {
    const answer = told(await core.command(command, user), 'config-changed')
    setTag(answer.change.revision ?? '')
    return answer.change
  }
  return [
    fileRoute({
      ...change,
      method: 'PUT',
      path: '/api/v1/config/:category',
      summary: 'Replace a category by the text that is sent',
      bodyBytesMax: textBytesMax,
      query: { dry_run: dryRun, file: optional(text({ minLength: 1, maxLength: 300 })) },
      handle: async (call) => {
        const category = categoryOf(call.params.category)
        const file = fileOf(call.body)
        const fileName = fileNameOf(call.query.file ?? `${category}.${file.ending}`, category)
        const known = knownBy(call)
        return carryOut({ kind: 'apply-category', category, fileName, text: file.text, ...known }, call)
      },
    }),
    route({
      ...change,
      method: 'DELETE',
      path: '/api/v1/config/:category',
      summary: 'Delete a category',
      query: { dry_run: dryRun },
      handle: async (call) => {
        const category = categoryOf(call.params.category)
        return carryOut({ kind: 'delete-category', category, ...knownBy(call) }, call)
      },
    }),
    route({
      ...change,
      method: 'POST',
      path: '/api/v1/config/:category/rollback',
      summary: 'Go back to an earlier text',
      query: { dry_run: dryRun },
      body: object<{ readonly to?: string }>({ to: optional(revision) }),
      handle: async (call) => {
        const category = categoryOf(call.params.category)
        const { to = null } = call.body
        return carryOut({ kind: 'roll-back-category', category, to, ...knownBy(call) }, call)
      },
    }),
    route({
      ...change,
      method: 'POST',
      path: '/api/v1/config/:category/resolve',
      summary: 'Of edits made at once, keep one',
      query: { dry_run: dryRun },
      body: object<{ readonly keep?: string }>({ keep: optional(revision) }),
      handle: async (call) => {
        const category = categoryOf(call.params.category)
        const { keep = 'current' } = call.body
        return carryOut({ kind: 'resolve-category', category, keep, ...knownBy(call) }, call)
      },
    }),
  ]
}

function switches(core: Core): readonly Route[] {
  const words = [
    ['enable', true],
    ['disable', false],
  ] as const
  return words.map(([word, isEnabled]) =>
    route({
      method: 'POST',
      path: `/api/v1/jobs/:job/${word}`,
      group: 'jobs',
      summary: isEnabled ? 'Let a job be scheduled again' : 'Let a job be scheduled no more',
      needs: 'operator',
      answer: object<{ readonly job: string; readonly isEnabled: boolean; readonly isNews: boolean }>({
        job: text(),
        isEnabled: flag,
        isNews: flag,
      }),
      handle: async ({ params, user }) => {
        const command = { kind: 'switch-job', job: params.job, isEnabled } as const
        const { kind: _, ...answer } = told(await core.command(command, user), 'job-switched')
        return answer
      },
    }),
  )
}

export function categoryOf(name: string): Category {
  const fault = nameFault(name)
  if (fault === null) return toCategory(name)
  throw new ApiRefusal({
    status: 400,
    title: 'Bad name',
    detail: `Cannot use category "${name.slice(0, 300)}": its name ${fault}`,
    remedy: 'Choose another name.',
  })
}

function fileNameOf(fileName: string, category: Category): string {
  const named = categoryOfFileName(fileName)
  if ('category' in named && named.category === category) return fileName
  const why = 'ignored' in named ? named.ignored : `it is the file of category "${named.category}"`
  throw new ApiRefusal({
    status: 400,
    title: 'Bad file name',
    detail: `Cannot use file name "${fileName}" for category "${category}": ${why}, expected such as ${category}.yaml`,
    remedy: 'Leave "file" out, or name a file of this category.',
  })
}

/** `If-Match: "REVISION"` or `*`, `If-None-Match: *`, and `?dry_run`. */
function knownBy({
  header,
  query,
}: {
  readonly header: (name: string) => string | undefined
  readonly query: { readonly dry_run: string | undefined }
}): { readonly knows: string | null; readonly isDryRun: boolean } {
  const match = header('if-match')
  const noneMatch = header('if-none-match')
  const asked = query.dry_run
  const isDryRun = asked !== undefined && asked !== 'false' && asked !== '0'
  if (match === undefined && noneMatch === undefined) return { knows: null, isDryRun }
  if (match === undefined && noneMatch === '*') return { knows: '', isDryRun }
  const tag = /^ *(?:"([^"]+)"|(\*)) *$/.exec(noneMatch === undefined ? (match ?? '') : '')
  if (tag === null)
    throw new ApiRefusal({
      status: 400,
      title: 'Bad condition',
      detail:
        'Cannot use the condition of the request: it is none of those known here, expected If-Match: "REVISION", If-Match: * or If-None-Match: *',
      remedy: 'The ETag of an answer is the revision to name.',
    })
  return { knows: tag[1] ?? '*', isDryRun }
}
