// One config file to the definitions of its category, or to all that is wrong with it. The same
// text gives the same definitions on every node: nothing but the arguments is looked at.

import type { Category } from '../base/ids.ts'
import { category, nameFault } from '../base/ids.ts'
import { definitionLimits } from '../base/limits.ts'
import type { Problem } from '../base/problem.ts'
import type { BuildContext, Dialect } from './build-context.ts'
import { buildJob } from './build-job.ts'
import { buildService } from './build-service.ts'
import { checkSchema } from './check-schema.ts'
import type { RawFile } from './file-keys.ts'
import { fileRecord } from './file-keys.ts'
import { checkTriggers } from './check-triggers.ts'
import { fromCronq, looksLikeCronq } from './from-cronq.ts'
import { fromCrontab } from './from-crontab.ts'
import type { JobDefinition } from './job-definition.ts'
import type { Located, Path } from './located.ts'
import { notYetTable, type NotYetTable } from './not-yet.ts'
import { PlaceReport } from './place-report.ts'
import { ProblemList } from './problem-list.ts'
import { readJson } from './read-json.ts'
import { readScope } from './read-scope.ts'
import { readYaml } from './read-yaml.ts'
import type { MasterScope, Scope } from './scope.ts'
import { emptyScope, joinScopes } from './scope.ts'
import { sayNotYet } from './say-not-yet.ts'
import type { ServiceDefinition } from './service-definition.ts'
import { Shaper } from './shape.ts'

export type CategorySource = {
  readonly category: Category
  /** For the places of problems, and for the kind of file by its ending. */
  readonly fileName: string
  readonly text: string
  readonly droppedBy: { readonly nodeName: string; readonly timeZone: string }
  /** What MASTER defines for all; null = nothing, or this is MASTER. */
  readonly master: MasterScope | null
  /** What the text is said to be; without it the ending and the content tell. */
  readonly form?: 'cronq-file' | 'cronq-put'
}

export type ParsedCategory = {
  readonly jobs: readonly JobDefinition[]
  readonly services: readonly ServiceDefinition[]
  /** The file's own names; those of MASTER are the `master` of every other category. */
  readonly scope: Scope
  /** Not empty = nothing of the file may be applied. */
  readonly problems: readonly Problem[]
  readonly notes: readonly Problem[]
}

/** `notYet` names what is refused because nothing carries it out so far. */
export function parseCategory(source: CategorySource, notYet: NotYetTable = notYetTable): ParsedCategory {
  const problems = new ProblemList(source.fileName, source.text)
  const read = readFile(source, { problems, notYet })
  const failed = problems.hasErrors || read === null
  return {
    jobs: failed ? [] : read.jobs,
    services: failed ? [] : read.services,
    scope: failed ? emptyScope : read.scope,
    problems: problems.errors(),
    notes: problems.notes(),
  }
}

type Reading = { readonly problems: ProblemList; readonly notYet: NotYetTable }

type Definitions = {
  readonly jobs: readonly JobDefinition[]
  readonly services: readonly ServiceDefinition[]
  readonly scope: Scope
}

function readFile(source: CategorySource, reading: Reading): Definitions | null {
  const { problems, notYet } = reading
  if (source.text.length > definitionLimits.textLength) {
    problems.error({
      offset: 0,
      message: `Cannot read file: it has ${source.text.length} characters, expected ${definitionLimits.textLength} at most`,
      hint: 'divide it into several files',
    })
    return null
  }
  const read = readText(source, problems)
  if (read === null) return null
  if (isTooLarge(read.located, problems)) return null
  const shaper = new Shaper(problems)
  const checked = checkSchema(
    fileRecord,
    new PlaceReport(shaper.shape(fileRecord, read.located, ''), problems),
  )
  if (checked === null) return null
  const { data, report } = checked
  sayNotYet(report, notYet)
  const ofTron = read.dialect === 'own' && isTron(data, shaper)
  return build(data, { source, report, dialect: ofTron ? 'tron' : read.dialect })
}

function readText(
  source: CategorySource,
  problems: ProblemList,
): { readonly located: Located; readonly dialect: Dialect } | null {
  const { text, droppedBy } = source
  if (source.fileName.endsWith('.crontab'))
    return {
      located: fromCrontab(text, { problems, timeZone: droppedBy.timeZone }),
      dialect: 'crontab',
    }
  const located = readValues(source, problems)
  if (located === null) return null
  if (source.form === undefined && !looksLikeCronq(located)) return { located, dialect: 'own' }
  const form = source.form === 'cronq-put' ? 'put' : 'file'
  return { located: fromCronq(located, { category: source.category, form, problems }), dialect: 'cronq' }
}

/** JSON by its ending, or because it is; the rest is YAML, of which JSON is a part. */
function readValues({ fileName, text }: CategorySource, problems: ProblemList): Located | null {
  const isJson = fileName.endsWith('.json')
  if (!isJson && !/^\s*[[{]/.test(text)) return readYaml(text, problems)
  if (!isJson) {
    const trial = new ProblemList(fileName, text)
    const located = readJson(text, trial)
    const isSound = 'kind' in located && trial.errors().length + trial.notes().length === 0
    return isSound ? located : readYaml(text, problems)
  }
  const read = readJson(text, problems)
  if ('message' in read) problems.error(read)
  return 'kind' in read && !problems.hasErrors ? read : null
}

function isTooLarge(located: Located, problems: ProblemList): boolean {
  const jobs = located.kind === 'map' ? located.entries.get('jobs')?.value : undefined
  const count = jobs?.kind === 'list' ? jobs.items.length : jobs?.kind === 'map' ? jobs.entries.size : 0
  if (count <= definitionLimits.jobs) return false
  problems.error({
    offset: 0,
    message: `Cannot read file: it has more than ${definitionLimits.jobs} jobs, expected less`,
    hint: 'divide it into several files',
  })
  return true
}

function isTron(file: RawFile, shaper: Shaper): boolean {
  const ofTron = (file.jobs ?? []).some(
    (job) => job.queueing !== undefined || job.allow_overlap !== undefined,
  )
  return ofTron || shaper.tronKey !== null
}

type Read = {
  readonly source: CategorySource
  readonly report: PlaceReport
  readonly dialect: Dialect
}

function build(file: RawFile, { source, report, dialect: ownDialect }: Read): Definitions {
  const localNode = source.droppedBy.nodeName
  const { category: named, master } = source
  const isTronFile = ownDialect === 'tron'
  const own = readScope({ category: named, file, report, master, localNode, isTron: isTronFile })
  const scope = joinScopes(own, master)
  const dialect = ownDialect === 'own' && scope.isTron ? 'tron' : ownDialect
  const context: BuildContext = { category: named, dialect, scope, report, localNode }
  checkNames(file, context)
  const jobs = (file.jobs ?? []).map((raw, i) => buildJob(raw, ['jobs', i], context))
  checkTriggers(jobs, named, report)
  return {
    jobs,
    services: (file.services ?? []).map((raw, i) => buildService(raw, ['services', i], context)),
    scope: own,
  }
}

/** Jobs and services share one name space. */
function checkNames(file: RawFile, { category: own, report }: BuildContext): void {
  const seen = new Map<string, Path>()
  for (const [collection, noun] of [
    ['jobs', 'job'],
    ['services', 'service'],
  ] as const)
    for (const [i, { name }] of (file[collection] ?? []).entries()) {
      const path = [collection, i]
      const first = seen.get(name)
      seen.set(name, first ?? path)
      if (first !== undefined)
        report.error({
          path,
          message: `Cannot use ${noun} "${own}.${name}" twice: it is on ${report.lineText(first)} too, expected names of jobs and services to be unique`,
        })
    }
}

const endings = /\.(yaml|yml|json|crontab)$/

/** Which category a file in the drop directory is, or why it is passed over. */
export function categoryOfFileName(
  fileName: string,
): { readonly category: Category } | { readonly ignored: string } {
  if (fileName.startsWith('.')) return { ignored: 'it is hidden' }
  if (/~$|^#.*#$|\.(swp|swx|swo|tmp|bak|orig|rej|part)$|^4913$/.test(fileName))
    return { ignored: "it is an editor's temporary file" }
  if (!endings.test(fileName)) return { ignored: 'its name does not end in .yaml, .yml, .json or .crontab' }
  const name = fileName.replace(endings, '')
  const fault = nameFault(name)
  return fault === null ? { category: category(name) } : { ignored: `its name without the ending ${fault}` }
}
