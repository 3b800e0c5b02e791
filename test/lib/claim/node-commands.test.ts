// Who goes, goes when nothing depends on it any more: its own runs it knows best itself.
import { beforeEach, expect, test } from 'vitest'
import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import type { NodeState } from '../../../lib/catalog/node-state.ts'
import type { Claims } from '../../../lib/claim/claims.ts'
import { NodeCommands } from '../../../lib/claim/node-commands.ts'
import { Roster } from '../../../lib/membership/roster.ts'

const [a, b] = [nodeId('a'), nodeId('b')]
const clock = { nowMs: 1_000, wallMs: 1_000, clusterMs: 1_000 }

let roster: Roster
let heldRuns: number
let left: NodeId[]

/** One agent's commands; what they decide all know at once. */
function commandsOf(self: NodeId, isWitness: boolean): NodeCommands {
  const claims = {
    isWitness,
    canReplaceWitness: () => true,
    configuration: { members: [{ nodeId: a }] },
  } as unknown as Claims
  return new NodeCommands({
    self,
    roster,
    claims,
    writeState: (node: NodeId, state: NodeState) => void roster.setState(node, state),
    writePause: () => undefined,
    pause: () => null,
    heldRuns: () => heldRuns,
    refusePeers: () => undefined,
    releaseWaiting: () => undefined,
    left: () => left.push(self),
  })
}

beforeEach(() => {
  roster = new Roster(a)
  heldRuns = 1
  left = []
})

test('an agent that leaves is removed when its runs are over, by itself, also after a restart', () => {
  const witness = commandsOf(a, true)
  commandsOf(b, false).carryOut({ kind: 'leave' }, 'ann', clock)
  const leaving = commandsOf(b, false)
  for (const commands of [witness, leaving, witness]) commands.onTick()
  expect(roster.stateOf(b)).toBe('leaving')
  heldRuns = 0
  for (const commands of [witness, leaving, leaving]) commands.onTick()
  expect(roster.stateOf(b)).toBe('removed')
  expect(left).toEqual([b])
})

test('one that a person removes is removed by a witness, whatever it holds', () => {
  roster.setState(b, 'removing')
  commandsOf(b, false).onTick()
  expect(roster.stateOf(b)).toBe('removing')
  commandsOf(a, true).onTick()
  expect(roster.stateOf(b)).toBe('removed')
})
