// `hocket prune`: takes away what commands wrote long ago, on all hosts or on one, and says what it freed; with --dry-run
// what it would. Runs and what became of them stay, and output goes by itself with the retention of its job.

import { parseDuration } from '../../lib/schedule/duration.ts'
import type { PruneReport } from '../api/prune-routes.ts'
import { tellAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint } from './paint.ts'
import { plainText } from './plain-text.ts'

export const pruneCommand: Command = {
  words: 'prune',
  summary: 'take away what commands wrote long ago; --dry-run says what that would free',
  arguments: '',
  argumentsMax: 0,
  options: {
    ...askingOptions,
    'older-than': { type: 'string', takes: 'TIME', help: 'of runs that ended so long ago (default 30d)' },
    node: { type: 'string', takes: 'NODE', help: 'only on this node' },
    'dry-run': { type: 'boolean', help: 'say what would go, and take nothing away' },
  },
  examples: [
    ['hocket prune --dry-run', 'what the output of runs older than 30 days takes, host by host'],
    ['hocket prune --older-than 7d --node alpha', 'where a disk is full'],
  ],
  run: async (call) => {
    const { flags, terminal } = call
    const isDryRun = flags['dry-run'] === true
    const before = new Date(terminal.nowMs() - ageOf(call)).toISOString()
    const node = typeof flags['node'] === 'string' ? { node: flags['node'] } : {}
    const report = await tellAgent<PruneReport>(call, {
      method: 'POST',
      path: 'prune',
      body: { type: 'application/json', text: JSON.stringify({ before, isDryRun, ...node }) },
    })
    if (flags['json'] === true) terminal.out(jsonText(report))
    else terminal.out(reportText(report, { isDryRun, isColoured: terminal.isColoured }))
    return report.away.length > 0 ? 1 : 0
  },
}

function ageOf({ flags }: CommandCall): number {
  const said = flags['older-than']
  const duration = parseDuration(typeof said === 'string' ? said : '30d')
  if (duration.ok) return duration.ms
  throw new UsageError(duration.problem)
}

function reportText(
  { nodes, away }: PruneReport,
  { isDryRun, isColoured }: { readonly isDryRun: boolean; readonly isColoured: boolean },
): string {
  const verb = isDryRun ? 'would be freed' : 'freed'
  const lines = nodes.map(
    ({ node, runs, bytes }) =>
      `${plainText(node)}: ${(bytes / 1e6).toFixed(1)} MB ${verb}, the output of ${runs} runs\n`,
  )
  const mark = paint('warning', '!', isColoured)
  return [...lines, ...away.map((node) => `${mark} node ${plainText(node)} does not answer\n`)].join('')
}
