// What the agents say of one slot of one job: one thing, when they agree.
import type { RunView } from '../../../lib/view/run-view.ts'
import type { History } from './history.ts'

export type Told =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'runs'; readonly runs: readonly RunView[] }
  | { readonly kind: 'contradiction'; readonly text: string }

export function toldOf({ answers }: Pick<History, 'answers'>, job: string, slotMs: number): Told {
  const said = new Map<string, { readonly agents: string[]; readonly runs: readonly RunView[] }>()
  for (const [agent, jobs] of answers) {
    const runs = (jobs.get(job) ?? []).filter((run) => covers(run, slotMs))
    const words = wordsOf(runs)
    const known = said.get(words)
    if (known === undefined) said.set(words, { agents: [agent], runs })
    else known.agents.push(agent)
  }
  if (said.size > 1) {
    const sides = [...said].map(([words, { agents }]) => `${agents.join(', ')}: ${words}`)
    return { kind: 'contradiction', text: sides.join('; ') }
  }
  const [only] = said.values()
  return only === undefined || only.runs.length === 0
    ? { kind: 'nothing' }
    : { kind: 'runs', runs: only.runs }
}

export function wordsOf(runs: readonly RunView[]): string {
  if (runs.length === 0) return 'nothing'
  return runs
    .map(({ state, node, attempt, why }) => {
      const where = node === null ? state : `${state} on ${node}`
      return `${where}${attempt > 1 ? ` (attempt ${attempt})` : ''}${why === '' || state === 'succeeded' ? '' : ` (${why})`}`
    })
    .sort()
    .join(' and ')
}

function covers(run: RunView, slotMs: number): boolean {
  const lastMs = Date.parse(run.slot)
  return slotMs <= lastMs && slotMs >= (run.range === null ? lastMs : Date.parse(run.range.from))
}
