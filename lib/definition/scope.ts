// The names that a file's jobs may use: nodes, pools, calendars, variables and a time zone. Those
// of MASTER are seen by every category, those of another category by itself only.

import type { Exclusion } from '../schedule/exclusion.ts'
import type { NodeChoice } from './job-definition.ts'
import type { TextMap } from './value-kinds.ts'

export type PoolDefinition = {
  readonly name: string
  readonly nodes: NodeChoice
  /** Active runs on one of its nodes at a time, counted under the name of its category and its own; null = no bound. */
  readonly bound: { readonly pool: string; readonly maxRunning: number } | null
}

export type Scope = {
  /** What agents a node's name stands for: its name and its hostname. */
  readonly nodes: ReadonlyMap<string, readonly string[]>
  readonly pools: ReadonlyMap<string, PoolDefinition>
  readonly calendars: ReadonlyMap<string, readonly Exclusion[]>
  readonly commandContext: TextMap
  readonly timeZone: string | null
  /** Written for Tron: missed slots are made up for as Tron does. */
  readonly isTron: boolean
}

/** What the category MASTER gives to all others. */
export type MasterScope = Scope

export const emptyScope: Scope = {
  nodes: new Map(),
  pools: new Map(),
  calendars: new Map(),
  commandContext: {},
  timeZone: null,
  isTron: false,
}

/** The nearer scope's names over MASTER's. */
export function joinScopes(own: Scope, master: MasterScope | null): Scope {
  if (master === null) return own
  // A name means one thing: a node of the file hides a pool of MASTER, and the other way round.
  const hidden = (name: string) => own.nodes.has(name) || own.pools.has(name)
  return {
    nodes: new Map([...[...master.nodes].filter(([name]) => !hidden(name)), ...own.nodes]),
    pools: new Map([...[...master.pools].filter(([name]) => !hidden(name)), ...own.pools]),
    calendars: new Map([...master.calendars, ...own.calendars]),
    commandContext: { ...master.commandContext, ...own.commandContext },
    timeZone: own.timeZone ?? master.timeZone,
    isTron: own.isTron || master.isTron,
  }
}
