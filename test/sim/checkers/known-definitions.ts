// Which definition a revision of a job stands for. Every dropped text is read here anew; agents are asked now and
// then which revision of each job they have, and what they answer is compared with the texts. Revisions that nobody
// was asked about in time are unknown, and what depends on them is not checked.

import { category } from '../../../lib/base/ids.ts'
import { compareRevisions } from '../../../lib/base/revision.ts'
import type { JobDefinition } from '../../../lib/definition/job-definition.ts'
import { parseCategory } from '../../../lib/definition/parse-category.ts'
import type { JobView } from '../../../lib/view/question.ts'
import type { Host } from '../world/host.ts'
import type { World } from '../world/world.ts'

export type KnownDefinition = { readonly definition: JobDefinition; readonly isEnabled: boolean }

type Version = KnownDefinition & { readonly revision: string; readonly sinceMs: number }

const askEveryMs = 2_000

export class KnownDefinitions {
  readonly #world: World
  /** All that was ever dropped of a job, the newest first. */
  readonly #dropped = new Map<string, JobDefinition[]>()
  readonly #versions = new Map<string, Map<string, Version>>()
  #turn = 0

  constructor(world: World) {
    this.#world = world
    world.observers.on('dropped', ({ node, fileName, text }) => {
      for (const definition of text === null ? [] : definitionsOf(fileName, text, node))
        this.#dropped.set(definition.name, [definition, ...(this.#dropped.get(definition.name) ?? [])])
    })
    world.observers.on('reported', ({ node, text }) => {
      if (text.includes('was applied')) world.timeline.after(0, () => this.#ask(world.host(node)))
    })
    world.timeline.after(askEveryMs, () => this.#askNext())
  }

  at(job: string, revision: string): KnownDefinition | undefined {
    return this.#versions.get(job)?.get(revision)
  }

  /** All that anybody ever wrote of the job. */
  written(job: string): readonly JobDefinition[] {
    return this.#dropped.get(job) ?? []
  }

  jobs(): string[] {
    return [...this.#versions.keys()].toSorted()
  }

  /** What stood at this instant, if nothing newer was seen until the other. */
  between(job: string, fromMs: number, untilMs: number): KnownDefinition | null {
    const versions = [...(this.#versions.get(job)?.values() ?? [])].filter(
      ({ sinceMs }) => sinceMs <= untilMs,
    )
    const newest = versions.toSorted((left, right) => compareRevisions(right.revision, left.revision))[0]
    return newest === undefined || newest.sinceMs > fromMs ? null : newest
  }

  /** From now on the revision of the job is known to stand for this. */
  note(job: string, revision: string, known: KnownDefinition): void {
    const versions = this.#versions.get(job) ?? new Map<string, Version>()
    this.#versions.set(job, versions)
    if (!versions.has(revision))
      versions.set(revision, { ...known, revision, sinceMs: this.#world.timeline.nowMs })
  }

  #askNext(): void {
    const hosts = [...this.#world.hosts.values()].filter((host) => host.isRunning)
    const host = hosts[this.#turn++ % Math.max(1, hosts.length)]
    if (host !== undefined) this.#ask(host)
    this.#world.timeline.after(askEveryMs, () => this.#askNext())
  }

  #ask(host: Host): void {
    host.agent?.ask({ kind: 'jobs' }, (answer) => {
      for (const job of answer.kind === 'jobs' ? answer.jobs : []) this.#learn(job)
    })
  }

  #learn(job: JobView): void {
    const { name, revision, isEnabled } = job
    const known = this.#versions.get(name)?.get(revision)
    // Edited on one side of a cut and switched on or off on the other, it is the edit's revision that stays.
    if (known !== undefined && known.isEnabled !== isEnabled)
      this.#versions.get(name)!.set(revision, { ...known, isEnabled, sinceMs: this.#world.timeline.nowMs })
    if (known !== undefined) return
    const definition = this.#dropped.get(name)?.find((one) => isSame(one, job))
    if (definition !== undefined) this.note(name, revision, { definition, isEnabled })
  }
}

/** As far as its slots and commands go; a person may have switched it on or off over its file. */
function isSame(definition: JobDefinition, view: JobView): boolean {
  return (
    definition.scheduleText === view.schedule &&
    definition.timeZone === view.timeZone &&
    definition.actions.every((action, index) => action.command === view.actions[index]?.command)
  )
}

export function definitionsOf(fileName: string, text: string, nodeName: string): readonly JobDefinition[] {
  const source = {
    category: category(fileName.replace(/\.yaml$/, '')),
    fileName,
    text,
    droppedBy: { nodeName, timeZone: 'UTC' },
    master: null,
  }
  const { jobs, problems } = parseCategory(source)
  if (problems.length > 0)
    throw new Error(
      `Cannot simulate file "${fileName}": ${problems.map((problem) => problem.message).join('; ')}`,
    )
  return jobs
}
