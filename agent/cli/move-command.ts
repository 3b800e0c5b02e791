// `hocket move OLD NEW`: a job under another name, in the text of its category as it is in force. To the cluster it is
// another job: the runs so far stay under the old name, and the numbers of its runs begin anew.

import { renameJob } from '../../lib/definition/rename-job.ts'
import type { ConfigChangeView } from '../../lib/view/config-change-view.ts'
import type { ConfigText } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { askAgent, tellAgent } from './ask-agent.ts'
import { changeText } from './change-text.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'

export const moveCommand: Command = {
  words: 'move',
  summary: 'give a job another name, in the text of its category as it is in force',
  arguments: 'OLD NEW',
  argumentsMax: 2,
  options: {
    ...askingOptions,
    'dry-run': { type: 'boolean', help: 'show what would change, and change nothing' },
  },
  examples: [
    ['hocket move shop.backup shop.nightly', 'refused while a run of it is active'],
    ['hocket runs shop.backup', 'what it did under the old name'],
  ],
  run: async (call) => {
    const { category, from, to } = names(call.positionals)
    const { terminal, flags } = call
    await refuseWhileRunning(call, `${category}.${from}`)
    const path = `config/${encodeURIComponent(category)}`
    const { text, revision, fileName } = await askAgent<ConfigText>(call, path)
    const renamed = renameJob(text, { from, to })
    if (renamed === null)
      throw new Error(
        `Cannot move "${category}.${from}": ${plainText(fileName)} does not name it where it can be replaced, expected a job of a YAML or JSON file (otherwise edit the file)`,
      )
    const query = new URLSearchParams({
      file: fileName,
      ...(flags['dry-run'] === true && { dry_run: 'true' }),
    })
    const change = await tellAgent<ConfigChangeView>(call, {
      method: 'PUT',
      path: `${path}?${query.toString()}`,
      body: { type: fileName.endsWith('.json') ? 'application/json' : 'application/yaml', text: renamed },
      headers: { 'if-match': `"${revision}"` },
    })
    if (flags['json'] === true) terminal.out(jsonText(change))
    else
      terminal.out(
        `${changeText(change, terminal)}its runs so far stay under "${category}.${plainText(from)}"; where the file lies in a watched directory, change it there too\n`,
      )
    return 0
  },
}

function names(words: readonly string[]): {
  readonly category: string
  readonly from: string
  readonly to: string
} {
  const [old = '', next = ''] = words
  const dot = old.indexOf('.')
  const category = old.slice(0, Math.max(dot, 0))
  const to = next.startsWith(`${category}.`) ? next.slice(category.length + 1) : next
  if (category === '' || to === '' || to.includes('.'))
    throw new UsageError(
      `Cannot move "${old}" to "${next}": these are no two names of one category, expected hocket move shop.backup shop.nightly`,
    )
  return { category, from: old.slice(dot + 1), to }
}

async function refuseWhileRunning(call: CommandCall, job: string): Promise<void> {
  const { runs } = await askAgent<{ readonly runs: readonly RunView[] }>(
    call,
    `runs?job=${encodeURIComponent(job)}&state=running&limit=1`,
  )
  const [run] = runs
  if (run !== undefined)
    throw new Error(
      `Cannot move "${plainText(job)}": run ${run.id} is active on node "${run.node}", expected none (hocket cancel ends it)`,
    )
}
