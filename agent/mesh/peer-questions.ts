// Questions that agents ask each other and that the core has no part in: how a host is, what its audit log says. Each is
// one message and one answer, and whoever asks does not wait for long.

import type { NodeId } from '../../lib/base/ids.ts'
import { meshLimits } from '../../lib/base/limits.ts'
import { isJsonObject, type JsonValue } from './json.ts'

export type PeerQuestionsOptions<Question, Answer> = {
  readonly self: () => NodeId
  readonly answer: (question: Question) => Promise<Answer | null>
  /** False when the peer cannot be reached. */
  readonly send: (to: NodeId, message: JsonValue) => boolean
}

/** Null: it is away, or cannot say. */
type Asked<Answer> = {
  readonly from: NodeId
  readonly resolve: (answer: Answer | null) => void
  readonly timer: NodeJS.Timeout
}

export class PeerQuestions<Question, Answer> {
  readonly #options: PeerQuestionsOptions<Question, Answer>
  readonly #asked = new Map<number, Asked<Answer>>()
  #lastId = 0
  #answering = 0

  constructor(options: PeerQuestionsOptions<Question, Answer>) {
    this.#options = options
  }

  /** Null when the node is away, or cannot say. */
  async ask(node: NodeId, question: Question): Promise<Answer | null> {
    const { self, answer, send } = this.#options
    if (node === self()) return answer(question)
    const askId = ++this.#lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(askId, null), meshLimits.answerMs)
      this.#asked.set(askId, { from: node, resolve, timer })
      const message = { kind: 'peer-asked', askId, question: question as JsonValue }
      if (!send(node, message)) this.#settle(askId, null)
    })
  }

  /** False when the message is none of these. */
  hear(from: NodeId, message: JsonValue): boolean {
    if (!isJsonObject(message)) return false
    const { kind, askId, question = null, answer = null } = message
    if (typeof askId !== 'number' || (kind !== 'peer-asked' && kind !== 'peer-told')) return false
    if (kind === 'peer-asked') void this.#answer(from, askId, question as Question)
    else if (this.#asked.get(askId)?.from === from) this.#settle(askId, answer as Answer | null)
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
    if (this.#answering < meshLimits.answersAtOnce) {
      this.#answering++
      // A peer of another version may ask what this one does not know.
      said = await answer(question).catch(() => null)
      this.#answering--
    }
    const told = send(to, { kind: 'peer-told', askId, answer: said as JsonValue })
    if (!told) send(to, { kind: 'peer-told', askId, answer: null })
  }

  #settle(askId: number, answer: Answer | null): void {
    const asked = this.#asked.get(askId)
    this.#asked.delete(askId)
    clearTimeout(asked?.timer)
    asked?.resolve(answer)
  }
}
