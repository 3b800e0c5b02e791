// What a host is beyond the core: its audit log, its secrets, and what other hosts may ask of both. A person asks any
// agent, and that one asks the host that knows.

import type { Logger } from 'pino'
import type { ReportedChange } from '../../lib/base/effect.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import { openAuditTrail, type AuditAnswer, type AuditTrail } from './audit-trail.ts'
import type { DataDirectory } from './data-directory.ts'
import { measureHost, type HostFacts } from './host-facts.ts'
import {
  readHostMessage,
  type HostAnswer,
  type HostMessage,
  type HostQuestion,
  type PruneWish,
} from './host-message.ts'
import { HostQuestions } from './host-questions.ts'
import { storeLimits } from './limits.ts'
import { SecretStore } from './secret-store.ts'

export type HostOptions = {
  readonly self: NodeId
  /** Those who are connected. */
  readonly peers: () => readonly NodeId[]
  /** False when the peer cannot be reached. */
  readonly send: (to: NodeId, message: HostMessage) => boolean
  readonly killing: () => HostFacts['killing']
  /** Takes away what commands wrote that ended before an instant, or only counts it. */
  readonly prune: (wish: PruneWish) => Promise<{ readonly runs: number; readonly bytes: number }>
  readonly log: Logger
}

type Parts = {
  readonly audit: AuditTrail
  readonly secrets: SecretStore
  readonly questions: HostQuestions
  readonly measure: () => Promise<HostFacts>
  readonly prune: HostOptions['prune']
  readonly log: Logger
}

/** The same is said once a minute. */
const silentMs = 60_000

export class Host {
  readonly audit: AuditTrail
  readonly secrets: SecretStore
  readonly #questions: HostQuestions

  readonly #measure: () => Promise<HostFacts>
  readonly #prune: HostOptions['prune']
  readonly #log: Logger
  readonly #toldAtMs = new Map<string, number>()

  private constructor(parts: Parts) {
    this.audit = parts.audit
    this.secrets = parts.secrets
    this.#questions = parts.questions
    this.#measure = parts.measure
    this.#prune = parts.prune
    this.#log = parts.log
  }

  static async open(directory: DataDirectory, options: HostOptions): Promise<Host> {
    const secrets = await SecretStore.open(directory)
    const questions = new HostQuestions({
      ...options,
      answer: async (question) => host.#answer(question),
      onFault: (from, what, fault) => host.#refuse(from, what, fault),
    })
    const audit = await openAuditTrail(directory, {
      ...options,
      ask: async (node, question) => {
        const answer = await questions.ask(node, question)
        return answer !== null && isOfAudit(answer) ? answer : null
      },
    })
    const measure = async () => measureHost(directory.path, options.killing)
    const host = new Host({ audit, secrets, questions, measure, prune: options.prune, log: options.log })
    return host
  }

  /** Null when the node is away, or cannot say. */
  async ask(node: NodeId, question: HostQuestion): Promise<HostAnswer | null> {
    return this.#questions.ask(node, question)
  }

  /** False when the message is for somebody else. */
  hear(from: NodeId, message: unknown): boolean {
    const said = readHostMessage(message)
    if (said === null) return false
    if ('fault' in said) this.#refuse(from, 'a message', said.fault)
    else if (said.value.kind === 'host-asked' || said.value.kind === 'host-told')
      this.#questions.hear(from, said.value)
    else this.audit.hear(from, said.value)
    return true
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

  /** Another version says what this one does not know, or its memory is broken. */
  #refuse(from: NodeId, what: string, fault: string): void {
    const itsFault = fault.startsWith(' ') ? `it${fault}` : `its ${fault}`
    const text = `Cannot take ${what} of host "${from}": ${itsFault}, expected an agent of the same version`
    const nowMs = performance.now()
    if (nowMs - (this.#toldAtMs.get(text) ?? -Infinity) < silentMs) return
    if (this.#toldAtMs.size >= storeLimits.faultsRemembered) this.#toldAtMs.clear()
    this.#toldAtMs.set(text, nowMs)
    this.#log.warn(text)
  }

  async #answer(question: HostQuestion): Promise<HostAnswer> {
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

function isOfAudit(answer: HostAnswer): answer is AuditAnswer {
  return answer.kind.startsWith('audit-')
}
