// The guard (S5): a process of its own that outlives its agent, and ends what must not outlive a session. It is
// started in the runs directory and listens there; it knows what it is told (guard-message.ts), decides nothing
// itself (lib/run/guard.ts), and goes when it guards nothing and no agent has been there for a while.
//
//     node guard-child.js PROC-DIRECTORY IDLE-MS

import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import { errorCode } from '../../lib/base/error-code.ts'
import { Guard } from '../../lib/run/guard.ts'
import { closeInherited } from './close-inherited.ts'
import { guardSocket, type GuardMessage, type GuardRequest } from './guard-message.ts'
import { processLimits } from './limits.ts'
import { ProcessTable } from './process-table.ts'
import { RunEnder } from './run-ender.ts'
import { RunFamilies } from './run-families.ts'
import { splitLines } from './split-lines.ts'
import { readUptimeMs } from './uptime.ts'

const [procDirectory = '', idleMs = ''] = process.argv.slice(2)
const goesAfterMs = Number(idleMs)
const guard = new Guard()
const agents = new Set<net.Socket>()
/** Those of which it is not known yet which process they are. */
const unlearned = new Set<string>()
const families = new RunFamilies(new ProcessTable(procDirectory), '.', procDirectory)
const ender = new RunEnder({
  runsDirectory: '.',
  families,
  onFault: (text) => tell({ kind: 'fault', text }),
})
const server = net.createServer(welcome)
let alarm: NodeJS.Timeout | undefined
let isArming = false
let idleSinceMs = nowMs()

function nowMs(): number {
  const uptimeMs = readUptimeMs(procDirectory)
  if (uptimeMs === null) throw new Error('the system shows no uptime any more')
  return uptimeMs
}

function welcome(agent: net.Socket): void {
  agents.add(agent)
  agent.on('error', () => agent.destroy())
  agent.on('close', () => {
    agents.delete(agent)
    idleSinceMs = nowMs()
  })
  agent.on(
    'data',
    splitLines((line) => {
      const request = parse(line)
      if (request === null) agent.destroy()
      else hear(request)
    }),
  )
}

/** Null for what no agent says: whoever says it must not end the guard. */
function parse(line: string): GuardRequest | null {
  try {
    return JSON.parse(line) as GuardRequest
  } catch {
    return null
  }
}

function hear(request: GuardRequest): void {
  guard.take(request)
  if (request.kind === 'hold' || request.kind === 'forget') forget(request.process)
  if (request.kind === 'hold' || request.kind === 'keep') {
    unlearned.add(request.process)
    const deadline = guard.deadlineOf(request.process)
    if (deadline !== null) tell({ kind: 'held', process: request.process, deadline })
  }
  if (isArming) return
  isArming = true
  setImmediate(arm)
}

/** A timer does not run while the machine is suspended: the clock is looked at often, and just in time. */
function arm(): void {
  isArming = false
  clearTimeout(alarm)
  const waitMs = guard.nextAtMs() - nowMs()
  // What the agent wrote while this process stood still is read before anything is ended.
  alarm = setTimeout(
    () => setImmediate(turn),
    Math.min(Math.max(waitMs, 1), guard.size > 0 ? processLimits.guardLookMs : goesAfterMs),
  )
}

function turn(): void {
  for (const process of [...unlearned].slice(0, processLimits.guardLearnsAtOnce)) {
    unlearned.delete(process)
    if (!ender.learn(process)) unlearned.add(process)
  }
  for (const ending of guard.due(nowMs())) {
    const how = ender.end(ending)
    if (how === 'alive') tell({ kind: 'ended', ...ending })
    // Its agent knows whether another try of it is under way, and forgets it when there is none.
    if (how === 'alive' || (how === 'closed' && agents.size > 0)) continue
    guard.take({ kind: 'forget', process: ending.process })
    forget(ending.process)
  }
  const isIdle = guard.size === 0 && agents.size === 0
  if (isIdle && (nowMs() - idleSinceMs >= goesAfterMs || ender.isPlaceGone())) {
    fs.rmSync(guardSocket, { force: true })
    process.exit(0)
  }
  arm()
}

function forget(process: string): void {
  unlearned.delete(process)
  ender.forget(process)
}

function tell(message: GuardMessage): void {
  for (const agent of agents) agent.write(`${JSON.stringify(message)}\n`)
}

/** A socket that nobody listens on was left behind by a guard that was killed. */
function listen(isSecond: boolean): void {
  server.once('error', (error) => {
    if (isSecond || errorCode(error) !== 'EADDRINUSE') throw error
    const other = net.connect(guardSocket)
    other.on('connect', () => process.exit(0))
    other.on('error', () => {
      fs.rmSync(guardSocket, { force: true })
      listen(true)
    })
  })
  const usual = process.umask(0o177)
  server.listen(guardSocket, () => {
    process.stdout.write('ready\n')
    arm()
  })
  process.umask(usual)
}

/** It must not wait behind what it guards, where it may choose. */
function goFirst(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_HIGH)
  } catch {
    // Only who is privileged may.
  }
}

closeInherited()
goFirst()
// Whoever ends the agent's processes by a polite signal must not take the guard from those that run on.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'] as const) process.on(signal, () => undefined)
process.stdout.on('error', () => undefined)
listen(false)
