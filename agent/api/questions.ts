// Questions and commands on their way to the core and back: each gets a number, and waits a bounded time for its
// answer. So the API knows what people know, and never reaches into the core's state.

import type { Answer, Command, Question } from '../../lib/view/question.ts'
import type { Core } from './core.ts'

type Asked =
  | { readonly kind: 'asked'; readonly askId: number; readonly question: Question }
  | { readonly kind: 'commanded'; readonly askId: number; readonly command: Command; readonly user: string }

const waitMs = 5000
/** A file of 20,000 jobs is read, compared and written in seconds on a slow machine. */
const commandWaitMs = 60_000
/** Far above what one agent is asked in that time; a caller in a loop must not fill the memory. */
const waitingMax = 1000

/** The core did not answer in time, or has too many questions. */
export class CoreSilent extends Error {
  override readonly name = 'CoreSilent'
}

type Waiting = {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export class Questions implements Core {
  readonly #push: (event: Asked) => void
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  constructor(push: (event: Asked) => void) {
    this.#push = push
  }

  async ask(question: Question): Promise<Answer> {
    return this.#send((askId) => ({ kind: 'asked', askId, question }), waitMs)
  }

  async command(command: Command, user: string): Promise<Answer> {
    return this.#send((askId) => ({ kind: 'commanded', askId, command, user }), commandWaitMs)
  }

  async #send(event: (askId: number) => Asked, timeoutMs: number): Promise<Answer> {
    if (this.#waiting.size >= waitingMax)
      throw new CoreSilent(`Cannot answer: ${waitingMax} questions wait, expected fewer`)
    const askId = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(askId)
        reject(
          new CoreSilent(
            `Cannot answer: the agent is busy or its disk hangs, expected an answer in ${timeoutMs / 1000} s`,
          ),
        )
      }, timeoutMs)
      this.#waiting.set(askId, { resolve, reject, timer })
      this.#push(event(askId))
    })
  }

  onAnswer(askId: number, answer: Answer): void {
    const waiting = this.#take(askId)
    waiting?.resolve(answer)
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const askId of this.#waiting.keys())
      this.#take(askId)?.reject(new CoreSilent('Cannot answer: the agent stops, expected a running one'))
  }

  #take(askId: number): Waiting | undefined {
    const waiting = this.#waiting.get(askId)
    this.#waiting.delete(askId)
    clearTimeout(waiting?.timer)
    return waiting
  }
}
