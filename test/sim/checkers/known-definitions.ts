// Which definition a revision of a job stands for: whenever an agent reports that it applied a file, it is asked for
// the revisions, and the file's text is read here anew. Revisions that nobody could be asked about are unknown.

import { category } from '../../../lib/base/ids.ts'
import type { JobDefinition } from '../../../lib/definition/job-definition.ts'
import { parseCategory } from '../../../lib/definition/parse-category.ts'
import type { World } from '../world/world.ts'

export type KnownDefinition = { readonly definition: JobDefinition; readonly isEnabled: boolean }

export class KnownDefinitions {
  readonly #byRevision = new Map<string, KnownDefinition>()
  /** What was applied of each job, in the order in which that was. */
  readonly #versions = new Map<string, (KnownDefinition & { readonly sinceMs: number })[]>()

  constructor(world: World) {
    world.observers.on('reported', ({ node, text }) => {
      if (!text.includes('was applied')) return
      const host = world.host(node)
      const definitions = new Map(
        [...host.files]
          .flatMap(([fileName, fileText]) => definitionsOf(fileName, fileText, node))
          .map((one) => [one.name, one]),
      )
      world.timeline.after(0, () =>
        host.agent?.ask({ kind: 'jobs' }, (answer) => {
          if (answer.kind !== 'jobs') return
          for (const job of answer.jobs) {
            const definition = definitions.get(job.name as JobDefinition['name'])
            if (definition === undefined) continue
            const known = { definition, isEnabled: job.isEnabled }
            this.#byRevision.set(`${job.name} ${job.revision}`, known)
            const versions = this.#versions.get(job.name) ?? []
            this.#versions.set(job.name, versions)
            versions.push({ ...known, sinceMs: world.timeline.nowMs })
          }
        }),
      )
    })
  }

  at(job: string, revision: string): KnownDefinition | undefined {
    return this.#byRevision.get(`${job} ${revision}`)
  }

  jobs(): string[] {
    return [...this.#versions.keys()].toSorted()
  }

  /** What stood at this instant, if nothing else was applied until the other. */
  between(job: string, fromMs: number, untilMs: number): KnownDefinition | null {
    const versions = this.#versions.get(job) ?? []
    const stood = versions.filter(({ sinceMs }) => sinceMs <= fromMs).at(-1)
    return stood === undefined || versions.some(({ sinceMs }) => sinceMs > fromMs && sinceMs <= untilMs)
      ? null
      : stood
  }
}

export function definitionsOf(fileName: string, text: string, nodeName: string): readonly JobDefinition[] {
  const source = {
    category: category(fileName.replace(/\.yaml$/, '')),
    fileName,
    text,
    droppedBy: { nodeName },
    master: null,
  }
  const { jobs, problems } = parseCategory(source)
  if (problems.length > 0)
    throw new Error(
      `Cannot simulate file "${fileName}": ${problems.map((problem) => problem.message).join('; ')}`,
    )
  return jobs
}
