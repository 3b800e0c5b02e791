// The catalog of one agent: from files that people drop to revisions in the documents, and
// from the documents to the jobs that this cluster runs. A drop writes; what it means is
// read back like everybody else's change, in onChanged.

import { contentHash } from '../base/hash.ts'
import type { Category, JobName, NodeId } from '../base/ids.ts'
import { problemText, type Problem } from '../base/problem.ts'
import { category as toCategory } from '../base/ids.ts'
import { categoryOfFileName, parseCategory } from '../definition/parse-category.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import { parseAccessToken, type AccessToken } from './access-token.ts'
import { CategoryHistory } from './category-history.ts'
import {
  definitionIn,
  differingJobs,
  jobsOf,
  noJobs,
  parsedOf,
  shortName,
  type CatalogJob,
  type CategoryJobs,
} from './category-jobs.ts'
import type { CatalogService } from './category-services.ts'
import type { ChangedDocument, Documents } from './documents.ts'
import type { DroppedFile, DropOutcome, LastDrop, RemoveOutcome } from './drop-outcome.ts'
import type { NodeState } from './node-state.ts'
import { planEdit, type EditPlan, type EditRefused, type EditWish } from './edit-plan.ts'
import { masterCategory, noMaster, ParseCache, type Master, type Parse } from './parse-cache.ts'
import { livesOf, type Author, type Revision } from './revision-record.ts'

const ROOT = 'root'
const CATEGORY = 'category/'
const CARD = 'node/'
const STATE = 'state/'
const TOKEN = 'token/'
const REVOKED = 'revoked/'

export type EditAuthor = Author & { readonly atMs: number }

export type CategoryStatus = {
  readonly category: Category
  readonly revision: string
  readonly state: 'present' | 'deleted'
  readonly author: Author
  readonly atMs: number
  readonly fileName: string
  readonly jobs: number
  readonly services: number
  readonly problems: readonly Problem[]
  readonly notes: readonly Problem[]
  /** Edits that lost against the current one and that nobody settled. */
  readonly conflicts: readonly Revision[]
  /** What came of the last file dropped here, when it was not applied. */
  readonly lastDrop: LastDrop | null
}

export class Catalog {
  readonly #documents: Documents
  readonly #cache: ParseCache
  readonly #categories = new Map<Category, CategoryJobs>()
  readonly #jobs = new Map<JobName, CatalogJob>()
  readonly #services = new Map<string, CatalogService>()
  /** Drops of this agent that were not applied. */
  readonly #lastDrops = new Map<Category, LastDrop>()

  constructor(documents: Documents, parse: Parse = parseCategory) {
    this.#documents = documents
    this.#cache = new ParseCache(parse)
  }

  /** A file of the watched directory is new or changed; the category is the file's name without its ending. */
  dropFile(file: DroppedFile, author: EditAuthor): DropOutcome {
    const named = categoryOfFileName(file.fileName)
    if ('ignored' in named) return { kind: 'ignored', because: named.ignored }
    const { category } = named
    const outcome = this.#drop(category, file, author)
    const { path = file.fileName } = file
    if (outcome.kind === 'stale' || outcome.kind === 'refused')
      this.#lastDrops.set(category, { ...outcome, path, textHash: contentHash(file.text) })
    else this.#lastDrops.delete(category)
    return outcome
  }

  /** A file is gone: so is its category, when it was this agent's file that made it what it is. */
  removeFile(fileName: string, author: EditAuthor): RemoveOutcome {
    const named = categoryOfFileName(fileName)
    if ('ignored' in named) return { kind: 'ignored', because: named.ignored }
    const { category } = named
    this.#lastDrops.delete(category)
    const history = this.#historyOf(category)
    const { current } = history
    if (current?.state !== 'present') return { kind: 'ignored', because: 'there is no such category' }
    const bringer = history.bringerOf(current)
    const file = history.sourceOf(current).fileName
    if (bringer.user !== undefined)
      return {
        kind: 'ignored',
        because: `the category is what ${bringer.user || 'somebody'} made it on agent "${bringer.nodeName}"`,
      }
    if (bringer.node !== author.node || file !== fileName)
      return {
        kind: 'ignored',
        because: `the category comes from file "${file}" of agent "${bringer.nodeName}"`,
      }
    const plan = this.plan({ category, file: null }, author)
    if (plan.kind === 'refused')
      return { kind: 'ignored', because: `${problemText(plan.problems[0]!)}: it cannot be read without it` }
    this.commit(plan)
    return { kind: 'removed', category, revision: plan.revision, removed: differingJobs(plan).removed }
  }

  /** Switches a job on or off whatever its file says, now and after edits. False when there is no such job. */
  setEnabled(name: JobName, isEnabled: boolean, author: EditAuthor): boolean {
    const job = this.#jobs.get(name)
    return (
      job !== undefined && this.#override(job.definition.category, shortName(name), { isEnabled }, author)
    )
  }

  /** Starts or stops a service, or one instance of it, whatever its file says. False when there is none. */
  switchService(
    name: string,
    to: { readonly number: number | null; readonly isEnabled: boolean; readonly isKill: boolean },
    author: EditAuthor,
  ): boolean {
    const service = this.#services.get(name)
    if (service === undefined) return false
    const short = name.slice(name.indexOf('.') + 1)
    const { number, ...change } = to
    const key = number === null ? short : `${short}.${number}`
    return this.#override(service.definition.category, key, change, author)
  }

  #override(
    category: Category,
    key: string,
    change: { readonly isEnabled: boolean; readonly isKill?: boolean },
    author: EditAuthor,
  ): boolean {
    const history = this.#historyOf(category)
    const { current } = history
    if (current === undefined) return false
    const { atMs, ...by } = author
    const { id, writes } = history.write({
      author: by,
      atMs,
      state: 'present',
      fileName: current.fileName,
      text: null,
      resolves: [],
      lives: () => livesOf(this.#livesNow(category)),
    })
    const override = history.overrideWrite(key, { ...change, author: by, atMs, revision: id })
    this.#documents.put(CATEGORY + category, [...writes, override], atMs)
    return true
  }

  /** What an edit would do; commit() does it. */
  plan(wish: Omit<EditWish, 'author' | 'atMs'>, { atMs, ...author }: EditAuthor): EditPlan | EditRefused {
    return planEdit(
      { ...wish, author, atMs },
      {
        cache: this.#cache,
        master: this.#master(),
        categories: [...this.#categories.keys()],
        documentOf: (category) => this.#documents.get(CATEGORY + category),
      },
    )
  }

  commit({ writes, atMs }: EditPlan): void {
    for (const [category, each] of writes) this.#documents.put(CATEGORY + category, each, atMs)
  }

  /** Others are known to have a newer revision of the category of this job or service. */
  fetch(name: string): void {
    this.#documents.fetch(CATEGORY + name.slice(0, name.indexOf('.')))
  }

  /** Null while the category is still being read from disk. */
  history(category: Category): CategoryHistory | null {
    const id = CATEGORY + category
    return this.#documents.has(id) && this.#documents.get(id) === undefined ? null : this.#historyOf(category)
  }

  /** Takes over what changed in the documents; the names of all jobs that are new, other or gone. */
  onChanged(changes: readonly ChangedDocument[]): JobName[] {
    const touched = new Set<Category>()
    for (const { id } of changes)
      if (id.startsWith(CATEGORY)) touched.add(toCategory(id.slice(CATEGORY.length)))
    const names = new Set<JobName>()
    if (touched.delete(masterCategory)) {
      this.#refresh(masterCategory, names)
      for (const category of this.#categories.keys()) if (category !== masterCategory) touched.add(category)
    }
    for (const category of touched) this.#refresh(category, names)
    return [...names]
  }

  scheduledJob(name: string): CatalogJob | undefined {
    return this.#jobs.get(name as JobName)
  }

  /** By its full name; one of MASTER's needs no category before it. */
  findJob(name: string): CatalogJob | undefined {
    return this.scheduledJob(name) ?? this.scheduledJob(`${masterCategory}.${name}`)
  }

  /** As the category's revision of this name had it; undefined when nobody has kept that. */
  definitionAt(name: JobName, revision: string): JobDefinition | undefined {
    const job = this.scheduledJob(name)
    if (job?.revision === revision) return job.definition
    const category = toCategory(name.slice(0, name.indexOf('.')))
    return definitionIn(this.#historyOf(category), { name, revision }, this.#sourceOf(category))
  }

  service(name: string): CatalogService | undefined {
    return this.#services.get(name)
  }

  /** By its full name; one of MASTER's needs no category before it. */
  findService(name: string): CatalogService | undefined {
    return this.#services.get(name) ?? this.#services.get(`${masterCategory}.${name}`)
  }

  services(): IterableIterator<CatalogService> {
    return this.#services.values()
  }

  jobs(): IterableIterator<CatalogJob> {
    return this.#jobs.values()
  }

  jobNames(): IterableIterator<JobName> {
    return this.#jobs.keys()
  }

  *categories(): IterableIterator<CategoryStatus> {
    for (const [category, { revision, jobs, services, problems, notes }] of this.#categories) {
      const history = this.#historyOf(category)
      const current = history.find(revision)
      if (current === undefined) continue
      const { author, atMs, fileName, state } = current
      const dropped = this.#lastDrops.get(category) ?? null
      // Somebody has applied it on purpose meanwhile.
      const lastDrop = dropped?.textHash === current.textHash ? null : dropped
      const conflicts = history.conflicts()
      yield {
        category,
        revision,
        state,
        author,
        atMs,
        fileName,
        jobs: jobs.size,
        services: services.size,
        problems,
        notes,
        conflicts,
        lastDrop,
      }
    }
  }

  /** Files dropped here that were refused and have no category yet. */
  refusedDrops(): IterableIterator<LastDrop> {
    return this.#lastDrops.values()
  }

  /** What this agent says of itself; only it writes it. */
  writeCard(card: { readonly nodeId: NodeId }, atMs: number): void {
    this.#documents.put(ROOT, [[CARD + card.nodeId, JSON.stringify(card)]], atMs)
  }

  /** Of these entries of the root document the cards of agents, as they wrote them. */
  *cards(keys: readonly string[]): IterableIterator<unknown> {
    const root = this.#documents.get(ROOT)
    for (const key of keys) {
      const card = key.startsWith(CARD) ? (root?.json(key) ?? null) : null
      if (card !== null) yield card
    }
  }

  /** What a person decided about a node; of two decisions the later stands. */
  writeNodeState(node: NodeId, state: NodeState, author: EditAuthor): void {
    const { atMs, ...by } = author
    this.#documents.put(ROOT, [[STATE + node, JSON.stringify({ state, by })]], atMs)
  }

  *nodeStates(): IterableIterator<[NodeId, NodeState]> {
    const root = this.#documents.get(ROOT)
    for (const key of root?.keys() ?? [])
      if (key.startsWith(STATE)) {
        const decision = root!.json(key) as { readonly state: NodeState } | null
        if (decision !== null) yield [key.slice(STATE.length) as NodeId, decision.state]
      }
  }

  writeToken(token: AccessToken, atMs: number): void {
    this.#documents.put(ROOT, [[TOKEN + token.id, JSON.stringify(token)]], atMs)
  }

  /** Under a key of its own, which nobody removes: an edit of the token cannot undo it. */
  revokeToken(id: string, author: EditAuthor): void {
    const { atMs, ...by } = author
    this.#documents.put(ROOT, [[REVOKED + id, JSON.stringify({ by, atMs })]], atMs)
  }

  /** Those that nobody has revoked. */
  *tokens(): IterableIterator<AccessToken> {
    const root = this.#documents.get(ROOT)
    for (const key of root?.keys() ?? []) {
      if (!key.startsWith(TOKEN) || root!.get(REVOKED + key.slice(TOKEN.length)) !== undefined) continue
      const token = parseAccessToken(root!.json(key))
      if (token !== null && key === TOKEN + token.id) yield token
    }
  }

  #drop(category: Category, file: DroppedFile, author: EditAuthor): DropOutcome {
    const { fileName, text, isStartup } = file
    const history = this.history(category)
    if (history === null) return { kind: 'not-ready', category }
    const { current } = history
    const isSame = current?.state === 'present' && current.textHash === contentHash(text)
    if (isSame) return { kind: 'unchanged', category }
    if (isStartup && history.isPast(text)) return { kind: 'stale', category, current: current!.id }
    const plan = this.plan({ category, file: { fileName, text } }, author)
    if (plan.kind === 'refused') return plan
    this.commit(plan)
    const { revision, notes } = plan
    return { kind: 'applied', category, revision, ...differingJobs(plan), notes }
  }

  #refresh(category: Category, names: Set<JobName>): void {
    const before = this.#categories.get(category) ?? noJobs
    const after = this.#jobsNow(category, this.#historyOf(category))
    this.#categories.set(category, after)
    const { created, changed, removed } = differingJobs({ before: before.jobs, after: after.jobs })
    for (const name of [...created, ...changed, ...removed]) names.add(name)
    for (const name of removed) this.#jobs.delete(name)
    for (const [name, job] of after.jobs) this.#jobs.set(name, job)
    for (const name of before.services.keys()) this.#services.delete(name)
    for (const [name, service] of after.services) this.#services.set(name, service)
  }

  #jobsNow(category: Category, history: CategoryHistory): CategoryJobs {
    return jobsOf(history, this.#sourceOf(category))
  }

  #sourceOf(category: Category) {
    return {
      category,
      cache: this.#cache,
      master: category === masterCategory ? noMaster : this.#master(),
    }
  }

  #livesNow(category: Category): Map<string, readonly [number, number]> {
    const { jobs } = this.#jobsNow(category, this.#historyOf(category))
    return new Map([...jobs].map(([name, job]) => [shortName(name), [job.incarnation, job.effectiveFromMs]]))
  }

  #master(): Master {
    const history = this.#historyOf(masterCategory)
    const { current } = history
    const parsed =
      current === undefined
        ? null
        : parsedOf(history, current, { category: masterCategory, cache: this.#cache, master: noMaster })
    return parsed === null ? noMaster : { key: parsed.key, scope: parsed.parsed.scope }
  }

  #historyOf(category: Category): CategoryHistory {
    return new CategoryHistory(this.#documents.get(CATEGORY + category))
  }
}
