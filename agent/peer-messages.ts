// What peers send, on its way to the core: looked at member by member, and refused where it is no message, with a
// line in the log that says why, once a minute for each peer and reason. A member of another version, or one with a
// broken memory, stops nobody.

import type { Event } from '../lib/event.ts'
import type { NodeId } from '../lib/base/ids.ts'
import { meshLimits } from '../lib/base/limits.ts'
import { parseGossip, parseHello, parseMessage, type Message, type Parsed } from '../lib/message.ts'
import type { OutputMessage } from '../lib/run/output.ts'

const silentMs = 60_000

export type PeerMessagesOptions = {
  readonly push: (event: Event) => void
  /** Bytes of output are nothing that the core decides on. */
  readonly onOutput: (from: NodeId, message: OutputMessage) => void
  readonly warn: (text: string) => void
  readonly nowMs: () => number
}

export class PeerMessages {
  readonly #options: PeerMessagesOptions
  readonly #toldAtMs = new Map<string, number>()

  constructor(options: PeerMessagesOptions) {
    this.#options = options
  }

  /** The hello with which a connection begins; nothing of a peer without one reaches the core. */
  onUp(peer: NodeId, value: unknown): void {
    const hello = this.#understood(peer, 'hello', parseHello(value))
    if (hello !== null) this.#options.push({ kind: 'peer-connected', peer, hello })
  }

  onMessage(from: NodeId, value: unknown): void {
    const message = this.#understood(from, 'message', parseMessage(value))
    if (message === null) return
    if (isOutputMessage(message)) this.#options.onOutput(from, message)
    else this.#options.push({ kind: 'message-received', from, message })
  }

  onGossip(from: NodeId, value: unknown): void {
    const message = this.#understood(from, 'gossip', parseGossip(value))
    if (message !== null) this.#options.push({ kind: 'gossip-received', from, message })
  }

  #understood<Value>(from: NodeId, what: string, parsed: Parsed<Value>): Value | null {
    if (parsed.ok) return parsed.value
    const text = `Cannot take a ${what} of node "${from}": ${itsFault(parsed.fault)}, expected an agent of the same version`
    const nowMs = this.#options.nowMs()
    if (nowMs - (this.#toldAtMs.get(text) ?? -Infinity) < silentMs) return null
    if (this.#toldAtMs.size >= meshLimits.refusalsRememberedMax) this.#toldAtMs.clear()
    this.#toldAtMs.set(text, nowMs)
    this.#options.warn(text)
    return null
  }
}

function isOutputMessage(message: Message | OutputMessage): message is OutputMessage {
  return message.kind.startsWith('output-')
}

function itsFault(fault: string): string {
  return fault.startsWith(' ') ? `it${fault}` : `its ${fault}`
}
