// `hocket why JOB [SLOT]`: the story of a slot, a line for each thing that is on record: who could run it, who was
// granted it by whose votes, when and where it started and how it ended, or why it did not run.

import type { SlotStory } from '../../lib/view/slot-story.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { asUsage, instantOf } from './schedule-question.ts'
import { wrapped } from './wrapped.ts'

export const whyCommand: Command = {
  words: 'why',
  summary: 'why a slot ran where it did, or why it did not',
  arguments: 'JOB [SLOT]',
  argumentsMax: 2,
  options: askingOptions,
  examples: [
    ['hocket why shop.backup', 'the newest slot'],
    ['hocket why shop.backup 2026-11-21T03:00:00Z', 'that one; one to come as well'],
  ],
  run: async (call) => {
    const [job, slot] = call.positionals
    if (job === undefined)
      throw new UsageError('Cannot tell why: no job is named, expected hocket why JOB [SLOT]')
    const slotMs = slot === undefined ? null : asUsage(() => instantOf('SLOT', slot, 'UTC'))
    const query = slotMs === null ? '' : `?slot=${encodeURIComponent(new Date(slotMs).toISOString())}`
    const story = await askAgent<SlotStory>(call, `jobs/${encodeURIComponent(job)}/why${query}`)
    const { terminal, flags } = call
    if (flags['json'] === true) terminal.out(jsonText(story))
    else {
      terminal.out(`${plainText(story.job)}${story.slot === null ? '' : `, slot ${story.slot}`}\n`)
      for (const line of story.lines)
        terminal.out(`${wrapped(`  ${plainText(line)}`, terminal.columns, '    ')}\n`)
    }
    return 0
  },
}
