// What a register does with an action of a run on a node of its own, rule by rule.

import { beforeEach, describe, expect, test } from 'vitest'
import { assert } from '../../../lib/base/assert.ts'
import { nodeId, opId, sessionId, type NodeId } from '../../../lib/base/ids.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import type { Answer, Change, JobFacts } from '../../../lib/claim/change.ts'
import { RECOVERY_TOKENS } from '../../../lib/claim/configuration.ts'
import { childUnit, type ChildOf, type Register } from '../../../lib/claim/register.ts'

const SECOND = 1_000
const [a, b] = [nodeId('a'), nodeId('b')]
const session = (node: NodeId) => sessionId({ nodeId: node, bootNo: 1, k: 1 })

const plain: JobFacts = {
  incarnation: 1,
  revision: '1:a:x',
  effectiveFromMs: 0,
  overlap: 'queue',
  startDeadlineMs: 5 * SECOND,
  isExclusive: false,
  rerun: null,
  count: 1,
  isConstant: false,
  isOnce: false,
  catchUpKeepsNewest: false,
  due: () => ({ range: null, slots: [] }),
  hasSlot: () => true,
}
const rerun = { attemptsMax: 2, lockDelayMs: 0 }

let value: Register | null
let facts: JobFacts | null
/** The run that holds the first token. */
let upload: ChildOf

function at(nowMs: number, change: Change): Answer {
  const applied = applyChange(value, change, { nowMs, facts })
  value = applied.value
  return applied.answer
}

function claim(nowMs: number, node: NodeId, unit: string): Answer {
  const slotMs = unit.startsWith('s') ? Number(unit.slice(1)) : 1_000
  const slot = { slotMs, label: `L${slotMs}`, startByMs: slotMs + 5 * SECOND }
  const operation = opId(`${node} ${unit} ${nowMs}`)
  return at(nowMs, {
    kind: 'claim',
    opId: operation,
    node,
    session: session(node),
    incarnation: 1,
    revision: '1:a:x',
    unit,
    slot,
  })
}

const ask = (nowMs: number, child = upload, avoid: NodeId | null = null) =>
  at(nowMs, { kind: 'child', child, avoid })
const finish = (nowMs: number, token: number) =>
  at(nowMs, { kind: 'finish', token, outcome: { kind: 'succeeded' } })
const lose = (nowMs: number, token: number, node: NodeId) =>
  at(nowMs, { kind: 'lose', token, session: session(node), certifiedForMs: 60 * SECOND })

function tokenOf(answer: Answer): number {
  assert(answer.kind === 'granted', `granted, not ${answer.kind}`)
  return answer.entry.token
}

const because = (answer: Answer) => (answer.kind === 'refused' ? answer.because : answer.kind)

beforeEach(() => {
  value = null
  facts = plain
  const token = tokenOf(claim(1_000, a, 's1000'))
  upload = { token, unit: 's1000', node: a, action: 'upload', tried: 1, on: null }
})

describe('an action of a run on a node of its own', () => {
  test('waits like a slot until a node claims it, and is granted once', () => {
    expect(ask(2_000)).toEqual({ kind: 'child', state: { kind: 'pending' } })
    const token = tokenOf(claim(2_100, b, childUnit(upload)))
    expect(token).toBeGreaterThan(upload.token)
    expect(because(claim(2_200, a, childUnit(upload)))).toBe('taken')
    expect(ask(2_300)).toMatchObject({
      state: { kind: 'live', entry: { node: b, token, run: upload.token } },
    })
  })

  test('is told to its run however often it asks, with how the attempt ended', () => {
    ask(2_000)
    const token = tokenOf(claim(2_100, b, childUnit(upload)))
    const attempt = { kind: 'exited', startedAtMs: 1, endedAtMs: 2, exit: { kind: 'code', code: 3 } } as const
    at(3_000, { kind: 'finish', token, outcome: { kind: 'failed', why: 'exited with 3' }, attempt })
    const end = { tried: 1, attempt: { ...attempt, node: b } }
    for (const nowMs of [3_100, 3_200])
      expect(ask(nowMs)).toEqual({ kind: 'child', state: { kind: 'ended', end } })
    expect(value).toMatchObject({ live: [{ token: upload.token }], pending: [] })
    expect(value?.last).toBeUndefined()
  })

  test('of a further try is another claim, which who failed leaves to the others', () => {
    ask(2_000)
    finish(2_500, tokenOf(claim(2_100, b, childUnit(upload))))
    const second = { ...upload, tried: 2 }
    expect(ask(3_000, second, b)).toEqual({ kind: 'child', state: { kind: 'pending' } })
    expect(value?.pending).toMatchObject([{ unit: childUnit(second), releasedBy: b }])
  })

  test('is no run of the job: it makes no slot wait and no job done', () => {
    facts = { ...plain, overlap: 'allow', isOnce: true }
    ask(2_000)
    finish(2_500, tokenOf(claim(2_100, b, childUnit(upload))))
    expect(value?.cursor.isDone).toBeUndefined()
    expect(value?.untold).toEqual([])
    ask(2_600, { ...upload, action: 'check' })
    expect(claim(2_700, a, 's3000').kind).toBe('granted')
  })

  test('that nobody takes in time did not start', () => {
    ask(2_000)
    at(8_000, { kind: 'expire', unit: childUnit(upload), startByMs: 7_000 })
    expect(ask(8_100)).toMatchObject({
      state: { kind: 'ended', end: { attempt: { kind: 'failed-to-start' } } },
    })
    expect(value?.untold).toEqual([])
  })

  test('that was not started waits for others again', () => {
    ask(2_000)
    claim(2_100, b, childUnit(upload))
    at(2_200, { kind: 'release', opId: opId(`b ${childUnit(upload)} 2100`), node: b })
    expect(value?.pending).toMatchObject([{ unit: childUnit(upload), child: upload, releasedBy: b }])
  })

  test('is recalled while it waits, and not when somebody has it', () => {
    ask(2_000)
    expect(at(2_100, { kind: 'recall', child: upload })).toMatchObject({ state: { kind: 'ended' } })
    const second = { ...upload, tried: 2 }
    ask(2_200, second)
    claim(2_300, b, childUnit(second))
    expect(at(2_400, { kind: 'recall', child: second })).toMatchObject({ state: { kind: 'live' } })
    // What was never asked for will not be.
    const third = { ...upload, tried: 3 }
    expect(at(2_500, { kind: 'recall', child: third })).toMatchObject({ state: { kind: 'ended' } })
    expect(ask(2_600, third)).toMatchObject({ state: { kind: 'ended' } })
  })

  test('is not asked for again where a majority of disks was lost, for it may have started', () => {
    value = { ...value!, token: value!.token + RECOVERY_TOKENS }
    expect(ask(2_000)).toMatchObject({ state: { kind: 'ended', end: { attempt: { kind: 'unknown' } } } })
  })

  test('is refused where its job was removed or created anew', () => {
    facts = { ...plain, incarnation: 2 }
    expect(because(ask(2_000))).toBe('gone')
    facts = null
    expect(because(ask(2_000))).toBe('gone')
  })
})

describe('when a node is lost', () => {
  test('that runs the action, its run is told', () => {
    ask(2_000)
    lose(30_000, tokenOf(claim(2_100, b, childUnit(upload))), b)
    expect(ask(30_100)).toMatchObject({
      state: { kind: 'ended', end: { attempt: { kind: 'unknown', isLost: true, node: b } } },
    })
  })

  test('that holds the run, what waits of it is dropped, and nobody may ask for more', () => {
    ask(2_000)
    lose(30_000, upload.token, a)
    expect(value).toMatchObject({ live: [], pending: [] })
    expect(ask(30_100)).toMatchObject({
      state: { kind: 'ended', end: { attempt: { kind: 'failed-to-start' } } },
    })
    expect(because(ask(30_100, { ...upload, tried: 2 }))).toBe('no-such-entry')
    expect(value).toMatchObject({ live: [], pending: [] })
  })

  test('that holds the run and comes back, it is told how its action has ended: before the loss, or after', () => {
    ask(2_000)
    const token = tokenOf(claim(2_100, b, childUnit(upload)))
    const exit = { kind: 'code', code: 0 } as const
    const attempt = { kind: 'exited', startedAtMs: 1, endedAtMs: 2, exit } as const
    const ends = (nowMs: number) =>
      at(nowMs, { kind: 'finish', token, outcome: { kind: 'succeeded' }, attempt })
    const after = value
    ends(3_000)
    lose(30_000, upload.token, a)
    const ended = { kind: 'ended', end: { attempt: { kind: 'exited', node: b } } }
    expect(ask(30_100)).toMatchObject({ state: ended })
    value = after
    lose(30_000, upload.token, a)
    expect(ask(30_100)).toMatchObject({ state: { kind: 'live', entry: { token, node: b } } })
    ends(31_000)
    expect(ask(31_100)).toMatchObject({ state: ended })
    expect(at(31_200, { kind: 'recall', child: upload })).toMatchObject({ state: ended })
  })

  test('that holds the run, no other run of the job begins while an action of it runs elsewhere', () => {
    ask(2_000)
    const token = tokenOf(claim(2_100, b, childUnit(upload)))
    lose(30_000, upload.token, a)
    expect(claim(30_100, a, 's30000').kind).toBe('queued')
    expect(value?.live).toMatchObject([{ token }])
    finish(31_000, token)
    expect(value?.pending).toMatchObject([{ unit: 's30000' }])
  })

  test('that holds a run which is to start again, what runs of it elsewhere is to end first', () => {
    facts = { ...plain, overlap: 'allow', rerun }
    value = { ...value!, live: value!.live.map((entry) => ({ ...entry, isLeased: true })) }
    ask(2_000)
    const token = tokenOf(claim(2_100, b, childUnit(upload)))
    lose(30_000, upload.token, a)
    expect(value?.live).toMatchObject([{ token, isReplaced: true }])
    expect(because(claim(30_100, b, 's1000'))).toBe('busy')
    finish(31_000, token)
    expect(claim(31_100, b, 's1000')).toMatchObject({ kind: 'granted', entry: { attempt: 2 } })
  })
})

test('by hand what waits of a job is given up, but no action of a run that has begun', () => {
  ask(2_000)
  expect(at(2_100, { kind: 'drop' })).toEqual({ kind: 'dropped', count: 0 })
  expect(value?.pending).toHaveLength(1)
})
