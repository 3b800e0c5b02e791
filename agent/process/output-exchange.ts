// Output from whichever node has it: this agent's own, or a peer's by question and answer, a part at a time, so that a
// reader that is slow or goes away costs nobody anything.

import type { NodeId } from '../../lib/base/ids.ts'
import type { OutputAnswer, OutputMessage, OutputPart, OutputQuery } from '../../lib/run/output.ts'
import { processLimits } from './limits.ts'

export type OutputExchangeOptions = {
  readonly self: NodeId
  readonly read: (query: OutputQuery) => Promise<OutputPart>
  /** False when the peer cannot be reached. */
  readonly send: (to: NodeId, message: OutputMessage) => boolean
}

type Asked = {
  readonly from: NodeId
  readonly resolve: (answer: OutputAnswer) => void
  readonly timer: NodeJS.Timeout
}

export class OutputExchange {
  readonly #options: OutputExchangeOptions
  readonly #asked = new Map<number, Asked>()
  #lastId = 0
  /** Questions of peers that are being answered. */
  #answering = 0

  constructor(options: OutputExchangeOptions) {
    this.#options = options
  }

  async read(node: NodeId, query: OutputQuery): Promise<OutputAnswer> {
    const { self, read, send } = this.#options
    if (node === self) return { kind: 'part', part: await read(query) }
    const askId = ++this.#lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#away(askId, 'it does not answer'), processLimits.outputAnswerMs)
      this.#asked.set(askId, { from: node, resolve, timer })
      if (!send(node, { kind: 'output-asked', askId, query })) this.#away(askId, 'it cannot be reached')
    })
  }

  hear(from: NodeId, message: OutputMessage): void {
    if (message.kind === 'output-asked') void this.#answer(from, message)
    else if (this.#asked.get(message.askId)?.from !== from) return
    else if (message.kind === 'output-told')
      this.#settle(message.askId)?.resolve({ kind: 'part', part: message.part })
    else this.#away(message.askId, message.why)
  }

  /** Whoever waits for this peer does not wait any longer. */
  lost(peer: NodeId): void {
    for (const [askId, { from }] of this.#asked)
      if (from === peer) this.#away(askId, 'it cannot be reached any more')
  }

  close(): void {
    for (const askId of this.#asked.keys()) this.#away(askId, 'this agent stops')
  }

  async #answer(to: NodeId, { askId, query }: OutputMessage & { kind: 'output-asked' }): Promise<void> {
    const { read, send } = this.#options
    if (this.#answering >= processLimits.outputReadsAtOnce) {
      send(to, { kind: 'output-refused', askId, why: 'it is asked by too many readers at once' })
      return
    }
    this.#answering++
    try {
      send(to, { kind: 'output-told', askId, part: await read(query) })
    } catch (error) {
      send(to, { kind: 'output-refused', askId, why: `it cannot read its files: ${String(error)}` })
    } finally {
      this.#answering--
    }
  }

  #away(askId: number, why: string): void {
    this.#settle(askId)?.resolve({ kind: 'away', why })
  }

  #settle(askId: number): Asked | undefined {
    const asked = this.#asked.get(askId)
    this.#asked.delete(askId)
    clearTimeout(asked?.timer)
    return asked
  }
}
