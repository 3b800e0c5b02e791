// Questions that hosts ask each other and that the core has no part in: what an audit log says, which secrets there are.
// Each is one message and one answer, and whoever asks does not wait for long.

import type { NodeId } from '../../lib/base/ids.ts'
import {
  readHostAnswer,
  readHostQuestion,
  type HostAnswer,
  type HostAsked,
  type HostQuestion,
  type HostTold,
} from './host-message.ts'
import { storeLimits } from './limits.ts'

export type HostQuestionsOptions = {
  readonly self: NodeId
  readonly answer: (question: HostQuestion) => Promise<HostAnswer>
  /** False when the peer cannot be reached. */
  readonly send: (to: NodeId, message: HostAsked | HostTold) => boolean
  readonly onFault: (from: NodeId, what: string, fault: string) => void
}

type Asked = {
  readonly from: NodeId
  readonly resolve: (answer: HostAnswer | null) => void
  readonly timer: NodeJS.Timeout
}

export class HostQuestions {
  readonly #options: HostQuestionsOptions
  readonly #asked = new Map<number, Asked>()
  #lastId = 0
  #answering = 0

  constructor(options: HostQuestionsOptions) {
    this.#options = options
  }

  /** Null when the node is away, or cannot say. */
  async ask(node: NodeId, question: HostQuestion): Promise<HostAnswer | null> {
    const { self, answer, send } = this.#options
    if (node === self) return answer(question)
    const askId = ++this.#lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(askId, null), storeLimits.hostAnswerMs)
      this.#asked.set(askId, { from: node, resolve, timer })
      if (!send(node, { kind: 'host-asked', askId, question })) this.#settle(askId, null)
    })
  }

  hear(from: NodeId, message: HostAsked | HostTold): void {
    const { askId } = message
    if (message.kind === 'host-asked') void this.#answer(from, askId, message.question)
    else if (this.#asked.get(askId)?.from === from)
      this.#settle(askId, this.#understood(from, message.answer))
  }

  /** Whoever waits for this peer does not wait any longer. */
  lost(peer: NodeId): void {
    for (const [askId, { from }] of this.#asked) if (from === peer) this.#settle(askId, null)
  }

  close(): void {
    for (const askId of this.#asked.keys()) this.#settle(askId, null)
  }

  /** What nobody here understands has no answer; whoever asked hears that at once. */
  async #answer(to: NodeId, askId: number, question: unknown): Promise<void> {
    const { answer, send, onFault } = this.#options
    const asked = readHostQuestion(question)
    let said: HostAnswer | null = null
    if ('fault' in asked) onFault(to, 'a question', asked.fault)
    else if (this.#answering < storeLimits.hostAnswersAtOnce) {
      this.#answering++
      said = await answer(asked.value).catch(() => null)
      this.#answering--
    }
    // One that is too large for a frame is none.
    if (!send(to, { kind: 'host-told', askId, answer: said }))
      send(to, { kind: 'host-told', askId, answer: null })
  }

  /** Null is an answer too. */
  #understood(from: NodeId, answer: unknown): HostAnswer | null {
    if (answer === null) return null
    const said = readHostAnswer(answer)
    if ('value' in said) return said.value
    this.#options.onFault(from, 'an answer', said.fault)
    return null
  }

  #settle(askId: number, answer: HostAnswer | null): void {
    const asked = this.#asked.get(askId)
    this.#asked.delete(askId)
    clearTimeout(asked?.timer)
    asked?.resolve(answer)
  }
}
