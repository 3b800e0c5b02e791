// What a host is beyond the core: its audit log, its secrets, and what other hosts may ask of both. A person asks any
// agent, and that one asks the host that knows.

import type { Logger } from 'pino'
import type { ReportedChange } from '../../lib/base/effect.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import {
  openAuditTrail,
  type AuditAnswer,
  type AuditQuestion,
  type AuditTrail,
  type HeadTold,
} from './audit-trail.ts'
import type { DataDirectory } from './data-directory.ts'
import { measureHost, type HostFacts } from './host-facts.ts'
import { HostQuestions, type HostMessage } from './host-questions.ts'
import { SecretStore, type SecretName } from './secret-store.ts'

type PruneWish = { readonly beforeMs: number; readonly isDryRun: boolean }

export type HostQuestion =
  | AuditQuestion
  | { readonly kind: 'host-facts' }
  | ({ readonly kind: 'prune-outputs' } & PruneWish)
  | { readonly kind: 'secret-names' }
  | { readonly kind: 'set-secret'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove-secret'; readonly name: string }

export type HostAnswer =
  | AuditAnswer
  | { readonly kind: 'host-facts'; readonly facts: HostFacts }
  | { readonly kind: 'outputs-pruned'; readonly runs: number; readonly bytes: number }
  | { readonly kind: 'secret-names'; readonly names: readonly SecretName[] }
  | { readonly kind: 'secret-changed'; readonly isDone: boolean }

export type HostOptions = {
  readonly self: NodeId
  /** Those who are connected. */
  readonly peers: () => readonly NodeId[]
  /** False when the peer cannot be reached. */
  readonly send: (to: NodeId, message: HostMessage | HeadTold) => boolean
  readonly killing: () => HostFacts['killing']
  /** Takes away what commands wrote that ended before an instant, or only counts it. */
  readonly prune: (wish: PruneWish) => Promise<{ readonly runs: number; readonly bytes: number }>
  readonly log: Logger
}

type Parts = {
  readonly audit: AuditTrail
  readonly secrets: SecretStore
  readonly questions: HostQuestions<HostQuestion, HostAnswer>
  readonly measure: () => Promise<HostFacts>
  readonly prune: HostOptions['prune']
}

export class Host {
  readonly audit: AuditTrail
  readonly secrets: SecretStore
  readonly #questions: HostQuestions<HostQuestion, HostAnswer>

  readonly #measure: () => Promise<HostFacts>
  readonly #prune: HostOptions['prune']

  private constructor(parts: Parts) {
    this.audit = parts.audit
    this.secrets = parts.secrets
    this.#questions = parts.questions
    this.#measure = parts.measure
    this.#prune = parts.prune
  }

  static async open(directory: DataDirectory, options: HostOptions): Promise<Host> {
    const secrets = await SecretStore.open(directory)
    const questions = new HostQuestions<HostQuestion, HostAnswer>({
      ...options,
      answer: async (question) => host.#answer(question),
    })
    const audit = await openAuditTrail(directory, {
      ...options,
      ask: async (node, question) => questions.ask(node, question) as Promise<AuditAnswer | null>,
    })
    const measure = async () => measureHost(directory.path, options.killing)
    const host = new Host({ audit, secrets, questions, measure, prune: options.prune })
    return host
  }

  /** Null when the node is away, or cannot say. */
  async ask(node: NodeId, question: HostQuestion): Promise<HostAnswer | null> {
    return this.#questions.ask(node, question)
  }

  /** False when the message is for somebody else. */
  hear(from: NodeId, message: unknown): boolean {
    return this.#questions.hear(from, message) || this.audit.hear(from, message)
  }

  onPeerUp(peer: NodeId): void {
    this.audit.onPeerUp(peer)
  }

  onPeerDown(peer: NodeId): void {
    this.#questions.lost(peer)
  }

  /** What somebody changed without the API. */
  onReported(change: ReportedChange | undefined, text: string): void {
    if (change !== undefined) void this.audit.noteReported(change, text)
  }

  async close(): Promise<void> {
    this.#questions.close()
    await this.audit.close()
  }

  /** Null for what another version asks. */
  async #answer(question: HostQuestion): Promise<HostAnswer | null> {
    const { secrets } = this
    switch (question.kind) {
      case 'host-facts':
        return { kind: 'host-facts', facts: await this.#measure() }
      case 'prune-outputs':
        return { kind: 'outputs-pruned', ...(await this.#prune(question)) }
      case 'secret-names':
        return { kind: 'secret-names', names: secrets.names() }
      case 'set-secret':
        return {
          kind: 'secret-changed',
          isDone: await secrets.set(question.name, question.value, Date.now()),
        }
      case 'remove-secret':
        return { kind: 'secret-changed', isDone: await secrets.remove(question.name) }
      default:
        return this.audit.answer(question)
    }
  }
}
