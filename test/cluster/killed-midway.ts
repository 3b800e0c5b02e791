// An agent that is killed while it holds runs at ten different moments between claim and record: one job for each
// moment, asked for by hand on another agent, so long before the one SIGKILL. The commands write down themselves that
// they began and ended; each must do so once, and its result, exit code 7, must be told by every agent in the end.
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'

export type Midway = {
  /** How long each action lasts. */
  readonly actionMs: number
  /** How long before the kill each run is asked for; the longest are over by then. */
  readonly beforeKillMs: readonly number[]
  readonly awayMs: number
  readonly onChapter: (text: string) => void
}

const endWithinMs = 90_000

/** What went wrong; empty when all is as promised. */
export async function killMidway(story: Midway): Promise<readonly string[]> {
  const home = new AgentHome()
  try {
    return await tell(home, story)
  } finally {
    await home.close()
  }
}

async function tell(home: AgentHome, story: Midway): Promise<readonly string[]> {
  const [alpha, beta, gamma] = await gather(home)
  const evidence = home.at('evidence')
  const jobs = story.beforeKillMs.map((_, index) => `moment${index + 1}`)
  alpha.drop('midway.yaml', configText(jobs, story.actionMs, evidence))
  for (const agent of [alpha, beta, gamma])
    await until(
      `${agent.name} to know the jobs`,
      async () => (await agent.get<Jobs>('jobs')).jobs.length === jobs.length,
    )
  const fromMs = Date.now()
  const killAtMs = fromMs + Math.max(...story.beforeKillMs) + 200
  const asked = story.beforeKillMs.map(async (beforeMs, index) => {
    await delay(killAtMs - beforeMs - Date.now())
    const { code, err } = await hocket(['start', `midway.${jobs[index]}`, '--data-dir', alpha.dataDirectory])
    return code === 0 ? null : `${jobs[index]} could not be asked for: ${err}`
  })
  await delay(killAtMs - Date.now())
  await gamma.kill()
  story.onChapter(`gamma is killed with ${jobs.length} runs at as many moments`)
  await delay(story.awayMs)
  const returned = home.start('gamma')
  await returned.ready()
  story.onChapter('gamma is back')
  const faults = (await Promise.all(asked)).filter((fault) => fault !== null)
  for (const agent of [alpha, beta, returned])
    await until(
      `${agent.name} to know all results`,
      async () => (await open(agent, jobs)).length === 0,
      endWithinMs,
    ).catch(async () => faults.push(`${agent.name} has no result of ${(await open(agent, jobs)).join(', ')}`))
  return [...faults, ...judge(jobs, evidence)]
}

type Jobs = { readonly jobs: readonly unknown[] }

/** The jobs whose one run has not ended with its own exit code, as this agent tells it. */
async function open(agent: AgentProcess, jobs: readonly string[]): Promise<string[]> {
  const { runs } = await agent.get<{ readonly runs: readonly RunView[] }>('runs?limit=1000')
  return jobs.filter((job) => {
    const own = runs.filter((run) => run.job === `midway.${job}` && run.id !== null)
    return !own.some(({ state, why }) => state === 'failed' && why.includes('exited with 7'))
  })
}

function judge(jobs: readonly string[], evidence: string): string[] {
  const lines = fs.readFileSync(evidence, 'utf8').trim().split('\n')
  return jobs.flatMap((job) => {
    const begun = lines.filter((line) => line === `${job} began`).length
    const over = lines.filter((line) => line === `${job} ended`).length
    return begun === 1 && over === 1 ? [] : [`${job} began ${begun} times and ended ${over} times`]
  })
}

async function gather(home: AgentHome): Promise<[AgentProcess, AgentProcess, AgentProcess]> {
  const alpha = home.start('alpha', { words: ['--witnesses', '3'] })
  await alpha.ready()
  const { out } = await hocket(['join-token', '--data-dir', alpha.dataDirectory])
  const [beta, gamma] = [
    home.start('beta', { environment: { HOCKET_JOIN: out.trim() } }),
    home.start('gamma', { environment: { HOCKET_JOIN: out.trim() } }),
  ]
  for (const agent of [alpha, beta, gamma]) {
    await agent.ready()
    await until(`${agent.name} to be ready to claim`, async () => {
      const { state, session } = await agent.get<StatusView>('status')
      return state === 'ready' && session.isValid
    })
  }
  return [alpha, beta, gamma]
}

function configText(jobs: readonly string[], actionMs: number, evidence: string): string {
  const command = (job: string) =>
    `echo ${job} began >> ${evidence}; sleep ${actionMs / 1000}; echo ${job} ended >> ${evidence}; exit 7`
  // Until the agent is back there is nobody else to run it.
  const texts = jobs.map(
    (job) => `  - name: ${job}
    node: gamma
    start_deadline: 60s
    actions:
      - name: nap
        command: "${command(job)}"
`,
  )
  return `jobs:\n${texts.join('')}`
}
