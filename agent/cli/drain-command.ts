// `hocket drain`: nothing new starts on a node, and with --wait until nothing runs there any more, such as before its
// host is restarted.

import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { askAgent, askForAll, tellAgent } from './ask-agent.ts'
import { askingOptions, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { ownNode } from './node-commands.ts'
import { plainText } from './plain-text.ts'
import { progressOf } from './progress.ts'
import { timeLength } from './time-words.ts'

const lookAgainMs = 500
const lookedAt = 1000
/** What was claimed ahead of its slot before the node was drained starts within so long. */
const quietMs = 3000

export const drainCommand: Command = {
  words: 'drain',
  summary: 'start nothing new on a node; what runs there goes on',
  arguments: '[NODE]',
  argumentsMax: 1,
  options: {
    wait: { type: 'boolean', help: 'until no run is left there; its services stay' },
    ...askingOptions,
  },
  examples: [
    ['hocket drain', 'the agent of this host, such as before a restart'],
    ['hocket drain alpha --wait', 'another one, from any host, and wait until nothing runs there'],
    ['hocket activate alpha', 'it takes part again'],
  ],
  run: async (call) => {
    const { flags, terminal } = call
    const [named] = call.positionals
    const isWaited = flags['wait'] === true
    // By its id: names may be given twice.
    const own = named === undefined ? await ownNode(call) : undefined
    const node = isWaited && named !== undefined ? await nodeNamed(call, named) : own
    const path = `nodes/${encodeURIComponent(node?.nodeId ?? named ?? '')}/drain`
    const answer = await tellAgent<{ readonly done: string }>(call, { method: 'POST', path })
    if (flags['json'] !== true) terminal.out(`${plainText(answer.done)}\n`)
    const waitedMs = isWaited && node !== undefined ? await waitFor(call, node) : null
    if (flags['json'] === true) terminal.out(jsonText({ ...answer, ...(waitedMs !== null && { waitedMs }) }))
    else if (waitedMs !== null)
      terminal.out(`nothing runs there any more, after ${timeLength(Math.max(0, waitedMs))}\n`)
    return 0
  },
}

/** Undefined for what the agent will refuse with better words. */
async function nodeNamed(call: CommandCall, name: string): Promise<NodeView | undefined> {
  const nodes = await askForAll<NodeView>(call, 'nodes', 'nodes')
  return nodes.find(({ nodeId }) => nodeId === name) ?? nodes.find((node) => node.name === name)
}

/** Until no run is left on it; answers how long that was. */
async function waitFor(call: CommandCall, { name }: NodeView): Promise<number> {
  const sinceMs = Date.now()
  const progress = progressOf(call, `drain ${name}`)
  const seen = new Set<string>()
  let quietSinceMs: number | null = null
  try {
    for (;;) {
      const path = `runs?state=running&node=${encodeURIComponent(name)}&limit=${lookedAt}`
      const { runs } = await askAgent<{ readonly runs: readonly RunView[] }>(call, path)
      quietSinceMs = runs.length > 0 ? null : (quietSinceMs ?? Date.now())
      if (quietSinceMs !== null && Date.now() - quietSinceMs >= quietMs) return Date.now() - sinceMs
      for (const run of runs) seen.add(`${run.job} ${run.slot} ${run.id ?? ''}`)
      progress?.show({
        done: seen.size - runs.length,
        total: seen.size,
        more:
          runs.length === 0
            ? 'looking whether more comes'
            : `${runs.length} left: ${runs.map((run) => longFor(run, Date.now())).join(', ')}`,
      })
      await sleep(lookAgainMs)
    }
  } finally {
    progress?.clear()
  }
}

function longFor({ id, job, startedAt }: RunView, nowMs: number): string {
  const since = startedAt === null ? '' : ` (${timeLength(Math.max(0, nowMs - Date.parse(startedAt)))})`
  return `${id ?? job}${since}`
}
