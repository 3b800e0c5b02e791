// `hocket backup` and `hocket restore`, on agents that run: what people wrote, as one file, and back. In it are the texts
// of all categories and which jobs are switched off; not the history of runs, nor secrets and tokens, which a file that
// lies about should not hold. A restore is a change like any other: it can be tried first, it has its revisions and its
// lines in the audit log, and what is already so is left alone.

import fs from 'node:fs/promises'
import path from 'node:path'
import type { ConfigChangeView } from '../../lib/view/config-change-view.ts'
import type { CategoryView, ConfigText, JobView, StatusView } from '../../lib/view/question.ts'
import { askAgent, askForAll, tellAgent } from './ask-agent.ts'
import { changeText } from './change-text.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'

const format = 'hocket backup 1'

type Backup = {
  readonly format: string
  readonly takenAt: string
  readonly clusterId: string
  readonly categories: readonly ConfigText[]
  readonly jobsSwitchedOff: readonly string[]
}

export const backupCommand: Command = {
  words: 'backup',
  summary: 'the definitions of the whole cluster as one file, from an agent that runs',
  arguments: '[FILE]',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket backup cluster.json', 'a file that only you can read: commands may hold what they should not'],
    ['hocket backup | gzip > cluster.json.gz', 'to the standard output'],
  ],
  run: async (call) => {
    const [file] = call.positionals
    const backup = await takeBackup(call)
    const text = jsonText(backup)
    if (file === undefined) call.terminal.out(text)
    else {
      const place = path.resolve(call.terminal.workingDirectory, file)
      await fs.writeFile(place, text, { mode: 0o600 })
      const count = backup.categories.length
      call.terminal.out(
        call.flags['json'] === true
          ? jsonText({ file: place, categories: count })
          : `${count} ${count === 1 ? 'category is' : 'categories are'} kept in ${file}\n`,
      )
    }
    return 0
  },
}

export const restoreCommand: Command = {
  words: 'restore',
  summary: 'bring the definitions of a backup back, on all agents; --dry-run shows what would change',
  arguments: 'FILE',
  argumentsMax: 1,
  options: {
    ...askingOptions,
    'dry-run': { type: 'boolean', help: 'show what would change, and change nothing' },
  },
  examples: [
    ['hocket restore --dry-run cluster.json', 'category by category what would change'],
    ['hocket restore cluster.json', 'what is not in the file stays as it is'],
  ],
  run: async (call) => {
    const backup = await readBackup(call)
    const isDryRun = call.flags['dry-run'] === true
    const changes: ConfigChangeView[] = []
    // What MASTER defines must be there before the others name it.
    const sorted = backup.categories.toSorted(
      (left, right) => Number(right.category === 'MASTER') - Number(left.category === 'MASTER'),
    )
    for (const { category, fileName, text } of sorted) {
      const query = new URLSearchParams({ file: fileName, ...(isDryRun && { dry_run: 'true' }) })
      const change = await tellAgent<ConfigChangeView>(call, {
        method: 'PUT',
        path: `config/${encodeURIComponent(category)}?${query.toString()}`,
        body: { type: typeOf(fileName), text },
      })
      changes.push(change)
      if (call.flags['json'] !== true && change.isNews) call.terminal.out(changeText(change, call.terminal))
    }
    const switched = isDryRun ? [] : await restoreSwitches(backup, call)
    const news = changes.filter(({ isNews }) => isNews).length
    if (call.flags['json'] === true) call.terminal.out(jsonText({ changes, switched }))
    else call.terminal.out(sumText({ all: changes.length, news, switched: switched.length, isDryRun }))
    return 0
  },
}

async function takeBackup(call: CommandCall): Promise<Backup> {
  const { clusterId } = await askAgent<StatusView>(call, 'status')
  const known = await askForAll<CategoryView>(call, 'config', 'categories')
  const present = known.filter(({ revision, state }) => revision !== '' && state !== 'deleted')
  const categories: ConfigText[] = []
  for (const { category } of present)
    categories.push(await askAgent<ConfigText>(call, `config/${encodeURIComponent(category)}`))
  const jobs = await askForAll<JobView>(call, 'jobs', 'jobs')
  return {
    format,
    takenAt: new Date(call.terminal.nowMs()).toISOString(),
    clusterId,
    categories,
    jobsSwitchedOff: jobs.filter(({ isEnabled }) => !isEnabled).map(({ name }) => name),
  }
}

async function readBackup({ positionals, terminal }: CommandCall): Promise<Backup> {
  const [file] = positionals
  if (file === undefined)
    throw new UsageError('Cannot restore: no file is named, expected one such as hocket restore cluster.json')
  const refuse = (why: string) =>
    new Error(`Cannot restore "${file}": ${why}, expected a file that hocket backup wrote`)
  const text = await fs
    .readFile(path.resolve(terminal.workingDirectory, file), 'utf8')
    .catch((error: unknown) => {
      throw refuse(error instanceof Error ? error.message : String(error))
    })
  let backup: Partial<Backup>
  try {
    backup = JSON.parse(text) as Partial<Backup>
  } catch {
    throw refuse('it is no JSON')
  }
  if (backup.format !== format) throw refuse(`its format is "${String(backup.format).slice(0, 40)}"`)
  return { takenAt: '', clusterId: '', categories: [], jobsSwitchedOff: [], ...backup, format }
}

/** The jobs that were switched off or on for it. */
async function restoreSwitches(backup: Backup, call: CommandCall): Promise<readonly string[]> {
  const categories = new Set(backup.categories.map(({ category }) => category))
  const off = new Set(backup.jobsSwitchedOff)
  const jobs = await askForAll<JobView>(call, 'jobs', 'jobs')
  const other = jobs.filter(
    ({ name, category, isEnabled }) => categories.has(category) && isEnabled === off.has(name),
  )
  for (const { name, isEnabled } of other)
    await tellAgent(call, {
      method: 'POST',
      path: `jobs/${encodeURIComponent(name)}/${isEnabled ? 'disable' : 'enable'}`,
      body: { type: 'application/json', text: '{}' },
    })
  return other.map(({ name }) => name)
}

function sumText(sum: {
  readonly all: number
  readonly news: number
  readonly switched: number
  readonly isDryRun: boolean
}): string {
  const news = `${sum.news} ${sum.news === 1 ? 'category' : 'categories'}`
  const verb = sum.isDryRun ? 'would change' : 'changed'
  const same = sum.all - sum.news
  const rest = same === 0 ? '' : `, ${same} ${same === 1 ? 'is' : 'are'} so already`
  const switches =
    sum.switched === 0 ? '' : `, ${sum.switched} ${sum.switched === 1 ? 'job' : 'jobs'} switched`
  return `${news} ${verb}${rest}${switches}\n`
}

function typeOf(fileName: string): string {
  if (fileName.endsWith('.json')) return 'application/json'
  return fileName.endsWith('.crontab') ? 'text/x-crontab' : 'application/yaml'
}
