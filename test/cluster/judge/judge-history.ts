// The judge of a whole cluster's history, after Jepsen's test of Chronos. Demanded are the slots whose window and run were
// over when the evidence was read, or whose run has ended; each needs one start in its window, found by its id and once more by time alone
// (match-in-time.ts). What did not start needs an excuse that the log of faults proves (excuses.ts). Beyond Chronos's
// rule: nothing starts twice, the agents agree and say what the evidence says, and from the end of all faults on every
// job has ten more slots without any excuse.
import type { RunView } from '../../../lib/view/run-view.ts'
import { Excuses } from './excuses.ts'
import type { EvidenceLine, History, JudgedJob } from './history.ts'
import { findOverlaps } from './find-overlaps.ts'
import { isDemanded, matchInTime } from './match-in-time.ts'
import { toldOf, wordsOf } from './told.ts'

export type Verdict = {
  /** Slots that were demanded. */
  readonly slots: number
  readonly starts: number
  readonly complaints: readonly string[]
  readonly excused: readonly string[]
  /** Of the starts that needed no excuse. */
  readonly latenessMs: readonly number[]
}

/** Two clocks of one machine, read by two programs. */
const clockErrorMs = 2
/** Between the last check and the process's first clock reading. */
const slackMs = 1500
/** Between a process's own first clock reading and its agent's. */
const recordSlackMs = 3000
/** A run that has ended still holds the next one up until its end is voted on. */
const finishMs = 1500
const quietSlots = 10

export function judgeHistory(history: History): Verdict {
  const verdicts = history.jobs.map((job) => new JobJudge(history, job).judge())
  const known = new Set(history.jobs.map(({ name }) => name))
  const strangers = history.lines.filter(({ job }) => !known.has(job))
  return {
    slots: verdicts.reduce((sum, { slots }) => sum + slots, 0),
    starts: history.lines.filter(({ kind }) => kind === 'start').length,
    complaints: [
      ...verdicts.flatMap(({ complaints }) => complaints),
      ...strangers.map((line) => `a job that nobody made, ${line.job}, ran on ${line.host}`),
    ],
    excused: verdicts.flatMap(({ excused }) => excused),
    latenessMs: verdicts.flatMap(({ latenessMs }) => latenessMs),
  }
}

class JobJudge {
  readonly #history: History
  readonly #job: JudgedJob
  readonly #excuses: Excuses
  readonly #starts: readonly EvidenceLine[]
  readonly #ends: readonly EvidenceLine[]
  readonly #complaints: string[] = []
  readonly #excused: string[] = []
  readonly #latenessMs: number[] = []
  /** Slots that were demanded and had no excuse. */
  readonly #owed: number[] = []

  constructor(history: History, job: JudgedJob) {
    this.#history = history
    this.#job = job
    this.#excuses = new Excuses(history)
    const own = history.lines.filter((line) => line.job === job.name)
    this.#starts = own.filter(({ kind }) => kind === 'start')
    this.#ends = own.filter(({ kind }) => kind === 'end')
  }

  judge(): Verdict {
    const { endMs, quietFromMs } = this.#history
    const ended = new Set(this.#ends.filter(({ atMs }) => atMs <= endMs).map(({ slotMs }) => slotMs))
    const demanded = this.#job.slots.filter(
      (slotMs) =>
        slotMs >= this.#job.knownAtMs && (ended.has(slotMs) || isDemanded(slotMs, this.#job, endMs)),
    )
    this.#checkEachStart()
    for (const slotMs of demanded) this.#checkSlot(slotMs)
    this.#checkByTime()
    for (const text of findOverlaps(this.#history, this.#job, this.#starts)) this.#complain(text)
    const isOver = this.#job.slots.at(-1)! < quietFromMs
    const quiet = demanded.filter((slotMs) => slotMs >= quietFromMs).length
    if (quietFromMs < Infinity && !isOver && quiet < quietSlots)
      this.#complain(`only ${quiet} slots were left after the faults, expected ${quietSlots} at least`)
    return {
      slots: demanded.length,
      starts: this.#starts.length,
      complaints: this.#complaints,
      excused: this.#excused,
      latenessMs: this.#latenessMs,
    }
  }

  /** What holds for all starts, whether their slots were demanded or not. */
  #checkEachStart(): void {
    const slots = new Set(this.#job.slots)
    const tokens = new Map<number, EvidenceLine>()
    const attempts = new Map<string, EvidenceLine>()
    for (const start of this.#starts) {
      const { slotMs, attempt, token, host, atMs } = start
      if (!slots.has(slotMs)) this.#complain(`${instant(slotMs)}, which is none of its slots, ran on ${host}`)
      if (atMs < slotMs - clockErrorMs)
        this.#complain(`slot ${instant(slotMs)} started ${slotMs - atMs} ms before its instant on ${host}`)
      const twin = attempts.get(`${slotMs} ${attempt}`)
      if (twin !== undefined)
        this.#complain(`slot ${instant(slotMs)} started twice, on ${twin.host} and on ${host}`)
      attempts.set(`${slotMs} ${attempt}`, start)
      const other = tokens.get(token)
      if (other !== undefined && twin === undefined)
        this.#complain(
          `token ${token} was given to slots ${instant(other.slotMs)} and ${instant(slotMs)}, expected one of its own for each`,
        )
      tokens.set(token, start)
      if (!this.#job.hosts.includes(host))
        this.#complain(`slot ${instant(slotMs)} ran on ${host}, where it may not`)
    }
  }

  #checkSlot(slotMs: number): void {
    const told = toldOf(this.#history, this.#job.name, slotMs)
    if (told.kind === 'contradiction')
      return this.#complain(`slot ${instant(slotMs)} is told differently: ${told.text}`)
    const runs = told.kind === 'nothing' ? [] : told.runs
    const starts = this.#starts.filter((start) => start.slotMs === slotMs)
    if (starts.length === 0) this.#checkUnstarted(slotMs, runs)
    for (const start of starts) this.#checkStarted(start, runs)
    if (runs.length > Math.max(1, starts.length))
      this.#complain(`slot ${instant(slotMs)} is told more than once: ${wordsOf(runs)}`)
  }

  #checkUnstarted(slotMs: number, runs: readonly RunView[]): void {
    const [run] = runs
    const words = wordsOf(runs)
    if (run === undefined)
      return this.#complain(`slot ${instant(slotMs)} was passed in silence: nothing started, nothing is told`)
    if (run.state === 'succeeded' || run.state === 'running')
      return this.#complain(`slot ${instant(slotMs)} never started, but the agents tell ${words}`)
    const excuse =
      run.state === 'skipped' && this.#job.overlap === 'skip' && this.#wasBusy(slotMs)
        ? 'the run before it was not over'
        : this.#excuses.of(this.#job, slotMs, run.node)
    if (excuse === null) {
      this.#owed.push(slotMs)
      return this.#complain(`slot ${instant(slotMs)} never started: the agents tell ${words}`)
    }
    this.#excused.push(`${this.#job.name}: slot ${instant(slotMs)} did not start (${words}): ${excuse}`)
  }

  #checkStarted(start: EvidenceLine, runs: readonly RunView[]): void {
    const { slotMs, host, atMs, attempt } = start
    const { startDeadlineMs, catchUpWithinMs } = this.#job
    const excuse = this.#excuses.of(this.#job, slotMs, host) ?? this.#excuses.of(this.#job, slotMs, null)
    const lateMs = atMs - slotMs
    const isCatchUp = catchUpWithinMs !== null && lateMs <= catchUpWithinMs && excuse !== null
    if (lateMs > startDeadlineMs + slackMs && !isCatchUp)
      this.#complain(`slot ${instant(slotMs)} started ${lateMs} ms late on ${host}`)
    else if (excuse === null) {
      this.#owed.push(slotMs)
      this.#latenessMs.push(lateMs)
    } else if (lateMs > startDeadlineMs)
      this.#excused.push(`${this.#job.name}: slot ${instant(slotMs)} started ${lateMs} ms late: ${excuse}`)
    const run = runs.find((one) => one.attempt === attempt && one.node === host)
    if (run === undefined)
      return this.#complain(`slot ${instant(slotMs)} ran on ${host}, but the agents tell ${wordsOf(runs)}`)
    this.#checkRecord(start, run, excuse)
  }

  #checkRecord(start: EvidenceLine, run: RunView, excuse: string | null): void {
    const { slotMs, host, atMs, attempt } = start
    const end = this.#ends.find(
      (line) => line.slotMs === slotMs && line.attempt === attempt && line.host === host,
    )
    const words = wordsOf([run])
    const say = (what: string) =>
      this.#complain(`slot ${instant(slotMs)} on ${host}: the agents tell ${words}, ${what}`)
    if (run.token !== start.token) say(`with token ${run.token}, but its process got ${start.token}`)
    if (run.startedAt !== null && Math.abs(Date.parse(run.startedAt) - atMs) > recordSlackMs)
      say(`with a start at ${run.startedAt}, but it began at ${new Date(atMs).toISOString()}`)
    switch (run.state) {
      case 'succeeded':
        if (end === undefined) say('but it never came to its end')
        break
      case 'lost':
      case 'unknown':
        if (excuse === null) say('without any fault that explains it')
        else this.#excused.push(`${this.#job.name}: slot ${instant(slotMs)} is ${words}: ${excuse}`)
        break
      case 'cancelled':
      case 'failed':
        // A command of a test fails by being ended only.
        if (excuse === null || end !== undefined) say('without any fault that explains it')
        break
      case 'missed':
      case 'skipped':
        say('but it ran')
        break
      case 'running':
        say('long after it ended')
        break
    }
  }

  /** Believes no id: the slots that have no excuse must each find a start of their own by time. */
  #checkByTime(): void {
    const { startDeadlineMs } = this.#job
    const owed = this.#owed.toSorted((left, right) => left - right)
    const targets = owed.map((slotMs) => ({
      fromMs: slotMs - clockErrorMs,
      toMs: slotMs + startDeadlineMs + slackMs,
    }))
    const { assignment } = matchInTime(
      targets,
      this.#starts.map(({ atMs }) => atMs),
    )
    for (const [i, slotMs] of owed.entries())
      if (assignment[i] === null)
        this.#complain(`by time alone, no start is left for slot ${instant(slotMs)}`)
  }

  /** Whether a run of an earlier slot was under way at this one. */
  #wasBusy(slotMs: number): boolean {
    return this.#starts.some((start) => {
      if (start.slotMs >= slotMs || start.atMs > slotMs + slackMs) return false
      const end = this.#ends.find((line) => line.slotMs === start.slotMs && line.attempt === start.attempt)
      return end === undefined || end.atMs + finishMs > slotMs
    })
  }

  #complain(text: string): void {
    this.#complaints.push(`${this.#job.name}: ${text}`)
  }
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString()
}
