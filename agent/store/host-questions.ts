// Questions that hosts ask each other and that the core has no part in: what an audit log says, which secrets there are.
// Each is one message and one answer, and whoever asks does not wait for long.

import type { NodeId } from '../../lib/base/ids.ts'
import { storeLimits } from './limits.ts'

/** Between the agents of one cluster, who believe each other; another version may ask what this one does not know. */
export type HostMessage =
  | { readonly kind: 'host-asked'; readonly askId: number; readonly question: unknown }
  | { readonly kind: 'host-told'; readonly askId: number; readonly answer: unknown }

export type HostQuestionsOptions<Question, Answer> = {
  readonly self: NodeId
  /** Null for what this host cannot say. */
  readonly answer: (question: Question) => Promise<Answer | null>
  /** False when the peer cannot be reached. */
  readonly send: (to: NodeId, message: HostMessage) => boolean
}

type Asked<Answer> = {
  readonly from: NodeId
  readonly resolve: (answer: Answer | null) => void
  readonly timer: NodeJS.Timeout
}

export class HostQuestions<Question, Answer> {
  readonly #options: HostQuestionsOptions<Question, Answer>
  readonly #asked = new Map<number, Asked<Answer>>()
  #lastId = 0
  #answering = 0

  constructor(options: HostQuestionsOptions<Question, Answer>) {
    this.#options = options
  }

  /** Null when the node is away, or cannot say. */
  async ask(node: NodeId, question: Question): Promise<Answer | null> {
    const { self, answer, send } = this.#options
    if (node === self) return answer(question)
    const askId = ++this.#lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(askId, null), storeLimits.hostAnswerMs)
      this.#asked.set(askId, { from: node, resolve, timer })
      if (!send(node, { kind: 'host-asked', askId, question })) this.#settle(askId, null)
    })
  }

  /** False when the message is none of these. */
  hear(from: NodeId, message: unknown): boolean {
    const said = message as HostMessage
    if (said.kind === 'host-asked') void this.#answer(from, said.askId, said.question as Question)
    else if (said.kind !== 'host-told') return false
    else if (this.#asked.get(said.askId)?.from === from)
      this.#settle(said.askId, said.answer as Answer | null)
    return true
  }

  /** Whoever waits for this peer does not wait any longer. */
  lost(peer: NodeId): void {
    for (const [askId, { from }] of this.#asked) if (from === peer) this.#settle(askId, null)
  }

  close(): void {
    for (const askId of this.#asked.keys()) this.#settle(askId, null)
  }

  async #answer(to: NodeId, askId: number, question: Question): Promise<void> {
    const { answer, send } = this.#options
    let said: Answer | null = null
    if (this.#answering < storeLimits.hostAnswersAtOnce) {
      this.#answering++
      said = await answer(question).catch(() => null)
      this.#answering--
    }
    // One that is too large for a frame is none.
    if (!send(to, { kind: 'host-told', askId, answer: said }))
      send(to, { kind: 'host-told', askId, answer: null })
  }

  #settle(askId: number, answer: Answer | null): void {
    const asked = this.#asked.get(askId)
    this.#asked.delete(askId)
    clearTimeout(asked?.timer)
    asked?.resolve(answer)
  }
}
