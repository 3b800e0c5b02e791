// The register of one instance of a service: who runs it, as an agreed fact. Its key is `service/<name>/<number>`, its
// value a register in which only version, token and holder count.
//
// hold   nobody runs it, or I do: I run it from now on. The holder itself holds again in each new session of its
//        node, and so adopts what it holds; the token stays. It says whether a guard ends what runs with that
//        session: nothing unguarded is ever started while the register says so (service-keeper.ts).
// yield  it is proved to be dead here, and is not to run here any more.
// take   the session under which it runs is certified dead (S4), and its guard has ended it: nobody runs it. Only
//        where the holder has said so and the definition wants it (failover), or a person has removed the node; else
//        it waits for its node, also when its definition is changed meanwhile: what runs there is not guarded.

import type { Applied, Change } from './change.ts'
import type { Holder, Register } from './register.ts'
import { isLater } from './session-witness.ts'

const PREFIX = 'service/'

export function instanceRegisterKey(service: string, number: number): string {
  return `${PREFIX}${service}/${number}`
}

/** Null for the register of a job. */
export function parseInstanceKey(key: string): { readonly service: string; readonly number: number } | null {
  if (!key.startsWith(PREFIX)) return null
  const end = key.lastIndexOf('/')
  return { service: key.slice(PREFIX.length, end), number: Number(key.slice(end + 1)) }
}

export function applyHold(base: Register, change: Change & { readonly kind: 'hold' }): Applied {
  const { node, session, isGuarded } = change
  const holder = base.holder ?? null
  if (holder === null) {
    const token = base.token + 1
    const next: Holder = { node, session, token, isGuarded }
    return { value: { ...base, token, holder: next }, answer: { kind: 'holds', holder: next } }
  }
  if (holder.node !== node) return { value: base, answer: { kind: 'refused', because: 'held', holder } }
  // A request that was overtaken by one for a later session moves nothing back.
  const isSame = session === holder.session && isGuarded === holder.isGuarded
  if (isSame || isLater(holder.session, session)) return { value: base, answer: { kind: 'holds', holder } }
  const next: Holder = { ...holder, session, isGuarded }
  return { value: { ...base, holder: next }, answer: { kind: 'holds', holder: next } }
}

export function applyYield(base: Register, { token }: Change & { readonly kind: 'yield' }): Applied {
  if (base.holder?.token !== token) return noHolder(base)
  return { value: { ...base, holder: null }, answer: { kind: 'done' } }
}

export function applyTake(base: Register, { token, session }: Change & { readonly kind: 'take' }): Applied {
  if (base.holder?.token !== token || base.holder.session !== session) return noHolder(base)
  return { value: { ...base, holder: null }, answer: { kind: 'done' } }
}

const noHolder = (value: Register): Applied => ({
  value,
  answer: { kind: 'refused', because: 'no-such-entry' },
})
