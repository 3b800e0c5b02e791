// Every danger that real agents are tried on, in the order in which `npm run chaos` plays them.
import { wrongClocks } from './clocks.ts'
import { clonedDisk, failedSync, rolledBackWitness, snapshotOfRunningWitness, wipedWitness } from './disks.ts'
import {
  killedAgainAndAgain,
  killedAtEveryPoint,
  killedBeforeExecMark,
  killedBeforeExitMark,
  killedBeforeIntent,
  killedBeforeSpawn,
} from './kills.ts'
import { drained, growth, left, recovered, removed } from './members.ts'
import { allAway, rollingRestart, thousandSlots } from './outages.ts'
import { bridge, cutAtTheSlot, deafHost, lostAccepts } from './partitions.ts'
import { awayForLongerThanItsSession, pausedForThreeSessions, restartedUnderItsRun } from './pauses.ts'
import type { Scenario } from './scenario.ts'

export const allScenarios: readonly Scenario[] = [
  cutAtTheSlot,
  bridge,
  deafHost,
  lostAccepts,
  killedBeforeIntent,
  killedBeforeExecMark,
  killedBeforeSpawn,
  killedBeforeExitMark,
  killedAtEveryPoint,
  killedAgainAndAgain,
  pausedForThreeSessions,
  restartedUnderItsRun,
  awayForLongerThanItsSession,
  rollingRestart,
  allAway,
  thousandSlots,
  failedSync,
  wipedWitness,
  rolledBackWitness,
  snapshotOfRunningWitness,
  clonedDisk,
  wrongClocks,
  growth,
  drained,
  left,
  removed,
  recovered,
]
