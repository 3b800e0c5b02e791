// What a person reads about a seed that broke a statement: how to run it again, what broke, the faults that it
// needs, and what happened last.

import { execFileSync } from 'node:child_process'
import type { Violation } from './checkers/judge.ts'
import { faultText } from './plan/fault.ts'
import type { Plan } from './plan/plan.ts'
import { planOfSeed } from './seed-run.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulation.ts'
import type { Core } from './world/agent.ts'

const lastLines = 60
const lineLength = 240

export function failureReport(
  seed: number,
  failed: { readonly profileName: string; readonly violation: Violation; readonly core: Core },
): string {
  const { profileName, violation, core } = failed
  const rerun = `npm run simulate -- --seed ${seed}${profileName === 'usual' ? '' : ` --profile ${profileName}`}`
  const head = [
    `seed ${seed} (${profileName}) at commit ${commit()} broke ${violation.statement} after ${seconds(violation.atMs)}:`,
    `  ${violation.text}`,
    `  again with: ${rerun}`,
  ]
  if (violation.statement === 'determinism') return head.join('\n')
  const smaller = shrink(planOfSeed(seed, profileName), violation.statement, core)
  const { lines, last } = lastEvents(smaller, core)
  return [
    ...head,
    `  ${clusterText(smaller)}`,
    `  ${smaller.faults.length} of ${planOfSeed(seed, profileName).faults.length} faults are enough:`,
    ...smaller.faults.map((fault) => `    ${faultText(fault)}`),
    ...smaller.drops.map((drop) => `    at ${drop.atMs}ms ${drop.node} drops ${drop.fileName}`),
    ...smaller.requests.map(
      ({ atMs, node, command }) => `    at ${atMs}ms ${node} is asked ${JSON.stringify(command)}`,
    ),
    `  then: ${last?.text ?? 'it did not fail again'}`,
    `  the last events before it:`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n')
}

/** What the working tree stands on; a changed tree says so. */
function commit(): string {
  try {
    const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8', stdio: 'pipe' }).trim()
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ', changed')
  } catch {
    return 'unknown (no git here)'
  }
}

function clusterText(plan: Plan): string {
  const { hosts, witnesses, network, settings, documents } = plan
  const disks = hosts
    .map((host) => `${host.diskSpeed.syncMs}${host.diskSpeed.isGroupCommit ? 'g' : ''}`)
    .join(' ')
  return `${hosts.length} nodes, ${witnesses} witnesses, ${network.mode} ${network.delayMs} ms, syncs ${disks} ms, session ${settings.sessionTtlMs} ms, rank delay ${settings.rankDelayMs} ms, claims ${settings.claimAheadMs} ms ahead, documents: ${documents}`
}

function lastEvents(
  plan: Plan,
  core: Core,
): { readonly lines: readonly string[]; readonly last: Violation | null } {
  let lines: string[] = []
  const write = (line: string) => {
    lines.push(line.length > lineLength ? `${line.slice(0, lineLength)}…` : line)
    if (lines.length > 4 * lastLines) lines = lines.slice(-lastLines)
  }
  const { violation } = simulate(plan, { core, write })
  return { lines: lines.slice(-lastLines), last: violation }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`
