// `hocket completion SHELL` prints what a shell sources to complete the words of hocket; it asks `hocket complete`, which
// prints what may stand where the cursor is: words of commands, options, and names of jobs, runs, nodes, services,
// secrets and the like as the agent knows them. Where no agent answers there are no names, and no word of complaint.

import type { CategoryView, JobView, NodeView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { ServiceView } from '../../lib/view/service-view.ts'
import type { TokenView } from '../api/access-routes.ts'
import type { SecretView } from '../api/secret-routes.ts'
import { askAgent, askForAll } from './ask-agent.ts'
import { UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'

/** Older ones are typed. */
const newestRuns = 100

const scripts: Readonly<Record<string, string>> = {
  bash: `_hocket() {
  local IFS=$'\\n'
  COMPREPLY=($(hocket complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _hocket hocket
`,
  zsh: `#compdef hocket
_hocket() {
  local -a words_found
  words_found=("\${(@f)$(hocket complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $words_found
}
compdef _hocket hocket
`,
  fish: `complete -c hocket -f -a '(hocket complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

export const completionCommand: Command = {
  words: 'completion',
  summary: 'what a shell sources to complete commands, options and names',
  arguments: 'bash|zsh|fish',
  argumentsMax: 1,
  options: { json: { type: 'boolean', help: 'print {"shell","script"} as JSON' } },
  examples: [
    ['source <(hocket completion bash)', 'in ~/.bashrc; zsh alike, in ~/.zshrc behind compinit'],
    ['hocket completion fish > ~/.config/fish/completions/hocket.fish', 'fish reads it by itself'],
  ],
  run: async ({ positionals: [shell = ''], flags, terminal }) => {
    const script = scripts[shell]
    if (script === undefined)
      throw new UsageError(
        `Cannot complete for shell "${shell}": it is none that is known, expected ${Object.keys(scripts).join(', ')}`,
      )
    terminal.out(flags['json'] === true ? jsonText({ shell, script }) : script)
    return 0
  },
}

/** Of these commands. */
export function completeCommand(commands: readonly Command[]): Command {
  return {
    words: 'complete',
    summary: 'what may stand behind some words of a command line, for shells',
    arguments: '-- WORD…',
    argumentsMax: 1000,
    options: { json: { type: 'boolean', help: 'print {"words"} as JSON' } },
    examples: [['hocket complete -- config ""', 'apply, delete, diff, …']],
    run: async (call) => {
      const before = call.positionals.slice(0, -1)
      const typed = call.positionals.at(-1) ?? ''
      const found = await candidates({ before, typed, commands }, call)
      const fitting = [...new Set(found)].filter((word) => word.startsWith(typed) && !word.includes('\n'))
      call.terminal.out(
        call.flags['json'] === true
          ? jsonText({ words: fitting })
          : fitting.map((word) => `${word}\n`).join(''),
      )
      return 0
    },
  }
}

type Typed = {
  readonly before: readonly string[]
  readonly typed: string
  readonly commands: readonly Command[]
}

async function candidates({ before, typed, commands }: Typed, call: CommandCall): Promise<readonly string[]> {
  const named = commands
    .filter(({ words }) => startsWith(before, words.split(' ')))
    .toSorted((left, right) => right.words.length - left.words.length)[0]
  const next = commands.flatMap(({ words }) => {
    const parts = words.split(' ')
    const rest = parts[before.length]
    return rest !== undefined && startsWith(parts, before) ? [rest] : []
  })
  if (named === undefined) return next
  const last = before.at(-1) ?? ''
  const value = last.startsWith('--') ? named.options[last.slice(2)]?.takes : undefined
  if (value !== undefined) return namesFor(value, { before, typed }, call)
  if (typed.startsWith('-')) return Object.keys(named.options).map((name) => `--${name}`)
  return [...next, ...(await namesFor(named.arguments, { before, typed }, call))]
}

/** What may stand where a command's help says `JOB`, `NODE` or the like. */
async function namesFor(takes: string, { before, typed }: Omit<Typed, 'commands'>, call: CommandCall) {
  const at = before.indexOf('--data-dir')
  const directory = at < 0 ? undefined : before[at + 1]
  const asking = { ...call, flags: directory === undefined ? {} : { 'data-dir': directory } }
  const names: string[] = []
  try {
    for (const [word, find] of Object.entries(nouns))
      if (new RegExp(`\\b${word}\\b`).test(takes)) names.push(...(await find(asking, typed)))
  } catch {
    // A shell that completes is no place for what is wrong: the command itself will say it.
  }
  return names
}

type Find = (call: CommandCall, typed: string) => Promise<readonly string[]>

const findJobs: Find = async (call) =>
  (await askForAll<JobView>(call, 'jobs', 'jobs')).map(({ name }) => name)

/** Jobs, behind one and its dot its runs, and behind a run its actions: the next part only, as in Tron. */
const findRuns: Find = async (call, typed) => {
  const jobs = await findJobs(call, typed)
  const job = jobs.find((name) => typed.startsWith(`${name}.`))
  if (job === undefined) return jobs
  const path = `runs?job=${encodeURIComponent(job)}&limit=${newestRuns}`
  const { runs } = await askAgent<{ readonly runs: readonly RunView[] }>(call, path)
  return runs.flatMap(({ id, actions }) => {
    if (id === null) return []
    const join = typed.startsWith(`${id}/`) ? '/' : '.'
    return typed.startsWith(id) ? [id, ...actions.map(({ name }) => `${id}${join}${name}`)] : [id]
  })
}

const nouns: Readonly<Record<string, Find>> = {
  JOB: findJobs,
  RUN: findRuns,
  NODE: async (call) => (await askForAll<NodeView>(call, 'nodes', 'nodes')).map(({ name }) => name),
  CATEGORY: async (call) =>
    (await askForAll<CategoryView>(call, 'config', 'categories')).map(({ category }) => category),
  SERVICE: async (call) =>
    (await askForAll<ServiceView>(call, 'services', 'services')).flatMap(({ name, instances }) => [
      name,
      ...instances.map((instance) => instance.name),
    ]),
  SECRET: async (call) => (await askForAll<SecretView>(call, 'secrets', 'secrets')).map(({ name }) => name),
  TOKEN: async (call) => (await askForAll<TokenView>(call, 'tokens', 'tokens')).map(({ name }) => name),
}

function startsWith(words: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, at) => words[at] === word)
}
