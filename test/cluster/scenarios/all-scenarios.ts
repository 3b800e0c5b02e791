// Every danger that real agents are tried on, in the order in which `npm run chaos` plays them.
import { wrongClocks } from './clocks.ts'
import {
  clonedDisk,
  failedSync,
  fullDisk,
  rolledBackWitness,
  snapshotOfRunningWitness,
  wipedWitness,
} from './disks.ts'
import {
  killedAgainAndAgain,
  killedAtEveryPoint,
  killedBeforeExecMark,
  killedBeforeExitMark,
  killedBeforeIntent,
  killedBeforeSpawn,
} from './kills.ts'
import { halfOpenLinks, slowLinks } from './links.ts'
import { drained, growth, left, recovered, removed, replacedByItself } from './members.ts'
import { allAway, rollingRestart, thousandSlots } from './outages.ts'
import { bridge, cutAtTheSlot, deafHost, lostAccepts } from './partitions.ts'
import { awayForLongerThanItsSession, pausedForThreeSessions, restartedUnderItsRun } from './pauses.ts'
import type { Scenario } from './scenario.ts'

export const allScenarios = ({ awayMs }: { readonly awayMs?: number }): readonly Scenario[] => [
  cutAtTheSlot,
  bridge,
  deafHost,
  lostAccepts,
  slowLinks,
  halfOpenLinks,
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
  allAway(awayMs),
  thousandSlots,
  failedSync,
  fullDisk,
  wipedWitness,
  rolledBackWitness,
  snapshotOfRunningWitness,
  clonedDisk,
  wrongClocks,
  growth,
  replacedByItself,
  drained,
  left,
  removed,
  recovered,
]
