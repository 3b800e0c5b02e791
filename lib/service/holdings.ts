// Which node runs which instance, as far as is known here, and what this agent asks of the registers: an instance that
// nobody is known to hold is asked for in turn, each node of the order waiting one rank delay more than the one before
// it. Wrong views cost a refused request; the answer says who it is.

import type { NodeId, SessionId } from '../base/ids.ts'
import { serviceLimits } from '../base/limits.ts'
import { instanceRegisterKey, parseInstanceKey } from '../claim/apply-hold.ts'
import type { Change } from '../claim/change.ts'
import type { Holder } from '../claim/register.ts'
import type { NodeChoice } from '../definition/job-definition.ts'
import { spreadInstances } from '../placement/spread.ts'
import type { ServiceHost } from './service-host.ts'

type Known = { readonly holder: Holder | null; readonly version: number }

export class Holdings {
  readonly #host: ServiceHost
  readonly #known = new Map<string, Known>()
  /** By register: since when nobody is known to hold it. */
  readonly #freeSinceMs = new Map<string, number>()
  /** Asked for and not answered yet, or refused a moment ago: not before then. */
  readonly #restUntilMs = new Map<string, number>()
  /** The sessions in which it was asked for as guarded, and that is not answered yet. */
  readonly #guardAsked = new Map<string, Set<SessionId>>()

  constructor(host: ServiceHost) {
    this.#host = host
  }

  /** True when that was new. A definite answer, without a version, is newer than any news before it. */
  learn(key: string, news: { readonly holder: Holder | null; readonly version: number | null }): boolean {
    const known = this.#known.get(key)
    if (news.version !== null && known !== undefined && known.version >= news.version) return false
    const version = news.version ?? known?.version ?? -1
    this.#known.set(key, { holder: news.holder, version })
    this.#freeSinceMs.delete(key)
    const isSame = known?.holder?.token === news.holder?.token && known?.holder?.node === news.holder?.node
    return known === undefined || !isSame
  }

  /** Asked at once, whoever is known to hold it. */
  hold(key: string, as: { readonly revision: string; readonly isGuarded: boolean }): void {
    const { session } = this.#host.session
    this.#restUntilMs.set(key, Infinity)
    if (as.isGuarded) this.#guardAsked.set(key, (this.#guardAsked.get(key) ?? new Set()).add(session))
    this.#host.propose(key, { kind: 'hold', node: this.#host.self.nodeId, session, ...as })
  }

  /** Whether the register may come to say so by what is under way. */
  mayBecomeGuarded(key: string): boolean {
    return this.#guardAsked.has(key)
  }

  settled(key: string, change: Change): void {
    if (change.kind !== 'hold') return
    this.#restUntilMs.set(key, this.#host.clock().nowMs + serviceLimits.holdAgainMs)
    const asked = this.#guardAsked.get(key)
    if (change.isGuarded && asked?.delete(change.session) === true && asked.size === 0)
      this.#guardAsked.delete(key)
  }

  /** Asks for those of these instances that nobody is known to hold, and whose turn it is to be asked for here. */
  holdInTurn(
    service: string,
    of: {
      readonly numbers: readonly number[]
      readonly choice: NodeChoice
      readonly revision: string
      readonly isGuarded: boolean
    },
  ): void {
    const { roster, self, session, settings } = this.#host
    const { nowMs } = this.#host.clock()
    const nodes = roster.eligible(of.choice)
    if (!session.isValid(nowMs) || !nodes.includes(self.nodeId)) return
    const numbers = of.numbers.filter((number) => {
      const holder = this.#known.get(instanceRegisterKey(service, number))?.holder
      return holder === undefined || holder === null || holder.node === self.nodeId
    })
    if (numbers.length === 0) return
    const isLive = (node: NodeId) => roster.isLive(node, nowMs)
    const orders = spreadInstances(service, { numbers, nodes, loads: this.#loadsOf(service), isLive })
    for (const [number, order] of orders) {
      const key = instanceRegisterKey(service, number)
      const sinceMs = this.#freeSinceMs.get(key) ?? nowMs
      this.#freeSinceMs.set(key, sinceMs)
      const turnMs = sinceMs + order.indexOf(self.nodeId) * settings.rankDelayMs
      if (nowMs >= turnMs && nowMs >= (this.#restUntilMs.get(key) ?? 0)) this.hold(key, of)
    }
  }

  #loadsOf(service: string): Map<NodeId, number> {
    const loads = new Map<NodeId, number>()
    for (const [key, { holder }] of this.#known)
      if (holder !== null && parseInstanceKey(key)?.service === service)
        loads.set(holder.node, (loads.get(holder.node) ?? 0) + 1)
    return loads
  }
}
