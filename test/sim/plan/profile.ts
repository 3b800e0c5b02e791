// How large and how hard random seeds are.

export type Profile = {
  /** Few of the seeds are large. */
  readonly nodesMin: number
  readonly nodesMax: number
  readonly jobsMin: number
  readonly jobsMax: number
  /** How many starts a second the jobs of a seed ask for together, all nodes counted. */
  readonly startsPerSecond: readonly number[]
  readonly witnesses: readonly (1 | 3 | 5)[]
  readonly faultsMs: number
  /** After sixty seconds of healing: how long every slot must start. */
  readonly steadyMs: number
  readonly faultEveryMs: readonly number[]
  readonly clockStepMs: readonly number[]
  /** How many of the seeds edit definitions while faults happen. */
  readonly editChance: number
  /** In how many of the seeds a machine is lost, or its disk put back. */
  readonly disasterChance: number
  /** In how many of the seeds everybody may vote. */
  readonly growChance: number
}

export const profiles: Readonly<Record<string, Profile>> = {
  usual: {
    nodesMin: 5,
    nodesMax: 20,
    jobsMin: 5,
    jobsMax: 50,
    startsPerSecond: [0.8, 1.2, 1.5, 2],
    witnesses: [1, 3, 3, 3, 3, 3, 5, 5],
    faultsMs: 160_000,
    steadyMs: 32_000,
    faultEveryMs: [2_000, 6_000, 20_000],
    clockStepMs: [500],
    editChance: 0.3,
    disasterChance: 0.15,
    growChance: 0.3,
  },
  /** Three minutes of little clusters with much of everything: for a quick look, and for planted faults. */
  small: {
    nodesMin: 3,
    nodesMax: 7,
    jobsMin: 4,
    jobsMax: 12,
    startsPerSecond: [1.2, 2],
    witnesses: [1, 3, 3, 3, 5],
    faultsMs: 60_000,
    steadyMs: 20_000,
    faultEveryMs: [1_000, 1_500, 4_000],
    clockStepMs: [500, 3_600_000],
    editChance: 0.5,
    disasterChance: 0.4,
    growChance: 0.5,
  },
  hard: {
    nodesMin: 3,
    nodesMax: 9,
    jobsMin: 3,
    jobsMax: 20,
    startsPerSecond: [1.2, 2],
    witnesses: [3, 3, 5],
    faultsMs: 160_000,
    steadyMs: 32_000,
    faultEveryMs: [400, 1_000, 2_000],
    clockStepMs: [500, 20_000, 3_600_000],
    editChance: 0.5,
    disasterChance: 0.3,
    growChance: 0.5,
  },
}
