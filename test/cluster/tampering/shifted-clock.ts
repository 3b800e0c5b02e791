// A wall clock that is wrong, for one process of Node.js: an import of this file shifts Date by what the test orders, now
// and whenever the order changes. (libfaketime would do for the agent, but not for its launcher, which begins with an
// empty environment and must see the same clock; and the commands, which are to see the right one, are children of both.)
import { readOrders } from './orders.ts'

const readAgainMs = 100
const realNow = Date.now.bind(Date)
let offsetMs = readOrders().clockOffsetMs ?? 0

const now = () => realNow() + offsetMs

globalThis.Date = new Proxy(Date, {
  construct: (target, words, newTarget) =>
    Reflect.construct(target, words.length === 0 ? [now()] : words, newTarget) as object,
  apply: () => new Date(now()).toString(),
  get: (target, key, receiver): unknown => (key === 'now' ? now : Reflect.get(target, key, receiver)),
})

setInterval(() => {
  offsetMs = readOrders().clockOffsetMs ?? 0
}, readAgainMs).unref()
