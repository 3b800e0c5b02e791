// `hocket config apply|rollback|delete|resolve`: changes of definitions by hand. Each can be tried first, and is
// refused when somebody else changed the category since the revision that one names.

import { problemText } from '../../lib/base/problem.ts'
import type { ConfigChangeView } from '../../lib/view/config-change-view.ts'
import { AgentRefused, tellAgent } from './ask-agent.ts'
import { changeText } from './change-text.ts'
import { askingOptions, UsageError, type Command, type CommandCall, type CommandOption } from './command.ts'
import { jsonText } from './json-text.ts'
import { readConfigFiles, type ConfigFile } from './read-config-files.ts'

const changingOptions: Readonly<Record<string, CommandOption>> = {
  ...askingOptions,
  'dry-run': {
    type: 'boolean',
    help: 'show what would change, job by job with its next slots, and change nothing',
  },
  'if-revision': {
    type: 'string',
    takes: 'REVISION',
    help: 'only when this is the current revision, whole as hocket config history --json shows it',
  },
}

export const configApplyCommand: Command = {
  words: 'config apply',
  summary: 'put config files in force on all agents; --dry-run shows what would change',
  arguments: 'FILE…',
  argumentsMax: Infinity,
  options: changingOptions,
  examples: [
    ['hocket config apply --dry-run jobs/shop.yaml', 'job by job what would change, next slots included'],
    ['hocket config apply jobs/shop.yaml', 'its jobs become those of category shop, at once and everywhere'],
    ['hocket config apply jobs', 'every config file of a directory, MASTER first'],
    ['hocket config rollback shop', 'back to the text before'],
  ],
  run: async (call) => {
    const { positionals, terminal } = call
    if (positionals.length === 0)
      throw new UsageError(
        'Cannot apply: no file is named, expected one such as hocket config apply jobs/shop.yaml',
      )
    const { files, problems } = readConfigFiles(positionals, terminal.workingDirectory)
    if (problems.length > 0) throw new Error(problems.map(problemText).join('\n'))
    const sorted = [...files].sort((left, right) => rankOf(left) - rankOf(right))
    const changes: ConfigChangeView[] = []
    for (const file of sorted) {
      const change = await applyFile(file, call)
      changes.push(change)
      if (call.flags['json'] !== true) terminal.out(changeText(change, terminal))
    }
    if (call.flags['json'] === true) terminal.out(jsonText({ changes }))
    return 0
  },
}

export const configRollbackCommand: Command = {
  words: 'config rollback',
  summary: 'bring an earlier text of a category back',
  arguments: 'CATEGORY [REVISION]',
  argumentsMax: 2,
  options: changingOptions,
  examples: [
    ['hocket config rollback shop', 'to the text before the current one; also after a deletion'],
    ['hocket config rollback shop 4 --dry-run', 'what going back to revision 4 would change'],
  ],
  run: async (call) => {
    const [name, to] = call.positionals
    const path = `config/${named(name, 'roll back')}/rollback`
    return tellChange(call, { method: 'POST', path, body: to === undefined ? {} : { to } })
  },
}

export const configDeleteCommand: Command = {
  words: 'config delete',
  summary: 'remove a category and its jobs',
  arguments: 'CATEGORY',
  argumentsMax: 1,
  options: changingOptions,
  examples: [
    ['hocket config delete shop --dry-run', 'which jobs would go'],
    ['hocket config delete shop', 'they go; hocket config rollback shop brings them back'],
  ],
  run: async (call) => {
    const [name] = call.positionals
    return tellChange(call, { method: 'DELETE', path: `config/${named(name, 'delete')}` })
  },
}

export const configResolveCommand: Command = {
  words: 'config resolve',
  summary: 'settle edits of one category that were made at the same time',
  arguments: 'CATEGORY',
  argumentsMax: 1,
  options: {
    ...changingOptions,
    keep: {
      type: 'string',
      takes: 'REVISION',
      help: 'the edit that stands from now on, as hocket config status names it (default: the one in force)',
    },
  },
  examples: [
    ['hocket config status', 'shows the edits in conflict, and the commands to look at them'],
    ['hocket config resolve shop', 'keep what is in force'],
  ],
  run: async (call) => {
    const [name] = call.positionals
    const { keep } = call.flags
    const path = `config/${named(name, 'resolve')}/resolve`
    return tellChange(call, { method: 'POST', path, body: typeof keep === 'string' ? { keep } : {} })
  },
}

async function applyFile(file: ConfigFile, call: CommandCall): Promise<ConfigChangeView> {
  const { category, fileName, text, place } = file
  try {
    return await tellAgent<ConfigChangeView>(call, {
      method: 'PUT',
      path: `config/${encodeURIComponent(category)}${queryOf(call, { file: fileName })}`,
      body: { type: typeOf(fileName), text },
      headers: conditionOf(call),
    })
  } catch (error) {
    if (!(error instanceof AgentRefused) || error.problems.length === 0) throw error
    // The agent knows the file's name only, and the person where it lies.
    const problems = error.problems.map((problem) =>
      problemText(problem.file === fileName ? { ...problem, file: place } : problem),
    )
    throw new Error(
      [...problems, `Cannot apply "${place}": nothing of it is in force, expected it without problems`].join(
        '\n',
      ),
      { cause: error },
    )
  }
}

async function tellChange(
  call: CommandCall,
  {
    method,
    path,
    body,
  }: { readonly method: 'POST' | 'DELETE'; readonly path: string; readonly body?: object },
): Promise<number> {
  const { flags, terminal } = call
  const answer = await tellAgent<ConfigChangeView>(call, {
    method,
    path: `${path}${queryOf(call, {})}`,
    ...(body !== undefined && { body: { type: 'application/json', text: JSON.stringify(body) } }),
    headers: conditionOf(call),
  })
  terminal.out(flags['json'] === true ? jsonText(answer) : changeText(answer, terminal))
  return 0
}

function queryOf({ flags }: CommandCall, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(more)
  if (flags['dry-run'] === true) query.set('dry_run', 'true')
  return query.size === 0 ? '' : `?${query.toString()}`
}

function conditionOf({ flags }: CommandCall): Readonly<Record<string, string>> {
  const revision = flags['if-revision']
  if (typeof revision !== 'string') return {}
  if (/^\d+:[\w-]+:\w+$/.test(revision)) return { 'if-match': `"${revision}"` }
  throw new UsageError(
    `Cannot use --if-revision "${revision}": it is no whole revision, expected one such as hocket config history --json shows`,
  )
}

function named(name: string | undefined, verb: string): string {
  if (name !== undefined) return encodeURIComponent(name)
  throw new UsageError(
    `Cannot ${verb}: no category is named, expected one of those that hocket config list shows`,
  )
}

function typeOf(fileName: string): string {
  if (fileName.endsWith('.json')) return 'application/json'
  return fileName.endsWith('.crontab') ? 'text/x-crontab' : 'application/yaml'
}

/** What MASTER defines must be there before the others name it. */
function rankOf({ category }: ConfigFile): number {
  return category === 'MASTER' ? 0 : 1
}
