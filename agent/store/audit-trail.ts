// The audit of a whole cluster, as one agent can tell it: its own log, what it remembers of the others' logs, and what
// the others say when they are asked. Each agent tells the others how far its log goes, before whoever caused a line gets
// an answer; what does not fit with what it told before is said in the log of the agent, and by `hocket audit verify`.

import path from 'node:path'
import type { Logger } from 'pino'
import type { ReportedChange } from '../../lib/base/effect.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import type { AuditEntry, AuditFilter, AuditHead, AuditRecord } from '../../lib/view/audit.ts'
import { AuditHeads } from './audit-heads.ts'
import { AuditLog } from './audit-log.ts'
import type { DataDirectory } from './data-directory.ts'
import { storeLimits } from './limits.ts'

export type AuditQuestion =
  | { readonly kind: 'audit-read'; readonly filter: AuditFilter }
  | { readonly kind: 'audit-heads'; readonly node: NodeId }
  | { readonly kind: 'audit-verify'; readonly heads: readonly AuditHead[] }

export type AuditAnswer =
  | { readonly kind: 'audit-records'; readonly records: readonly AuditRecord[] }
  | { readonly kind: 'audit-heads'; readonly heads: readonly AuditHead[] }
  | { readonly kind: 'audit-verified'; readonly records: number; readonly fault: string | null }

export type AuditTrailOptions = {
  readonly self: NodeId
  readonly peers: () => readonly NodeId[]
  readonly send: (to: NodeId, message: HeadTold | HeadKept) => boolean
  readonly ask: (node: NodeId, question: AuditQuestion) => Promise<AuditAnswer | null>
  readonly log: Logger
}

/** How far a log goes, to all peers. */
export type HeadTold = { readonly kind: 'audit-head'; readonly seq: number; readonly hash: string }
/** Said of it by a peer that remembers it from now on. */
export type HeadKept = { readonly kind: 'audit-head-kept'; readonly seq: number }

const headsFile = 'audit-heads.json'

export async function openAuditTrail(
  directory: DataDirectory,
  options: AuditTrailOptions,
): Promise<AuditTrail> {
  const file = path.join(directory.path, 'audit.jsonl')
  const auditLog = await AuditLog.open({ file, nodeId: options.self, nowMs: () => Date.now() })
  const { fault } = await auditLog.verify([])
  if (fault !== null) options.log.error(`the audit log of this agent is not whole: ${fault}`)
  const remembered = await directory.readFile(headsFile)
  return new AuditTrail({
    ...options,
    auditLog,
    remembered: remembered === null ? null : Buffer.from(remembered).toString('utf8'),
    remember: async (text) => directory.writeFileSynced(headsFile, text),
  })
}

type Kept = {
  readonly auditLog: AuditLog
  /** What was remembered before; null when nothing was. */
  readonly remembered: string | null
  readonly remember: (text: string) => Promise<void>
}

type Found = { readonly records: readonly AuditRecord[]; readonly away: readonly NodeId[] }
type Verdict = {
  readonly node: NodeId
  readonly records: number
  readonly fault: string | null
  readonly heads: number
  readonly witnesses: readonly NodeId[]
}

export class AuditTrail {
  readonly #options: AuditTrailOptions & Kept
  readonly #heads: AuditHeads
  /** How far the peers were told, and how far one of them has said that it knows. */
  #toldSeq = 0
  #keptSeq = 0
  readonly #waiting = new Set<{ readonly seq: number; readonly resolve: () => void }>()
  #saving: NodeJS.Timeout | undefined
  #isBroken = false

  constructor(options: AuditTrailOptions & Kept) {
    this.#options = options
    this.#heads = new AuditHeads(options.remembered)
  }

  /** A line could not be written: nothing more may be changed by anybody. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /**
   * Resolves when it is on disk and a peer knows of it, or when that failed: then it is said in the agent's log. Where
   * no peer answers it is told to them all the same.
   */
  async note(entry: AuditEntry): Promise<void> {
    try {
      await this.#options.auditLog.append(entry)
    } catch (error) {
      this.#isBroken = true
      this.#options.log.error(
        { err: error },
        'the audit log cannot be written: nothing is changed over the API any more',
      )
      return
    }
    await this.#witnessed()
  }

  /** What came of a dropped file. */
  async noteReported(change: ReportedChange, text: string): Promise<void> {
    const { action, isDone, category, fileName, after } = change
    await this.note({
      action,
      outcome: isDone ? 'ok' : 'error',
      status: isDone ? 200 : 400,
      actor: 'config directory',
      role: 'none',
      category: category === '' ? null : category,
      from: fileName,
      what: action,
      text,
      before: null,
      after,
    })
  }

  onPeerUp(peer: NodeId): void {
    this.#tell(peer)
  }

  /** How far a peer's log goes, as it says itself, or that it knows how far ours does. */
  hear(peer: NodeId, message: HeadTold | HeadKept): void {
    if (message.kind === 'audit-head-kept') return this.#onKept(message.seq)
    const { seq, hash } = message
    const wrong = this.#heads.note(peer, { seq, hash })
    if (wrong !== null)
      return this.#options.log.error({ peer }, `the audit log of another agent was changed: ${wrong}`)
    this.#saving ??= setTimeout(() => void this.#save(), storeLimits.auditHeadsSaveMs)
    this.#options.send(peer, { kind: 'audit-head-kept', seq })
  }

  async answer(question: AuditQuestion): Promise<AuditAnswer> {
    const { auditLog } = this.#options
    switch (question.kind) {
      case 'audit-read':
        return { kind: 'audit-records', records: await auditLog.read(question.filter) }
      case 'audit-heads':
        return { kind: 'audit-heads', heads: this.#heads.of(question.node) }
      case 'audit-verify':
        return { kind: 'audit-verified', ...(await auditLog.verify(question.heads)) }
    }
  }

  /** The newest records of these nodes, the oldest first. */
  async read(nodes: readonly NodeId[], filter: AuditFilter): Promise<Found> {
    const answers = await Promise.all(
      nodes.map(async (node) => ({
        node,
        answer: await this.#options.ask(node, { kind: 'audit-read', filter }),
      })),
    )
    const records = answers.flatMap(({ answer }) => (answer?.kind === 'audit-records' ? answer.records : []))
    const away = answers.filter(({ answer }) => answer?.kind !== 'audit-records').map(({ node }) => node)
    const sorted = records.toSorted((left, right) => Date.parse(left.ts) - Date.parse(right.ts))
    return { records: sorted.slice(-filter.limit), away }
  }

  /** Looks through the logs of these nodes, beside what all who can be asked remember of them. */
  async verify(
    nodes: readonly NodeId[],
  ): Promise<{ readonly verdicts: readonly Verdict[]; readonly away: readonly NodeId[] }> {
    const verdicts: Verdict[] = []
    const away: NodeId[] = []
    for (const node of nodes) {
      const { heads, witnesses } = await this.#rememberedOf(node)
      const answer = await this.#options.ask(node, { kind: 'audit-verify', heads })
      if (answer?.kind !== 'audit-verified') away.push(node)
      else
        verdicts.push({ node, records: answer.records, fault: answer.fault, heads: heads.length, witnesses })
    }
    return { verdicts, away }
  }

  async close(): Promise<void> {
    if (this.#saving !== undefined) await this.#save()
    await this.#options.auditLog.close()
  }

  async #rememberedOf(node: NodeId): Promise<{ heads: readonly AuditHead[]; witnesses: readonly NodeId[] }> {
    const { self, peers, ask } = this.#options
    const others = [self, ...peers()].filter((one) => one !== node)
    const said = await Promise.all(
      others.map(async (witness) => ({ witness, answer: await ask(witness, { kind: 'audit-heads', node }) })),
    )
    const known = said.flatMap(({ witness, answer }) =>
      answer?.kind === 'audit-heads' && answer.heads.length > 0 ? [{ witness, heads: answer.heads }] : [],
    )
    return { heads: known.flatMap(({ heads }) => heads), witnesses: known.map(({ witness }) => witness) }
  }

  async #witnessed(): Promise<void> {
    const { auditLog, peers } = this.#options
    const { seq } = auditLog.head
    // What was written together is told once.
    if (seq > this.#toldSeq) {
      this.#toldSeq = seq
      for (const peer of peers()) this.#tell(peer)
    }
    if (seq <= this.#keptSeq || peers().length === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => waiting.resolve(), storeLimits.auditHeadKeptMs)
      const waiting = {
        seq,
        resolve: () => {
          clearTimeout(timer)
          this.#waiting.delete(waiting)
          resolve()
        },
      }
      this.#waiting.add(waiting)
    })
  }

  #onKept(seq: number): void {
    this.#keptSeq = Math.max(this.#keptSeq, Math.min(seq, this.#options.auditLog.head.seq))
    for (const waiting of this.#waiting) if (waiting.seq <= this.#keptSeq) waiting.resolve()
  }

  #tell(peer: NodeId): void {
    const { send, auditLog } = this.#options
    send(peer, { kind: 'audit-head', ...auditLog.head })
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saving)
    this.#saving = undefined
    const { remember, log } = this.#options
    await remember(this.#heads.toText()).catch((error: unknown) =>
      log.warn({ err: error }, 'a small file was not written'),
    )
  }
}
