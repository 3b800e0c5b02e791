// The quick check of I3 against a search through all orders: what the search refuses, the checker refuses.
import { describe, expect, test } from 'vitest'
import { Random } from '../../../lib/base/random.ts'
import type { Register } from '../../../lib/claim/register.ts'
import { a, b, ballot, c, HandMadeHistory, register } from './hand-made-history.ts'
import { isLinearizable, type Operation } from './linear-search.ts'

type Moment = { readonly at: number; readonly happen: () => void }

const textOf = ({ version, manual }: Register): string => `${version} ${manual.recent.join()}`

/** A few changes and reads at once, by proposers of which some see an older value than they should. */
function randomHistory(
  seed: number,
  staleChance: number,
): { readonly isRight: boolean; readonly found: string | null } {
  const random = new Random(`linear ${seed}`)
  const history = new HandMadeHistory()
  const operations: Operation[] = []
  const values = [register({ version: 1 })]
  history.accepts([a, b, c], ballot(1), values[0]!)
  const count = random.between(2, 7)
  // Ballots follow the order in which the attempts reach the witnesses.
  const spans = Array.from({ length: count }, () =>
    [random.fraction(), random.fraction(), random.fraction()].toSorted((left, right) => left - right),
  ).toSorted((left, right) => left[1]! - right[1]!)
  const moments = spans.flatMap(([invokedAt, appliedAt, returnedAt], index): Moment[] => {
    const at = ballot(index + 2)
    const from = random.pick([a, b, c])
    const isAnswered = random.chance(0.8)
    let made = values[0]!
    return [
      { at: invokedAt!, happen: () => history.asks(from, at) },
      {
        at: appliedAt!,
        happen: () => {
          const seen = random.chance(staleChance) ? random.pick(values) : values.at(-1)!
          const isChange = random.chance(0.7)
          made = isChange
            ? { ...seen, version: seen.version + 1, manual: { count: 0, recent: [`change ${index}`] } }
            : seen
          values.push(made)
          history.accepts(
            random.pick([
              [a, b],
              [b, c],
              [a, b, c],
            ]),
            at,
            made,
          )
          operations.push({
            invokedAt: invokedAt!,
            returnedAt: isAnswered ? returnedAt! : Infinity,
            saw: textOf(seen),
            left: textOf(made),
          })
        },
      },
      { at: returnedAt!, happen: () => isAnswered && history.hearsAccepted(from, at, made, [a, b, c]) },
    ]
  })
  for (const { happen } of moments.toSorted((left, right) => left.at - right.at)) happen()
  return { isRight: isLinearizable(operations, textOf(values[0]!)), found: history.broken }
}

const seeds = Array.from({ length: 400 }, (_, index) => index + 1)

describe('the check that registers are linearizable', () => {
  test('finds nothing in registers whose every change sees the last one, and neither does the search', () => {
    for (const seed of seeds) expect(randomHistory(seed, 0)).toEqual({ isRight: true, found: null })
  })

  test('refuses whatever the search refuses', () => {
    const wrong = seeds.map((seed) => randomHistory(seed, 0.2)).filter(({ isRight }) => !isRight)
    expect(wrong.length).toBeGreaterThan(50)
    expect(wrong.filter(({ found }) => found !== 'I3')).toEqual([])
  })
})

describe('the search', () => {
  const write = (from: number, to: number, [saw, left]: [string, string]): Operation => ({
    invokedAt: from,
    returnedAt: to,
    saw,
    left,
  })

  test('takes an order that the answers did not come in', () => {
    expect(isLinearizable([write(0, 9, ['1', '2']), write(1, 2, ['0', '1'])], '0')).toBe(true)
  })

  test('refuses what was seen after it was overwritten', () => {
    expect(isLinearizable([write(0, 1, ['0', '1']), write(2, 3, ['0', '0'])], '0')).toBe(false)
  })

  test('lets what was never answered have happened, or not', () => {
    const unanswered = write(0, Infinity, ['0', '1'])
    expect(isLinearizable([unanswered, write(1, 2, ['1', '1'])], '0')).toBe(true)
    expect(isLinearizable([unanswered, write(1, 2, ['0', '0'])], '0')).toBe(true)
  })
})
