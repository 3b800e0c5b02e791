// The news of the core on its way to many listeners. The last of it is kept once for all of them; each listener is a
// place in it, and takes what is behind its place when its connection can take more: nobody has a queue of his own,
// so a thousand idle listeners cost their connections alone. One who comes back names the last event that he saw and
// gets what was told since; when that is no more known, he is told to look again.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { News } from '../../lib/view/news.ts'
import { ApiRefusal } from './problem-answer.ts'

/** Kept for listeners that lag or come back: minutes of a busy cluster. */
const eventsKept = 4000
const charactersKept = 4_000_000
/** What happens within it goes out together. */
const gatherMs = 50
/** Keeps connections open through what stands between, and finds those that are gone. */
const heartbeatMs = 15_000
/** A connection that takes nothing for so long while there is something to take is given up. */
const patienceMs = 30_000
const listenersMax = 2000

export type NewsKind = News['kind']

type Event = { readonly kind: NewsKind; readonly text: string }

export class EventHub {
  /** Ids name the process: those of an earlier one say nothing here. */
  readonly #process = randomBytes(6).toString('hex')
  readonly #listeners = new Set<Listener>()
  #events: Event[] = []
  /** The number of the first event that is kept. */
  #first = 1
  #characters = 0
  #gathering: NodeJS.Timeout | undefined
  readonly #heartbeat: NodeJS.Timeout

  constructor() {
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    this.#heartbeat.unref()
  }

  get listeners(): number {
    return this.#listeners.size
  }

  tell(news: News): void {
    const text = `id: ${this.#process}-${this.#end}\nevent: ${news.kind}\ndata: ${JSON.stringify(news)}\n\n`
    this.#events.push({ kind: news.kind, text })
    this.#characters += text.length
    if (this.#events.length > eventsKept || this.#characters > charactersKept) this.#forget()
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      for (const listener of this.#listeners) listener.deliver()
    }, gatherMs)
  }

  /** A stream of what is told from now on, or from behind the event that was seen last; of some kinds or of all. */
  listen(wanted: {
    readonly kinds: ReadonlySet<NewsKind> | null
    readonly lastSeen: string | null
  }): Readable {
    if (this.#listeners.size >= listenersMax)
      throw new ApiRefusal({
        status: 503,
        title: 'Too many listeners',
        detail: `Cannot listen to events: ${listenersMax} others do, expected fewer`,
        remedy: 'Listen to another agent: each tells of the whole cluster.',
      })
    const { kinds, lastSeen } = wanted
    const seen = this.#numberOf(lastSeen)
    const isResumed = seen !== null && seen + 1 >= this.#first && seen < this.#end
    const from = isResumed ? seen + 1 : this.#end
    const hello = `retry: 2000\nid: ${this.#process}-${from - 1}\nevent: hello\ndata: ${JSON.stringify({ kind: 'hello', isResumed })}\n\n`
    const listener = new Listener({
      hello,
      from,
      read: (at) => this.#textFrom(at, kinds),
      onGone: () => this.#listeners.delete(listener),
    })
    this.#listeners.add(listener)
    return listener
  }

  close(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#gathering)
    for (const listener of this.#listeners) listener.destroy()
  }

  get #end(): number {
    return this.#first + this.#events.length
  }

  /** Half of what is kept, so that it is seldom done. */
  #forget(): void {
    const gone = this.#events.splice(0, Math.ceil(this.#events.length / 2))
    this.#first += gone.length
    for (const { text } of gone) this.#characters -= text.length
  }

  #textFrom(
    at: number,
    kinds: ReadonlySet<NewsKind> | null,
  ): { readonly text: string; readonly next: number } {
    const next = this.#end
    if (at < this.#first) {
      const text = `id: ${this.#process}-${next - 1}\nevent: hello\ndata: {"kind":"hello","isResumed":false}\n\n`
      return { text, next }
    }
    const events = this.#events.slice(at - this.#first)
    const wanted = kinds === null ? events : events.filter(({ kind }) => kinds.has(kind))
    return { text: wanted.map(({ text }) => text).join(''), next }
  }

  #numberOf(id: string | null): number | null {
    const [name, number] = id?.split('-') ?? []
    return name === this.#process && /^\d{1,15}$/.test(number ?? '') ? Number(number) : null
  }

  #beat(): void {
    for (const listener of this.#listeners) listener.beat()
  }
}

type ListenerOptions = {
  readonly hello: string
  readonly from: number
  readonly read: (at: number) => { readonly text: string; readonly next: number }
  readonly onGone: () => void
}

class Listener extends Readable {
  readonly #options: ListenerOptions
  #next: number
  /** The connection can take more. */
  #isReady = false
  #tookAtMs = Date.now()

  constructor(options: ListenerOptions) {
    super({ encoding: 'utf8' })
    this.#options = options
    this.#next = options.from
    this.push(options.hello)
  }

  override _read(): void {
    this.#isReady = true
    this.#tookAtMs = Date.now()
    this.deliver()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#options.onGone()
    done(error)
  }

  deliver(): void {
    if (!this.#isReady) return
    const { text, next } = this.#options.read(this.#next)
    this.#next = next
    if (text !== '') this.#isReady = this.push(text)
  }

  beat(): void {
    if (this.#isReady) this.#isReady = this.push(': \n\n')
    else if (Date.now() - this.#tookAtMs > patienceMs) this.destroy()
  }
}
