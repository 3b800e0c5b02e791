// Many jobs whose slot is one instant on one agent: each action must be executed once, end with its own exit code, and
// have its own output on both streams; as its API tells it, and as the commands wrote it down themselves.
import fs from 'node:fs'
import type { StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, until, type AgentProcess } from './agent-process.ts'

export type Together = {
  readonly count: number
  /** From the drop to the instant. */
  readonly inMs: number
  readonly onChapter: (text: string) => void
}

const endWithinMs = 240_000
const pageSize = 200

/** What went wrong; empty when all is as promised. */
export async function startTogether(story: Together): Promise<readonly string[]> {
  const home = new AgentHome()
  try {
    return await tell(home, story)
  } finally {
    await home.close()
  }
}

async function tell(home: AgentHome, { count, inMs, onChapter }: Together): Promise<readonly string[]> {
  const agent = home.start('alone')
  await agent.ready()
  await until('the agent to be ready to claim', async () => {
    const { state, session } = await agent.get<StatusView>('status')
    return state === 'ready' && session.isValid
  })
  const evidence = home.at('evidence')
  const slotMs = Math.ceil((Date.now() + inMs) / 1_000) * 1_000
  agent.drop('together.yaml', configText(count, slotMs, evidence))
  const isOver = async () => (await agent.get<Counts>(`runs?limit=1&state=running`)).runs.length === 0
  await until(
    'all runs to be over',
    async () => Date.now() > slotMs && lines(evidence).length >= count && (await isOver()),
    endWithinMs,
  )
  onChapter(`${count} actions have ended ${((Date.now() - slotMs) / 1_000).toFixed(1)} s after their instant`)
  const runs = await allRuns(agent)
  const faults: string[] = []
  const executed = lines(evidence)
  for (let i = 0; i < count; i++) faults.push(...(await judge(agent, { i, runs, executed })))
  return faults
}

type Counts = { readonly runs: readonly RunView[]; readonly nextCursor: string | null }

async function allRuns(agent: AgentProcess): Promise<RunView[]> {
  const runs: RunView[] = []
  for (let next: string | null = ''; next !== null;) {
    const after: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`
    const page: Counts = await agent.get<Counts>(`runs?limit=${pageSize}${after}`)
    runs.push(...page.runs)
    next = page.nextCursor
  }
  return runs
}

async function judge(
  agent: AgentProcess,
  of: { readonly i: number; readonly runs: readonly RunView[]; readonly executed: readonly string[] },
): Promise<string[]> {
  const { i, runs, executed } = of
  const name = `together.job${i}`
  const own = runs.filter(({ job }) => job === name)
  const [run] = own
  if (run === undefined || own.length !== 1) return [`${name} has ${own.length} runs`]
  const times = executed.filter((line) => line === String(i)).length
  const faults = times === 1 ? [] : [`${name} was executed ${times} times`]
  const isRight = i % 50 === 0 ? run.state === 'succeeded' : run.why.endsWith(`exited with ${i % 50}`)
  if (!isRight) faults.push(`${name} is ${run.state} (${run.why}), expected exit code ${i % 50}`)
  for (const stream of ['stdout', 'stderr']) {
    const text = await agent.text(`runs/${run.id}/output?stream=${stream}`)
    if (text !== `${stream} of ${i}\n`) faults.push(`${name} has "${text}" as its ${stream}`)
  }
  return faults
}

function lines(evidence: string): string[] {
  return fs.existsSync(evidence) ? fs.readFileSync(evidence, 'utf8').trim().split('\n') : []
}

function configText(count: number, slotMs: number, evidence: string): string {
  const jobs = Array.from({ length: count }, (_, i) => {
    const command = `echo ${i} >> ${evidence}; echo stdout of ${i}; echo stderr of ${i} >&2; exit ${i % 50}`
    return `  job${i}: {schedule: "at ${new Date(slotMs).toISOString()}", start_deadline: 5m, actions: {a: {command: "${command}"}}}`
  })
  return `jobs:\n${jobs.join('\n')}\n`
}
