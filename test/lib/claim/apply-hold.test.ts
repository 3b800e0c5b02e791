import { describe, expect, test } from 'vitest'
import { nodeId, sessionId } from '../../../lib/base/ids.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import { instanceRegisterKey, parseInstanceKey } from '../../../lib/claim/apply-hold.ts'
import type { Change } from '../../../lib/claim/change.ts'
import type { Register } from '../../../lib/claim/register.ts'

const [a, b] = [nodeId('a'), nodeId('b')]
const sessionOf = (node: typeof a, k = 1) => sessionId({ nodeId: node, bootNo: 1, k })
const context = { nowMs: 0, facts: null }

const hold = (node: typeof a, k = 1, isGuarded = false): Change => ({
  kind: 'hold',
  node,
  isGuarded,
  session: sessionOf(node, k),
  revision: '1:a:b',
})

function after(...changes: readonly Change[]): { value: Register; answers: string[] } {
  let value: Register | null = null
  const answers: string[] = []
  for (const change of changes) {
    const applied = applyChange(value, change, context)
    value = applied.value
    answers.push(applied.answer.kind === 'refused' ? applied.answer.because : applied.answer.kind)
  }
  return { value: value!, answers }
}

describe('the register of an instance', () => {
  test('is held by the first who asks, and by nobody else', () => {
    const { value, answers } = after(hold(a), hold(b))
    expect(answers).toEqual(['holds', 'held'])
    expect(value.holder).toMatchObject({ node: a, session: sessionOf(a), token: 1 })
  })

  test('moves into a later session of its holder, with the same token, and never back', () => {
    const { value, answers } = after(hold(a, 2), hold(a, 3), hold(a, 1))
    expect(answers).toEqual(['holds', 'holds', 'holds'])
    expect(value.holder).toMatchObject({ node: a, session: sessionOf(a, 3), token: 1 })
  })

  test('that was given back is held under a higher token', () => {
    const { value } = after(hold(a), { kind: 'yield', token: 1 }, hold(b))
    expect(value.holder).toMatchObject({ node: b, session: sessionOf(b), token: 2 })
  })

  test('is given back by whoever holds it now only', () => {
    const { value, answers } = after(hold(a), { kind: 'yield', token: 1 }, hold(b), {
      kind: 'yield',
      token: 1,
    })
    expect(answers.at(-1)).toBe('no-such-entry')
    expect(value.holder?.node).toBe(b)
  })

  test('is taken only in the session that is certified dead', () => {
    const dead: Change = { kind: 'take', token: 1, session: sessionOf(a, 1) }
    expect(after(hold(a, 1), dead).value.holder).toBeNull()
    const adopted = after(hold(a, 1), hold(a, 2), dead)
    expect(adopted.answers.at(-1)).toBe('no-such-entry')
    expect(adopted.value.holder?.node).toBe(a)
  })

  test('says whether what runs is guarded, as its holder said last in its latest session', () => {
    expect(after(hold(a, 1), hold(a, 1, true)).value.holder?.isGuarded).toBe(true)
    expect(after(hold(a, 1, true), hold(a, 1, false)).value.holder?.isGuarded).toBe(false)
    expect(after(hold(a, 2, true), hold(a, 1, false)).value.holder?.isGuarded).toBe(true)
  })

  test('does nothing the second time it is asked', () => {
    const { value } = after(hold(a), hold(a))
    expect(value.version).toBe(1)
  })
})

test('the key of a register tells service and number, and no job has such a one', () => {
  expect(parseInstanceKey(instanceRegisterKey('shop.web', 12))).toEqual({ service: 'shop.web', number: 12 })
  expect(parseInstanceKey('shop.web')).toBeNull()
})
