// One agent of the core, alone, with the processes that it starts: each lasts as long as the test says and ends with the
// code that it says, also while the agent is away. What the agent tells of its runs is asked for as anybody would.

import { assert } from '../../lib/base/assert.ts'
import type { Spawn } from '../../lib/run/effect.ts'
import type { Answer, Command, Question } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { LoneAgent } from './lone-agent.ts'

/** By its command: how long it lasts, and its exit code. */
export type Plays = (command: string, spawn: Spawn) => { readonly ms: number; readonly code: number }

const tickMs = 10

export class PlayedAgent {
  readonly #plays: Plays
  #agent: LoneAgent
  #seen = 0
  #asks = 0
  readonly #ends = new Map<
    string,
    { readonly startMs: number; readonly endMs: number; readonly code: number }
  >()
  readonly #told = new Set<string>()
  /** Each start of a process, and its end where that was seen; instants after the file was dropped. */
  readonly starts: (Pick<Spawn, 'process' | 'command' | 'environment'> & { readonly atMs: number })[] = []
  readonly #droppedAtMs: number

  /** The file is in force half a second before the next whole second. */
  constructor(text: string, plays: Plays = () => ({ ms: 100, code: 0 })) {
    this.#plays = plays
    this.#agent = new LoneAgent().start()
    this.#agent.run(500)
    this.#agent.drop(text)
    this.#droppedAtMs = this.#agent.nowMs
  }

  /** After the file was dropped. */
  get atMs(): number {
    return this.#agent.nowMs - this.#droppedAtMs
  }

  get nowMs(): number {
    return this.#agent.nowMs
  }

  drop(text: string, fileName?: string): this {
    this.#agent.drop(text, false, fileName)
    return this
  }

  pass(ms: number): this {
    const untilMs = this.#agent.nowMs + ms
    while (this.#agent.nowMs < untilMs) {
      this.#agent.run(Math.min(tickMs, untilMs - this.#agent.nowMs))
      this.#play()
    }
    return this
  }

  /** The whole host stands still, and nothing that runs on it gets on. */
  suspend(ms: number): this {
    this.#agent.nowMs += ms
    for (const [process, end] of this.#ends)
      if (end.endMs > this.#agent.nowMs - ms) this.#ends.set(process, { ...end, endMs: end.endMs + ms })
    return this
  }

  /** The agent is killed, and started again after so long; what it had started goes on. */
  restart(awayMs = 0): this {
    const before = this.#agent
    before.nowMs += awayMs
    this.#agent = new LoneAgent(before).start()
    this.#play()
    return this.pass(1_000)
  }

  /** It is asked to stop, as by SIGTERM. */
  stop(): this {
    this.#agent.happens({ kind: 'stop-asked', drain: false })
    return this
  }

  ask(question: Question): Answer {
    const askId = ++this.#asks
    const count = this.#agent.answers.length
    this.#agent.happens({ kind: 'asked', askId, question })
    this.#agent.run(0)
    const answer = this.#agent.answers[count]
    assert(answer !== undefined, 'a question is answered at once')
    return answer
  }

  /** What was answered, as one line. */
  order(command: Command): string {
    const askId = ++this.#asks
    const count = this.#agent.answers.length
    this.#agent.happens({ kind: 'commanded', askId, command, user: 'ann' })
    this.pass(100)
    const answer = this.#agent.answers[count]
    if (answer?.kind === 'done') return answer.what
    return answer?.kind === 'refused' ? `refused: ${answer.why}` : JSON.stringify(answer)
  }

  /** One request by hand for a run of this job. */
  startByHand(job: string, forSlotMs: number | null = null): string {
    const requestId = `${this.nowMs}-${++this.#asks}`
    return this.order({ kind: 'start-job', requestId, job, forSlotMs, variables: {}, isForced: false })
  }

  /** Of one job: the newest first, without the slots that did not run. */
  runs(job: string): readonly RunView[] {
    return this.all(job).filter(({ id }) => id !== null)
  }

  all(job: string): readonly RunView[] {
    const answer = this.ask({ kind: 'runs', job, state: null, node: null, limit: 1_000 })
    assert(answer.kind === 'runs', 'runs were asked for')
    return answer.runs
  }

  /** How a run's actions stand, by name. */
  statesOf(run: RunView | undefined): Readonly<Record<string, string>> {
    return Object.fromEntries((run?.actions ?? []).map(({ name, state }) => [name, state]))
  }

  #play(): void {
    const agent = this.#agent
    for (const spawn of agent.spawned.slice(this.#seen)) {
      const { ms, code } = this.#plays(spawn.command, spawn)
      const startMs = agent.nowMs
      this.#ends.set(spawn.process, { startMs, endMs: startMs + ms, code })
      const { process, command, environment } = spawn
      this.starts.push({ process, command, environment, atMs: this.atMs })
      agent.happens({ kind: 'spawned', process: spawn.process, pid: 7, startedAtMs: startMs })
    }
    this.#seen = agent.spawned.length
    for (const process of agent.adopted.splice(0)) {
      const end = this.#ends.get(process)
      assert(end !== undefined, 'what is adopted was started')
      if (end.endMs > agent.nowMs)
        agent.happens({ kind: 'child-adopted', process, pid: 7, startedAtMs: end.startMs })
      else this.#told.delete(process)
    }
    for (const [process, { startMs, endMs, code }] of this.#ends)
      if (endMs <= agent.nowMs && !this.#told.has(process)) {
        this.#told.add(process)
        const times = { startedAtMs: startMs, endedAtMs: endMs }
        agent.happens({ kind: 'child-exited', process, exit: { kind: 'code', code }, ...times })
      }
  }
}
