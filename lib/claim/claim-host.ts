// What the claims of one agent need of the node around them, and what they tell it: the
// stages to the right are known here as a handful of calls, and not otherwise.

import type { JobName, NodeId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { ClaimSettings } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import type { Hello } from '../membership/hello.ts'
import type { Roster } from '../membership/roster.ts'
import type { Answer, Change } from './change.ts'
import type { PlanTimer } from './claimant.ts'
import type { Configuration } from './configuration.ts'
import type { ElectorateTimer } from './electorate.ts'
import type { ClaimMessage, Digest, RegisterNews } from './message.ts'
import type { ProposerTimer } from './proposer.ts'
import type { Decision, Holder, LiveEntry } from './register.ts'
import type { RenewTimer } from './renewal.ts'
import type { ScheduledJob } from './scheduled-job.ts'
import type { SessionHolder } from './session-holder.ts'
import type { RunningRecord } from './vanished-runs.ts'
import type { TurnTimer } from './vote-turns.ts'

export type PartitionTimer = {
  readonly kind: 'partition-slot'
  readonly key: string
  readonly slotMs: number
}

export type ClaimTimer = ProposerTimer | PlanTimer | PartitionTimer | RenewTimer | TurnTimer | ElectorateTimer

/** One reading, with cluster time where a majority has told it. */
export type ClaimClock = {
  readonly nowMs: number
  readonly wallMs: number
  readonly clusterMs: number | null
}

/** What claims must know of services, whose instances have registers too (apply-hold.ts). */
export type InstanceHost = {
  /** The newest revision of the service behind a register; null when there is none. */
  revision(key: string): string | null
  /** Whether the instance is to be taken from this node once its session is certified dead. */
  mayTake(key: string, holder: Holder): boolean
  /** As a witness says, which is no proof. */
  onNews(news: RegisterNews): void
  settled(key: string, change: Change, answer: Answer): void
}

export type ClaimHost = {
  readonly self: Hello
  readonly foundWitnesses: number | null
  readonly settings: ClaimSettings
  readonly journal: Journal
  readonly random: Random
  readonly roster: Roster
  readonly session: SessionHolder
  /** Whether the definitions on this agent's disk are read: before, a job that is not there may only not be read yet. */
  isLoaded(): boolean
  job(key: string): ScheduledJob | undefined
  jobKeys(): Iterable<string>
  /** As an earlier revision had it; undefined when nobody has kept that. */
  definitionAt(job: JobName, revision: string): JobDefinition | undefined
  /** W6: the witnesses know a newer definition of what this register is of. */
  fetchDefinition(key: string): void
  readonly instances: InstanceHost
  send(to: NodeId, message: ClaimMessage): void
  gossip(digest: Digest): void
  setTimer(atMs: number, timer: ClaimTimer): void
  /** A claim of ours: the run is ours to start. With whose votes; nobody's where none is needed. */
  granted(
    job: ScheduledJob,
    entry: LiveEntry,
    at: { readonly clock: ClaimClock; readonly votes: readonly NodeId[] },
  ): void
  /** An answer to a change that was proposed from outside this stage. */
  settled(key: string, change: Change, answer: Answer, isLocal: boolean): void
  readonly ledger: {
    /** Decisions that the ledger may lack: recorded durably, they are told. */
    recordDecisions(
      key: string,
      decisions: readonly Decision[],
      at: { readonly atMs: number; readonly isLocal: boolean },
    ): void
    /** Whether the ledger, as far as it is known here, has a decision of a vote. */
    isRecorded(key: string, decision: Decision): boolean
    /** Runs that go on by a vote, as far as is known here. */
    running(): RunningRecord[]
    /** No register has it any more, and nobody told how it ended. */
    recordVanished(run: RunningRecord, atMs: number): void
    /** Slots of the job that are known to have run where no majority was in reach, the newest ones. */
    ranPartitioned(job: JobName): readonly number[]
  }
  /** Whether this agent holds any run of the job. */
  holdsRunOf(job: JobName): boolean
  /** Whether a run with this token is held. */
  knowsRun(job: JobName, token: number, isLocal: boolean): boolean
  /** How many runs this node holds at a time; null for no bound. */
  readonly maxRunning: number | null
  /** The job of each run that this node holds and that has not ended. */
  heldJobs(): Iterable<string>
  /** The next run replaces this one of ours: it is to end. */
  replaced(job: JobName, token: number, isLocal: boolean): void
  sessionBegan(): void
  /** The session lasts longer than was known. */
  sessionExtended(): void
  configured(configuration: Configuration): void
  /** This agent's memory cannot be believed: it votes and claims no more. */
  quarantined(why: string): void
}
