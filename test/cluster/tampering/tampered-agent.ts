// The agent as it is, in a process that does to itself what a test orders (orders.ts): it lies about the time, kills
// itself at a named point, keeps answers back, has less patience. Around the program stand only these hooks, on three
// methods and one table that are public anyway; not a line of it is changed, and it knows nothing of them.
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { Performer } from '../../../agent/perform.ts'
import { MeshNode } from '../../../agent/mesh/mesh-node.ts'
import { Processes } from '../../../agent/process/processes.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { recoverLines } from '../../../lib/base/log-lines.ts'
import type { Effect } from '../../../lib/effect.ts'
import type { Message } from '../../../lib/message.ts'
import type { HeldRun } from '../../../lib/run/held-run.ts'
import { ordersVariable, readOrders, type KillPoint } from './orders.ts'

await import('./shifted-clock.ts')

const clockFile = path.join(import.meta.dirname, `shifted-clock${path.extname(import.meta.filename)}`)

/** The helpers of an agent, which it starts with an empty environment, see the agent's clock. */
const realSpawn = childProcess.spawn
const spawn = (program: string, words: readonly string[], options: childProcess.SpawnOptions) => {
  if (program !== process.execPath) return realSpawn(program, words, options)
  const { [ordersVariable]: orders, NODE_COMPILE_CACHE } = process.env
  const environment = { ...options.env, [ordersVariable]: orders, NODE_COMPILE_CACHE }
  return realSpawn(program, ['--import', clockFile, ...words], { ...options, env: environment })
}
Object.assign(childProcess, { spawn })
syncBuiltinESMExports()

// eslint-disable-next-line typescript/unbound-method -- called on its own object below
const { perform } = Performer.prototype
Performer.prototype.perform = function (this: Performer, effects: readonly Effect[]): void {
  const { killAt } = readOrders()
  if (killAt !== undefined && effects.some((effect) => isAt(effect, killAt.point, killAt.job))) dieNow()
  perform.call(this, effects)
}

// eslint-disable-next-line typescript/unbound-method -- called on its own object below
const { carryOut } = Processes.prototype
Processes.prototype.carryOut = function (this: Processes, effect): void {
  const { killAt } = readOrders()
  const isMeant = effect.kind === 'spawn' && effect.environment['HOCKET_JOB'] === killAt?.job
  if (killAt?.point === 'spawn' && isMeant) dieNow()
  carryOut.call(this, effect)
}

// eslint-disable-next-line typescript/unbound-method -- called on its own object below
const { send } = MeshNode.prototype
MeshNode.prototype.send = function (this: MeshNode, to, body): boolean {
  const message = body as Message
  const isAccept = message.kind === 'votes-given' && message.accepts.length > 0
  if (isAccept && readOrders().losesAccepts === true) return true
  return send.call(this, to, body)
}

Object.assign(defaultClaimSettings, readOrders().patience)

function isAt(effect: Effect, point: KillPoint, job: string): boolean {
  if (effect.kind !== 'persist' || effect.log !== 'journal') return false
  return recoverLines(effect.lines).records.some((record) => {
    const { k: key, v: run } = record as { readonly k: string; readonly v: HeldRun | null }
    if (!key.startsWith('run/') || run?.job !== job) return false
    switch (point) {
      case 'intent':
        return run.phase === 'waiting'
      case 'exec-mark':
        return Object.values(run.actions).some((action) => action.kind === 'started' && action.pid === null)
      case 'exit-mark':
        return run.phase === 'ended'
      case 'spawn':
        return false
    }
  })
}

function dieNow(): void {
  if (process.pid > 1) process.kill(process.pid, 'SIGKILL')
}

await import('../../../agent/main.ts')
