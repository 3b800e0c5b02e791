// The text of a scenario to what is to be simulated and expected. A line that is not understood is an error that
// names it: nothing in these files is skipped.

import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import type { Fault } from '../plan/fault.ts'
import { readDuration, readFault } from '../plan/read-fault.ts'
import type { Plan } from '../plan/plan.ts'
import type { Drop } from '../plan/workload.ts'
import type { Expectation, Scenario, Trigger } from './scenario.ts'

/** Slots lie at whole seconds of the simulation. */
const startMs = Date.UTC(2026, 5, 1, 12)
const dropAtMs = 3_000
const file = 'x.yaml'
const restMs = 40_000

type Draft = {
  readonly numbers: Map<string, number>
  /** The jobs' texts, by name, as they stand at each instant. */
  readonly jobs: { readonly atMs: number; readonly name: string; readonly text: string }[]
  readonly faults: Fault[]
  readonly triggers: Trigger[]
  readonly expectations: { readonly line: string; readonly expectation: Expectation }[]
}

export function readScenario(text: string): Scenario {
  const draft: Draft = { numbers: new Map(), jobs: [], faults: [], triggers: [], expectations: [] }
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.replace(/#.*/, '').trim()
    if (bare === '') continue
    try {
      readLine(bare, draft)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`Cannot read line ${index + 1} "${line}": ${why}`, { cause: error })
    }
  }
  return { plan: planOf(draft), triggers: draft.triggers, expectations: draft.expectations }
}

function readLine(line: string, draft: Draft): void {
  const job = /^(?:at (\S+) )?job (\S+): (.*)$/.exec(line)
  if (job !== null) {
    const [, at, name = '', words = ''] = job
    draft.jobs.push({
      atMs: at === undefined ? dropAtMs : readDuration(at),
      name,
      text: jobText(name, words),
    })
    return
  }
  const fault = /^at (\S+) (.*)$/.exec(line)
  if (fault !== null) return void draft.faults.push(readFault(fault[2]!, readDuration(fault[1]!)))
  const trigger = /^when (\S+) (spawns|starts|writes|sends|receives) (\S+) after (\S+) (.*)$/.exec(line)
  if (trigger !== null) return void draft.triggers.push(readTrigger(trigger))
  if (line.startsWith('expect '))
    return void draft.expectations.push({ line, expectation: readExpectation(line) })
  for (const part of line.split(',')) {
    const [word = '', value = ''] = part.trim().split(/\s+/)
    if (['nodes', 'witnesses', 'seed', 'max-running', 'gossip-loss'].includes(word))
      draft.numbers.set(word, Number(value))
    else if (['session', 'rank-delay', 'ahead', 'delay', 'sync', 'until'].includes(word))
      draft.numbers.set(word, readDuration(value))
    else throw new Error(`"${word}" is not understood`)
  }
}

/** One job of the file: the schedule, then keys of a job, then what it runs. */
function jobText(name: string, words: string): string {
  const [schedule = '', ...parts] = words.split('|').map((part) => part.trim())
  const commands = parts.filter((part) => part.startsWith('work '))
  const keys = parts
    .filter((part) => !part.startsWith('work '))
    .map((part) => part.replace(/^(\S+) /, '$1: '))
  const steps = commands.map((part, index) => {
    const [command, more] = part.split(' with ', 2)
    const requires = index === 0 ? '' : `, requires: [step${index}]`
    return `      - {name: step${index + 1}, command: "${command}"${requires}${more === undefined ? '' : `, ${more}`}}`
  })
  return [
    `  - name: ${name}`,
    `    schedule: "${schedule}"`,
    ...keys.map((key) => `    ${key}`),
    '    actions:',
    ...steps,
  ].join('\n')
}

function readTrigger([, node, what, pattern, after, words]: RegExpExecArray): Trigger {
  return {
    node: node === 'any' ? null : nodeId(node!),
    what: what as Trigger['what'],
    pattern: pattern!,
    afterMs: readDuration(after!),
    fault: (it: NodeId) => readFault(words!.replace(/\bit\b/, it), 0),
  }
}

function readExpectation(line: string): Expectation {
  const every = /^expect every slot of (\S+) from (\S+) to (\S+)$/.exec(line)
  if (every !== null)
    return {
      kind: 'every-slot',
      job: every[1]!,
      fromMs: readDuration(every[2]!),
      untilMs: readDuration(every[3]!),
    }
  const none = /^expect no start of (\S+)(?: on (\S+))? from (\S+) to (\S+)$/.exec(line)
  if (none !== null)
    return {
      kind: 'no-start',
      job: none[1]!,
      node: none[2] ?? null,
      fromMs: readDuration(none[3]!),
      untilMs: readDuration(none[4]!),
    }
  const slots = /^expect slots? ([\d.smh ]+) of (\S+) (\S+)$/.exec(line)
  if (slots !== null)
    return {
      kind: 'slots',
      slotsMs: slots[1]!.split(/\s+/).map(readDuration),
      job: slots[2]!,
      told: slots[3]!,
    }
  const count = /^expect (at least )?(\d+) (\S+) of (\S+)$/.exec(line)
  if (count === null)
    throw new Error('expected "every slot of", "no start of", "slots … of" or a number of runs')
  const [, isLeast, number, state, job] = count
  return {
    kind: 'count',
    state: state!,
    job: job!,
    least: Number(number),
    most: isLeast === undefined ? Number(number) : Infinity,
  }
}

function planOf(draft: Draft): Plan {
  const { faults } = draft
  const number = (word: string, fallback: number): number => draft.numbers.get(word) ?? fallback
  const witnesses = number('witnesses', 3) as Plan['witnesses']
  const nodes = Array.from({ length: number('nodes', 3) }, (_, index) => nodeId(`n${index + 1}`))
  const quietAtMs = number('until', 60_000)
  return {
    seed: `scenario ${number('seed', 1)}`,
    startMs,
    hosts: nodes.map((node, index) => ({
      node,
      labels: {},
      canWitness: index < witnesses,
      maxRunning: draft.numbers.get('max-running') ?? null,
      foundWitnesses: index === 0 ? witnesses : null,
      clock: { rate: 1, steadyZeroMs: 100_000 * (index + 1), wallOffsetMs: 0 },
      diskSpeed: { syncMs: number('sync', 1), isGroupCommit: true },
      startsAfterMs: 10 * index,
    })),
    settings: {
      ...defaultClaimSettings,
      sessionTtlMs: number('session', defaultClaimSettings.sessionTtlMs),
      rankDelayMs: number('rank-delay', defaultClaimSettings.rankDelayMs),
      claimAheadMs: number('ahead', defaultClaimSettings.claimAheadMs),
    },
    network: {
      mode: 'streams',
      delayMs: number('delay', 1),
      tailChance: 0,
      tailMs: 0,
      lossChance: 0,
      doubleChance: 0,
      gossipLossChance: number('gossip-loss', 0),
    },
    isWireJson: true,
    spawnFailChance: 0,
    witnesses,
    documents: 'stand-in',
    drops: dropsOf(draft.jobs, quietAtMs),
    requests: [],
    faults,
    healedAtMs: Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + forMs)),
    quietAtMs,
    endMs: quietAtMs + restMs,
  }
}

/** The file after each edit, and at the end with every job switched off. */
function dropsOf(jobs: Draft['jobs'], quietAtMs: number): Drop[] {
  const node = nodeId('n1')
  const at = (atMs: number): string[] => {
    const newest = new Map(jobs.filter((job) => job.atMs <= atMs).map((job) => [job.name, job.text]))
    return [...newest.values()]
  }
  const fileText = (texts: readonly string[]): string => `jobs:\n${texts.join('\n')}\n`
  const instants = [...new Set(jobs.map((job) => job.atMs))].toSorted((left, right) => left - right)
  const off = at(quietAtMs).map((text) => text.replace('\n', '\n    enabled: false\n'))
  return [
    ...instants.map((atMs) => ({ atMs, node, fileName: file, text: fileText(at(atMs)) })),
    { atMs: quietAtMs, node, fileName: file, text: fileText(off) },
  ]
}
