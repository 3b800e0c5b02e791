// `hocket why JOB [SLOT]` and `hocket why RUN`: the story of a slot, or of one run, a line for each thing that is on
// record: who could run it, who was granted it by whose votes, when and where it started and how it ended, or why it
// did not run.

import type { SlotStory } from '../../lib/view/slot-story.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { asUsage, instantOf } from './schedule-question.ts'
import { wrapped } from './wrapped.ts'

export const whyCommand: Command = {
  words: 'why',
  summary: 'why a slot or a run ran where it did, or why it did not',
  arguments: 'JOB [SLOT] | RUN',
  argumentsMax: 2,
  options: askingOptions,
  examples: [
    ['hocket why shop.backup', 'the newest slot'],
    ['hocket why shop.backup 2026-11-21T03:00:00Z', 'that one; one to come as well'],
    ['hocket why shop.backup.-1', 'the newest run; shop.backup.17 the one of that number'],
  ],
  run: async (call) => {
    const [name, slot] = call.positionals
    if (name === undefined)
      throw new UsageError(
        'Cannot tell why: no job or run is named, expected hocket why JOB [SLOT], or hocket why RUN',
      )
    const slotMs = slot === undefined ? null : asUsage(() => instantOf('SLOT', slot, 'UTC'))
    const story = await storyOf(call, name, slotMs)
    const { terminal, flags } = call
    if (flags['json'] === true) terminal.out(jsonText(story))
    else {
      terminal.out(
        `${plainText(story.run ?? story.job)}${story.slot === null ? '' : `, slot ${story.slot}`}\n`,
      )
      for (const line of story.lines)
        terminal.out(`${wrapped(`  ${plainText(line)}`, terminal.columns, '    ')}\n`)
    }
    return 0
  },
}

/** Behind the name of a job, which has one dot, a run has its number; an action may follow. */
async function storyOf(call: CommandCall, name: string, slotMs: number | null): Promise<SlotStory> {
  const story = async (path: string) => askAgent<SlotStory>(call, path)
  if (slotMs === null && name.split('.').length > 2)
    return story(`runs/${encodeURIComponent(name.replace('/', '.'))}/why`)
  const query = slotMs === null ? '' : `?slot=${encodeURIComponent(new Date(slotMs).toISOString())}`
  return story(`jobs/${encodeURIComponent(name)}/why${query}`)
}
