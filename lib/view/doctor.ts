// What is wrong with the cluster as far as the core of one agent can see it, each with what to do about it: votes, nodes,
// pools, definitions, documents, versions, and runs that last too long. What only hosts know is added by the shell.

import type { NodeId } from '../base/ids.ts'
import { documentLimits } from '../base/document-limits.ts'
import type { Sources } from './answer-question.ts'
import { categoryViews } from './config-view.ts'
import { figuresView } from './figures.ts'
import { flaggedRuns } from './job-attention.ts'
import type { RunFlag } from './job-check.ts'
import { nodeViews } from './node-views.ts'
import { serviceView } from './service-view.ts'
import { statusView } from './status-view.ts'

export type Finding = {
  /** `bad`: something does not work; `warning`: it will not for long, or not as one thinks. */
  readonly level: 'bad' | 'warning'
  /** Such as `witnesses`, `pool db`, `node beta`. */
  readonly about: string
  readonly text: string
  /** What to do; empty where the text says it. */
  readonly remedy: string
}

/** A secret that definitions name, and the nodes that may have to know it. */
export type NeededSecret = { readonly name: string; readonly job: string; readonly nodes: readonly NodeId[] }

export type DoctorView = {
  readonly findings: readonly Finding[]
  readonly secrets: readonly NeededSecret[]
}

/** Of so many of a kind no more are told one by one. */
const toldMax = 20

export function doctorView(sources: Sources): DoctorView {
  const findings = [
    ...complaints(sources),
    ...nodeFindings(sources),
    ...poolFindings(sources),
    ...configFindings(sources),
    ...documentFindings(sources),
    ...runFindings(sources),
    ...serviceFindings(sources),
  ]
  return { findings, secrets: neededSecrets(sources) }
}

function complaints(sources: Sources): Finding[] {
  const { state, complaints: texts, witnesses } = statusView(sources)
  const level = state === 'ready' ? 'warning' : 'bad'
  const found = texts.map((text): Finding => ({ level, about: 'cluster', text, remedy: '' }))
  if (witnesses.members.length === 2)
    found.push({
      level: 'warning',
      about: 'witnesses',
      text: 'there are two witnesses: when one of them is away nothing is started',
      remedy: 'Start a third agent; it becomes a witness by itself.',
    })
  return found
}

function nodeFindings(sources: Sources): Finding[] {
  const nodes = nodeViews(sources)
  const findings: Finding[] = nodes
    .filter(({ isConnected, isSelf, duty }) => !isConnected && !isSelf && duty !== 'removing')
    .slice(0, toldMax)
    .map(({ name, state }) => ({
      level: 'warning',
      about: `node ${name}`,
      text: `this agent does not reach it${state === 'live' ? ', and others do' : ''}`,
      remedy:
        state === 'live'
          ? 'Look at the network between the two hosts (port 7461).'
          : `Start its agent; if it is gone for good: hocket nodes remove ${name}`,
    }))
  for (const [what, of] of [
    ['versions of hocket', ({ version }: (typeof nodes)[number]) => version],
    ['versions of time zone data', ({ zoneData }: (typeof nodes)[number]) => zoneData],
  ] as const) {
    const kinds = Map.groupBy(nodes, of)
    if (kinds.size < 2) continue
    const text = [...kinds].map(([kind, some]) => `${kind} on ${namesText(some.map(({ name }) => name))}`)
    findings.push({
      level: 'warning',
      about: 'nodes',
      text: `they have different ${what}: ${text.join('; ')}`,
      remedy: what.includes('zone')
        ? 'Run the same Node.js everywhere: two nodes may read one schedule in two ways.'
        : 'Upgrade the others too, one at a time; what runs goes on.',
    })
  }
  return findings
}

/** Jobs and services whose nodes are all away, by the pool that they name. */
function poolFindings({ catalog, roster, clock }: Sources): Finding[] {
  const empty = new Map<string, string[]>()
  const wanting = [...catalog.jobs()].filter(({ isEnabled }) => isEnabled)
  for (const { name, definition } of [...wanting, ...catalog.services()]) {
    const isThere = roster.eligible(definition.nodes).some((node) => roster.isLive(node, clock.nowMs))
    if (isThere) continue
    const pool = definition.pool === '' ? 'of all nodes' : definition.pool
    empty.set(pool, [...(empty.get(pool) ?? []), name])
  }
  return [...empty].slice(0, toldMax).map(([pool, names]) => ({
    level: 'bad',
    about: `pool ${pool}`,
    text: `nobody of it is there to run ${namesText(names)}`,
    remedy: 'Start an agent on one of its nodes, activate one that is drained, or name others.',
  }))
}

function configFindings(sources: Sources): Finding[] {
  return categoryViews(sources)
    .filter(({ state }) => state === 'conflict' || state === 'stale' || state === 'refused')
    .slice(0, toldMax)
    .map(({ category, state, remedy, problems }) => ({
      level: state === 'stale' ? 'warning' : 'bad',
      about: `category ${category}`,
      text: {
        conflict: 'it was changed in two places at once, and one of the changes lost',
        stale: 'a file that was dropped is an older text of it, and is not in force',
        refused: `the file that was dropped last has ${problems.length} problems, and is not in force`,
      }[state as 'conflict' | 'stale' | 'refused'],
      remedy: remedy === '' ? 'hocket config status shows them.' : remedy,
    }))
}

function documentFindings(sources: Sources): Finding[] {
  const { documents } = figuresView(sources)
  const findings: Finding[] = []
  const { largest, behind } = documents
  if (largest !== null && largest.bytes > documentLimits.largeBytes)
    findings.push({
      level: 'warning',
      about: `document ${largest.id}`,
      text: `it takes ${Math.round(largest.bytes / 1e6)} MB: each change of it is slow on every node`,
      remedy: largest.id.startsWith('category/') ? 'Divide the file into several.' : '',
    })
  if (behind.forMs > documentLimits.behindWarnMs)
    findings.push({
      level: 'warning',
      about: 'documents',
      text: `${behind.count} are behind those of a peer, for ${Math.round(behind.forMs / 1000)} s`,
      remedy: 'Wait while an agent catches up; if it stays so, look at its log and its network.',
    })
  return findings
}

function runFindings(sources: Sources): Finding[] {
  const words: Readonly<Record<RunFlag, string>> = {
    'over-expected': 'lasts longer than its job expects',
    stuck: 'keeps the next run waiting',
  }
  return flaggedRuns(sources)
    .slice(0, toldMax)
    .map(({ run, flags }) => ({
      level: 'warning',
      about: `run ${run}`,
      text: flags.map((flag) => words[flag]).join(', and '),
      remedy: `See hocket logs ${run}; end it with hocket stop ${run}.`,
    }))
}

function serviceFindings(sources: Sources): Finding[] {
  return [...sources.catalog.services()]
    .map((service) => serviceView(service, sources))
    .filter(({ state }) => state === 'FAILED')
    .slice(0, toldMax)
    .map(({ name, up, instances }) => {
      const wanted = instances.filter(({ isWanted }) => isWanted)
      const why = wanted.map((instance) => instance.why).find((words) => words !== '')
      return {
        level: 'bad',
        about: `service ${name}`,
        text: `it is FAILED, ${up} of ${wanted.length} up${why === undefined ? '' : `: ${why}`}`,
        remedy: `See hocket service show ${name}; hocket service start ${name} tries again.`,
      }
    })
}

function neededSecrets({ catalog, roster }: Sources): NeededSecret[] {
  const needed = new Map<string, NeededSecret>()
  const note = (name: string, job: string, nodes: readonly NodeId[]) => {
    const known = needed.get(name)
    const all = [...new Set([...(known?.nodes ?? []), ...nodes])]
    needed.set(name, { name, job: known?.job ?? job, nodes: all })
  }
  for (const { name: job, definition } of catalog.jobs())
    for (const { secrets, http } of [
      ...definition.actions,
      ...(definition.cleanup === null ? [] : [definition.cleanup]),
    ])
      for (const name of [...Object.values(secrets), ...Object.values(http?.secretHeaders ?? {})])
        note(name, job, roster.eligible(definition.nodes))
  for (const { name: service, definition } of catalog.services())
    for (const name of Object.values(definition.secrets))
      note(name, service, roster.eligible(definition.nodes))
  return [...needed.values()]
}

function namesText(names: readonly string[]): string {
  const some = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${some} and ${names.length - 3} more` : some
}
