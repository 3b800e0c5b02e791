// `hocket top`: a live screen of the cluster. It is drawn anew when the agent's event stream tells that something
// happened, and once a second, since times go on; the terminal is left as it was found.

import { setTimeout as delay } from 'node:timers/promises'
import type { JobView, NodeView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { askAgent, bytesFromAgent } from './ask-agent.ts'
import { askingOptions, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { topScreen, type TopView } from './top-screen.ts'

/** Not more often, however much happens; times go on so often; and so often without any news. */
const drawEveryMs = 250
const tickMs = 1000
const lookEveryMs = 5000
const listLength = 100

export const topCommand: Command = {
  words: 'top',
  summary: 'a live screen of the cluster: what runs, what comes next, what ended',
  arguments: '',
  argumentsMax: 0,
  options: {
    ...askingOptions,
    json: { type: 'boolean', help: 'print what it would show now, once, as JSON' },
  },
  examples: [
    ['hocket top', 'until q or Ctrl-C'],
    ['hocket top --json | jq .running', 'what runs now, for a program'],
  ],
  run: async (call) => {
    const { terminal } = call
    if (call.flags['json'] === true) {
      terminal.out(jsonText(await look(call)))
      return 0
    }
    if (terminal.columns === null)
      throw new Error(
        'Cannot show a live screen: the output is no terminal, expected one (hocket top --json, hocket status and hocket runs are for pipes)',
      )
    // What is wrong with asking is said on the ordinary screen.
    let view = await look(call)
    let isNews = false
    const listening = new AbortController()
    void listen(call, listening.signal, () => (isNews = true))
    const screen = terminal.openScreen()
    try {
      let lookedAtMs = terminal.nowMs()
      while (!screen.isClosed) {
        screen.draw((size) => {
          const { isColoured } = terminal
          return topScreen(view, { ...size, isColoured, nowMs: terminal.nowMs() })
        })
        await screen.pause(isNews ? drawEveryMs : tickMs, () => isNews)
        if (!isNews && terminal.nowMs() - lookedAtMs < lookEveryMs) continue
        isNews = false
        lookedAtMs = terminal.nowMs()
        view = await look(call).catch((error: unknown) => withComplaint(view, error))
      }
    } finally {
      listening.abort()
      screen.close()
    }
    return 0
  },
}

async function look(call: CommandCall): Promise<TopView> {
  const runsOf = async (query: string) =>
    (await askAgent<{ readonly runs: readonly RunView[] }>(call, `runs?limit=${listLength}${query}`)).runs
  const [status, { nodes }, { jobs }, running, newest] = await Promise.all([
    askAgent<StatusView>(call, 'status'),
    askAgent<{ readonly nodes: readonly NodeView[] }>(call, 'nodes'),
    askAgent<{ readonly jobs: readonly JobView[] }>(call, `jobs?sort=next&limit=${listLength}`),
    runsOf('&state=running'),
    runsOf(''),
  ])
  const next = jobs.filter(({ nextSlot }) => nextSlot !== null)
  return { status, nodes, next, running, ended: newest.filter(({ state }) => state !== 'running') }
}

/** The screen stays, and says since when it is not true any more. */
function withComplaint(view: TopView, error: unknown): TopView {
  const text = error instanceof Error ? error.message : String(error)
  return { ...view, status: { ...view.status, state: 'no-majority', complaints: [text] } }
}

/** Whoever cannot listen looks from time to time. */
async function listen(call: CommandCall, signal: AbortSignal, onNews: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const bytes of bytesFromAgent(call, 'events', signal)) if (bytes.includes('data:')) onNews()
    } catch {
      // The next look says what is wrong, if anything is.
    }
    await delay(tickMs)
  }
}
