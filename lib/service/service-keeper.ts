// All instances that this agent holds or might hold: from the definitions and what people decided to a wish for each,
// and from the registers to which of them are ours. An instance is held first and started then; stopped and proved
// dead first, and given back then.

import { unreachable } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { serviceLimits } from '../base/limits.ts'
import { switchOfInstance, type CatalogService } from '../catalog/category-services.ts'
import { instanceRegisterKey, parseInstanceKey } from '../claim/apply-hold.ts'
import type { Answer, Change } from '../claim/change.ts'
import { LOCAL_SESSION } from '../claim/local-registers.ts'
import type { RegisterNews } from '../claim/message.ts'
import type { Holder } from '../claim/register.ts'
import type { ProcessEvent } from '../run/event.ts'
import { deadlineOf, type Lease } from '../run/lease.ts'
import type { ServiceEvent } from './event.ts'
import { instanceKey, instanceOfProcess, type HeldInstance } from './held-instance.ts'
import { Holdings } from './holdings.ts'
import type { InstanceHost, InstanceTimer } from './instance.ts'
import { instancePlan, needsGuard, type InstancePlan } from './instance-plan.ts'
import { noCrashes } from './restart-delay.ts'
import { isTurn } from './rolling-update.ts'
import type { ServiceHost } from './service-host.ts'
import { Supervisor, type Wish } from './supervisor.ts'

const HELD = 'instance/'

// Whatever is wished by now: while the vote is under way anybody may become the holder, and this agent is told last.
const givenBack: Wish = { kind: 'stop', why: 'its register is being given back', isKill: false }

export class ServiceKeeper {
  readonly #host: ServiceHost
  readonly #holdings: Holdings
  readonly #supervisors = new Map<string, Supervisor>()
  readonly #instanceHost: InstanceHost
  readonly #plans = new Map<
    string,
    { readonly of: CatalogService['definition']; readonly plan: InstancePlan }
  >()
  #isStopping = false

  constructor(host: ServiceHost) {
    this.#host = host
    this.#holdings = new Holdings(host)
    this.#instanceHost = {
      clock: () => host.clock(),
      save: (held, isNews) => this.#save(held, isNews),
      effect: (effect) => host.effect(effect),
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
      lease: (held) => this.#leaseOf(held),
      mayStart: (held) => !this.#isStopping && host.isLoaded() && this.#mayRun(held),
    }
  }

  /** Instances that this agent holds. */
  get size(): number {
    return this.#supervisors.size
  }

  held(): HeldInstance[] {
    return [...this.#supervisors.values()].map((supervisor) => supervisor.held)
  }

  /** At the start, from the journal: what ran is found again; nothing is started or stopped before all is read. */
  recover(): void {
    for (const [key, value] of this.#host.journal.under(HELD)) {
      const held = value as HeldInstance
      const goOn = { kind: 'run', plan: held.plan, isTurn: false, restartBeforeMs: null } as const
      this.#supervisors.set(key, new Supervisor(this.#instanceHost, held, held.isYielding ? givenBack : goOn))
    }
    for (const supervisor of this.#supervisors.values()) supervisor.recover()
  }

  /** This agent stops: what runs goes on. */
  stop(): void {
    this.#isStopping = true
  }

  /** Definitions, decisions, nodes or what others said changed; and each second. */
  refresh(): void {
    if (!this.#host.isLoaded() || this.#isStopping) return
    for (const supervisor of this.#supervisors.values()) {
      this.#adoptAgain(supervisor.held)
      supervisor.want(this.#wishFor(supervisor.held))
      this.#yieldWhenDown(supervisor)
    }
    for (const service of this.#host.services()) this.#hold(service)
  }

  onTimer({ instance }: InstanceTimer): void {
    const supervisor = this.#supervisors.get(instance)
    if (supervisor === undefined) return
    supervisor.onTimer()
    this.#yieldWhenDown(supervisor)
  }

  onEvent(event: ServiceEvent): void {
    const supervisor = this.#supervisors.get(event.instance)
    if (supervisor === undefined) return
    switch (event.kind) {
      case 'instance-sighted':
        supervisor.onSighted(event)
        return this.#yieldWhenDown(supervisor)
      case 'health-answered':
        return supervisor.onHealth(event.lookId, event.fault)
      case 'output-told':
        return supervisor.onOutput(event.text)
      default:
        return unreachable(event)
    }
  }

  /** False for a process of a run. */
  onProcess(event: ProcessEvent): boolean {
    const found = instanceOfProcess(event.process)
    if (found === null) return false
    this.#supervisors.get(found.instance)?.onProcess(event, found.use)
    return true
  }

  /** A new session began: what is held is held in it from now on, by a definite answer. */
  adoptInto(): void {
    for (const { held } of this.#supervisors.values()) if (!held.isLocal) this.#askAgain(held)
  }

  /** The session lasts longer, and with it what must not outlive it. */
  extendLeases(): void {
    const { session } = this.#host
    if (session.validUntilMs === null) return
    const processes = [...this.#supervisors.values()]
      .filter(({ held }) => held.session === session.session)
      .flatMap((supervisor) => supervisor.leased())
    if (processes.length > 0)
      this.#host.effect({
        kind: 'extend-lease',
        processes,
        deadline: deadlineOf(session.validUntilMs, session),
      })
  }

  /** What a witness says of a register: a reason to ask, no proof. */
  onNews({ key, version, holder = null }: RegisterNews): void {
    const instance = this.#keyOf(key)
    if (instance === null || !this.#holdings.learn(key, { holder, version })) return
    const held = this.#supervisors.get(instance)?.held
    const isOurs = holder?.node === this.#host.self.nodeId
    // Held by a start of this agent that did not get to know it, or lost without its knowing.
    if (isOurs ? held === undefined : held !== undefined && !held.isLocal && !held.isYielding)
      this.#holdings.hold(key, this.#termsOf(key, held))
  }

  onSettled(key: string, change: Change, answer: Answer): void {
    const instance = this.#keyOf(key)
    if (instance === null) return
    this.#holdings.settled(key, change)
    const supervisor = this.#supervisors.get(instance)
    if (answer.kind === 'holds') {
      this.#holdings.learn(key, { holder: answer.holder, version: null })
      this.#onHeld(key, answer.holder)
    } else if (answer.kind === 'refused' && answer.because === 'held') {
      this.#holdings.learn(key, { holder: answer.holder, version: null })
      if (supervisor !== undefined && !supervisor.held.isLocal) {
        supervisor.forfeit()
        this.#forget(supervisor.held)
      }
    } else if (change.kind === 'yield') {
      this.#holdings.learn(key, { holder: null, version: null })
      if (supervisor?.held.isYielding === true) this.#forget(supervisor.held)
    }
    this.refresh()
  }

  #onHeld(key: string, holder: Holder): void {
    const { service: name, number } = parseInstanceKey(key)!
    const supervisor = this.#supervisors.get(`${name}.${number}`)
    const { session, token, isGuarded } = holder
    if (supervisor !== undefined && !supervisor.held.isLocal) {
      supervisor.amend({ session, token, isGuarded })
      return this.extendLeases()
    }
    const service = this.#host.service(name)
    const held = { service: name, number, isLocal: false, token, session, isGuarded }
    if (supervisor === undefined && service !== undefined) this.#begin(held, service)
    // Its definition went while the vote was under way.
    else if (supervisor === undefined) this.#host.propose(key, { kind: 'yield', token })
  }

  #begin(
    what: Pick<HeldInstance, 'service' | 'number' | 'isLocal' | 'token' | 'session' | 'isGuarded'>,
    service: CatalogService,
  ): void {
    const held: HeldInstance = {
      ...what,
      state: 'down',
      why: '',
      sinceMs: this.#host.clock().instantMs,
      plan: this.#planOf(service, what.number),
      startNo: 0,
      startedAtMs: null,
      command: 'none',
      exit: null,
      identity: null,
      pidBefore: null,
      isCondemned: false,
      stopNo: 0,
      crashes: noCrashes,
      output: '',
      events: [],
      isYielding: false,
    }
    const supervisor = new Supervisor(this.#instanceHost, held, this.#wishFor(held))
    this.#supervisors.set(instanceKey(held), supervisor)
    this.#save(held, true)
    supervisor.want(this.#wishFor(held))
  }

  /** What of a service is to run here and is not held: a local instance is there at once, another is asked for in turn. */
  #hold(service: CatalogService): void {
    const { definition, name, revision } = service
    const { self, roster } = this.#host
    if (definition.count !== 'all') {
      const isFree = (number: number) =>
        switchOfInstance(service, number).isEnabled && !this.#supervisors.has(`${name}.${number}`)
      const numbers = Array.from({ length: definition.count }, (_, number) => number).filter(isFree)
      if (this.#host.hasMajority())
        this.#holdings.holdInTurn(name, {
          numbers,
          choice: definition.nodes,
          revision,
          isGuarded: needsGuard(definition),
        })
      return
    }
    const isFree = switchOfInstance(service, 0).isEnabled && !this.#supervisors.has(`${name}.0`)
    if (!isFree || !roster.eligible(definition.nodes).includes(self.nodeId)) return
    // The tokens of local instances only have to differ: they name processes.
    const token = Math.round(this.#host.clock().instantMs)
    const local = { isLocal: true, token, session: LOCAL_SESSION, isGuarded: false }
    this.#begin({ service: name, number: 0, ...local }, service)
  }

  #wishFor({ service: name, number, isLocal, plan, isYielding }: HeldInstance): Wish {
    if (isYielding) return givenBack
    const { roster, self, ledger } = this.#host
    const service = this.#host.service(name)
    const stop = (why: string, isKill = false): Wish => ({ kind: 'stop', why, isKill })
    if (service === undefined) return stop('its service was removed')
    const { definition } = service
    const { count, nodes } = definition
    if (isLocal !== (count === 'all') || (count !== 'all' && number >= count))
      return stop(`the service has count ${count} now`)
    const { isEnabled, isKill } = switchOfInstance(service, number)
    if (!isEnabled) return stop('somebody stopped it', isKill)
    if (!roster.mayKeep(self.nodeId, nodes)) return stop('it is not to run on this node any more')
    const wished = this.#planOf(service, number)
    const instances = ledger.instances(name)
    const isWanted = (other: number) => switchOfInstance(service, other).isEnabled
    const isLive = (node: NodeId) => roster.isLive(node, this.#host.clock().nowMs)
    const turn =
      wished.print !== plan.print &&
      isTurn(
        definition.update,
        { number, node: self.nodeId, isLocal },
        { instances, wished, isLive, isWanted },
      )
    return {
      kind: 'run',
      plan: wished,
      isTurn: turn,
      restartBeforeMs: ledger.restartBeforeMs(name, number),
    }
  }

  #planOf({ name, definition }: CatalogService, number: number): InstancePlan {
    const key = `${name}.${number}`
    const known = this.#plans.get(key)
    if (known?.of === definition) return known.plan
    const { name: node, hostname } = this.#host.self
    const atMs = this.#host.clock().instantMs
    const plan = instancePlan(definition, { number, name: node, hostname, atMs })
    this.#plans.set(key, { of: definition, plan })
    return plan
  }

  /** Given back only when it is proved dead, and not wished any more. */
  #yieldWhenDown(supervisor: Supervisor): void {
    const { held } = supervisor
    if (held.state !== 'down' || !this.#host.isLoaded() || this.#wishFor(held).kind === 'run') return
    if (held.isLocal) return this.#forget(held)
    if (held.isYielding) return
    supervisor.amend({ isYielding: true })
    const { service, number, token } = held
    this.#host.propose(instanceRegisterKey(service, number), { kind: 'yield', token })
  }

  /**
   * An adoption that was refused for now, as under an older definition than the witnesses know; or its register says of
   * what runs that it is guarded, or not, and that is otherwise by now.
   */
  #adoptAgain(held: HeldInstance): void {
    const { session } = this.#host
    const isOther = held.session !== session.session || held.isGuarded !== this.#isToBeGuarded(held)
    const isMissing = !held.isLocal && isOther
    if (isMissing && session.isValid(this.#host.clock().nowMs)) this.#askAgain(held)
  }

  #askAgain(held: HeldInstance): void {
    const { service, number, isYielding, token } = held
    const key = instanceRegisterKey(service, number)
    if (isYielding) this.#host.propose(key, { kind: 'yield', token })
    else this.#holdings.hold(key, this.#termsOf(key, held))
  }

  /** Only where it is wished, and what may still run of it is guarded already. */
  #isToBeGuarded({ service: name, state, plan }: HeldInstance): boolean {
    const service = this.#host.service(name)
    const isWished = service === undefined || needsGuard(service.definition)
    return isWished && (state === 'down' ? service !== undefined : plan.isLeased)
  }

  #mayRun({ service, number, isLocal, plan, isGuarded: mayBeTaken }: HeldInstance): boolean {
    if (isLocal || plan.isLeased) return true
    return !mayBeTaken && !this.#holdings.mayBecomeGuarded(instanceRegisterKey(service, number))
  }

  /** Null: its session is not the register's yet, or is about to end. */
  #leaseOf(held: HeldInstance): Lease | null {
    const { session } = this.#host
    const { nowMs } = this.#host.clock()
    if (session.validUntilMs === null || !session.isValid(nowMs, serviceLimits.sessionSpareMs)) return null
    if (held.session !== session.session) {
      this.#askAgain(held)
      return null
    }
    const deadline = deadlineOf(session.validUntilMs, session)
    return nowMs < deadline.termAtMs ? { deadline } : null
  }

  /** As what it is asked for, held or not yet. */
  #termsOf(
    key: string,
    held: HeldInstance | undefined,
  ): { readonly revision: string; readonly isGuarded: boolean } {
    const service = this.#host.service(parseInstanceKey(key)?.service ?? '')
    const isFree = held === undefined && service !== undefined
    return {
      revision: service?.revision ?? '',
      isGuarded: isFree ? needsGuard(service.definition) : held !== undefined && this.#isToBeGuarded(held),
    }
  }

  #keyOf(registerKey: string): string | null {
    const found = parseInstanceKey(registerKey)
    return found === null ? null : `${found.service}.${found.number}`
  }

  #save(held: HeldInstance, isNews: boolean): void {
    this.#host.journal.put(HELD + instanceKey(held), held)
    if (isNews) this.#host.ledger.record(held, this.#host.clock().instantMs)
  }

  #forget(held: HeldInstance): void {
    const key = instanceKey(held)
    this.#supervisors.delete(key)
    this.#plans.delete(key)
    this.#host.journal.delete(HELD + key)
    if (this.#host.service(held.service) === undefined)
      this.#host.ledger.forget(held, this.#host.clock().instantMs)
  }
}
