// What is told to whoever listens, as it happens: a run that began or changed, a definition, a node, a service, a claim,
// how the agent is. Each is the view that a question would answer now, so that a listener need not ask. What comes in a flood
// (a start, a cut network that heals) is told as one word: look again.

import type { JobName, NodeId } from '../base/ids.ts'
import { newsLimits } from '../base/limits.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { ChangedDocument } from '../catalog/documents.ts'
import { subjectOf, type LedgerRecord } from '../ledger/run-record.ts'
import type { NodeCard } from '../membership/roster.ts'
import type { Sources } from './answer-question.ts'
import { nodeStanding, nodeView } from './node-views.ts'
import type { NodeView, StatusView } from './question.ts'
import { publicRun, runView, type RunView } from './run-view.ts'
import { publicService, serviceView, type ServiceView } from './service-view.ts'
import { healthOf } from './status-view.ts'

export type News =
  /** A run, or slots that did not run: as /api/v1/runs shows it. */
  | { readonly kind: 'run'; readonly run: RunView }
  /** Definitions of a category changed, those of these jobs among them. */
  | { readonly kind: 'config'; readonly category: string; readonly jobs: readonly string[] }
  | { readonly kind: 'node'; readonly node: NodeView }
  /** A service or instances of it, as /api/v1/services shows them to everybody. */
  | { readonly kind: 'service'; readonly service: ServiceView }
  /** This agent was granted a slot, and starts it at its instant. */
  | {
      readonly kind: 'claim'
      readonly job: string
      readonly slot: string
      readonly run: number
      readonly node: string
    }
  | {
      readonly kind: 'status'
      readonly state: StatusView['state']
      readonly complaints: StatusView['complaints']
    }
  /** Too much changed at once to be told one by one: ask for the list again. */
  | { readonly kind: 'much'; readonly of: 'runs' | 'config' | 'services' }

export class Newsroom {
  readonly #tell: (news: News) => void
  /** What was told of each node: its card, and how it stood. */
  readonly #nodes = new Map<NodeId, { readonly card: NodeCard; readonly standing: string }>()
  readonly #services = new Map<string, string>()
  #mayServicesDiffer = true
  #status = ''

  constructor(tell: (news: News) => void) {
    this.#tell = tell
  }

  /** Records of the ledger that were not known before. */
  onRecords(records: readonly LedgerRecord[], { ledger, roster }: Sources): void {
    const subjects = new Set(records.map(subjectOf))
    if (subjects.size > newsLimits.runsAtOnce) return this.#tell({ kind: 'much', of: 'runs' })
    for (const name of subjects) {
      const subject = ledger.index.subject(name)
      if (subject === null) continue
      const run = publicRun(runView(subject, (id) => roster.nameOf(id)))
      this.#tell({ kind: 'run', run })
    }
  }

  onDefinitions(changed: readonly ChangedDocument[], jobs: readonly JobName[]): void {
    const categories = changed
      .filter(({ id }) => id.startsWith('category/'))
      .map(({ id }) => id.slice('category/'.length))
    if (categories.length > newsLimits.categoriesAtOnce) return this.#tell({ kind: 'much', of: 'config' })
    for (const category of new Set(categories)) {
      const own = jobs.filter((job) => job.startsWith(`${category}.`))
      this.#tell({ kind: 'config', category, jobs: own.slice(0, newsLimits.jobsOfCategory) })
    }
  }

  /** Definitions of services, or what became of instances. */
  onServices(): void {
    this.#mayServicesDiffer = true
  }

  onGranted(job: JobName, entry: { readonly slotMs: number; readonly run: number }, node: string): void {
    this.#tell({ kind: 'claim', job, slot: formatInstant(entry.slotMs), run: entry.run, node })
  }

  /** Once a second: nodes, services and the state of this agent, where they are other than they were. */
  onTick(sources: Sources): void {
    for (const card of sources.roster.cards()) {
      const standing = nodeStanding(card, sources)
      const known = this.#nodes.get(card.nodeId)
      if (known?.card === card && known.standing === standing) continue
      this.#nodes.set(card.nodeId, { card, standing })
      if (known?.standing === standing && JSON.stringify(known.card) === JSON.stringify(card)) continue
      this.#tell({ kind: 'node', node: nodeView(card, sources) })
      // What ran on it may be away with it.
      this.#mayServicesDiffer = true
    }
    this.#tellServices(sources)
    const { state, complaints } = healthOf(sources)
    const text = JSON.stringify([state, complaints])
    if (this.#status === text) return
    this.#status = text
    this.#tell({ kind: 'status', state, complaints })
  }

  #tellServices(sources: Sources): void {
    if (!this.#mayServicesDiffer) return
    this.#mayServicesDiffer = false
    const changed: ServiceView[] = []
    const names = new Set<string>()
    for (const definition of sources.catalog.services()) {
      const service = publicService(serviceView(definition, sources))
      const text = JSON.stringify(service)
      names.add(service.name)
      if (this.#services.get(service.name) !== text) changed.push(service)
      this.#services.set(service.name, text)
    }
    for (const name of this.#services.keys()) if (!names.has(name)) this.#services.delete(name)
    if (changed.length > newsLimits.servicesAtOnce) return this.#tell({ kind: 'much', of: 'services' })
    for (const service of changed) this.#tell({ kind: 'service', service })
  }
}
