// What may become of a run, an action and an attempt: every move of the tables and every move that they lack.

import { describe, expect, test } from 'vitest'
import {
  actionRunMachine,
  attemptMachine,
  jobRunMachine,
  moveRefusal,
  nextState,
  type Machine,
} from '../../../lib/run/machine.ts'

/** From each state, where each move leads. */
const runs = `
  waiting   start running, release releasing, end ended
  running   withdraw waiting, end ended
  releasing
  ended`
const actions = `
  waiting   start running, succeed succeeded, fail failed, block blocked, cancel cancelled, skip skipped
  running   withdraw waiting, succeed succeeded, fail failed, vanish unknown, delay delayed, cancel cancelled, skip skipped
  delayed   start running, succeed succeeded, fail failed, cancel cancelled, skip skipped, retry waiting
  succeeded fail failed, skip skipped, retry waiting
  failed    succeed succeeded, skip skipped, retry waiting
  unknown   succeed succeeded, fail failed, skip skipped, retry waiting
  blocked   succeed succeeded, fail failed, cancel cancelled, skip skipped, retry waiting
  cancelled succeed succeeded, fail failed, skip skipped, retry waiting
  skipped`
const attempts = `
  marked    spawn running, adopt running, exit exited, fail-to-start failed-to-start, vanish unknown, withdraw withdrawn
  running   spawn running, adopt running, exit exited, fail-to-start failed-to-start, vanish unknown
  exited
  failed-to-start
  unknown
  withdrawn`

function rows(text: string): Map<string, Map<string, string>> {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim())
  return new Map(
    lines.map((line) => {
      const [state = '', rest = ''] = line.split(/\s+(.*)/, 2)
      const moves = rest.split(', ').filter((word) => word !== '')
      return [state, new Map(moves.map((word) => word.split(' ') as [string, string]))]
    }),
  )
}

describe.each([
  ['run', jobRunMachine as Machine<string, string>, runs],
  ['action', actionRunMachine as Machine<string, string>, actions],
  ['attempt', attemptMachine as Machine<string, string>, attempts],
])('the machine of a %s', (noun, machine, text) => {
  const expected = rows(text)
  const moves = [...new Set([...expected.values()].flatMap((row) => [...row.keys()]))]

  test('has the states of its table', () => {
    expect(Object.keys(machine.moves).toSorted()).toEqual([...expected.keys()].toSorted())
  })

  test.each([...expected.keys()].flatMap((state) => moves.map((move) => [state, move] as const)))(
    'that is %s: %s',
    (state, move) => {
      const to = expected.get(state)!.get(move) ?? null
      expect(nextState(machine, state, move)).toBe(to)
      if (to !== null) return
      const refusal = moveRefusal(machine, state, move)
      expect(refusal).toContain(`${noun} is ${state}, and ${move} needs one that is `)
    },
  )
})
