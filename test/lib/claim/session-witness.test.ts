// What one witness says of sessions: silence is a proof only when it is long enough, for each session by itself.

import { describe, expect, test } from 'vitest'
import { bootId, nodeId, sessionId, storageId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { SessionWitness } from '../../../lib/claim/session-witness.ts'

const node = nodeId('a')
const session = (bootNo: number, k = 1) => sessionId({ nodeId: node, bootNo, k })
const ttlMs = 2_000
const atStart = { nowMs: 0, promisedMs: 0 }

function freshSessions(): SessionWitness {
  return new SessionWitness({ ...defaultClaimSettings, sessionTtlMs: ttlMs }, atStart)
}

describe('a witness', () => {
  test('declares a session dead after a time to live without a renewal, and renews it no more', () => {
    const sessions = freshSessions()
    sessions.renew(session(1), 1_000)
    expect(sessions.isExpired(session(1), 1_000 + ttlMs)).toBe(false)
    expect(sessions.isExpired(session(1), 1_001 + ttlMs)).toBe(true)
    expect(sessions.renew(session(1), 1_002 + ttlMs)).toBe(false)
    expect(sessions.isExpired(session(1), 1_002 + ttlMs)).toBe(true)
  })

  test('keeps the old session of a node that restarted for its whole time', () => {
    const sessions = freshSessions()
    sessions.renew(session(1), 10_000)
    sessions.renew(session(2), 10_200)
    expect(sessions.isExpired(session(1), 10_300)).toBe(false)
    sessions.renew(session(2), 11_900)
    expect(sessions.isExpired(session(1), 10_000 + ttlMs)).toBe(false)
    expect(sessions.isExpired(session(1), 10_001 + ttlMs)).toBe(true)
    expect(sessions.isExpired(session(2), 10_001 + ttlMs)).toBe(false)
  })

  test('does not take the end of a session that it never heard of for the end of the one before', () => {
    const sessions = freshSessions()
    sessions.renew(session(1), 10_000)
    expect(sessions.isExpired(session(2), 10_100)).toBe(true)
    expect(sessions.isExpired(session(1), 10_100)).toBe(false)
    expect(sessions.isExpired(session(1), 10_001 + ttlMs)).toBe(true)
  })

  test('goes on saying that a session is dead, whatever its node does next', () => {
    const sessions = freshSessions()
    sessions.renew(session(1), 1_000)
    expect(sessions.isExpired(session(1), 5_000)).toBe(true)
    sessions.renew(session(1, 2), 5_100)
    sessions.renew(session(1, 3), 5_200)
    expect(sessions.isExpired(session(1), 5_300)).toBe(true)
    expect(sessions.newestOf(node)).toBe(session(1, 3))
  })

  test('takes no silence for a proof that its own restart or pause explains', () => {
    const sessions = freshSessions()
    sessions.admit(node, { bootNo: 1, bootId: bootId('x') })
    sessions.renew(session(1), 1_000)
    sessions.beginGrace(9_000)
    expect(sessions.isExpired(session(1), 9_000 + ttlMs)).toBe(false)
    expect(sessions.isExpired(session(1), 9_001 + ttlMs)).toBe(true)
  })

  test('keeps what it promised before its settings said less, and goes by them after that', () => {
    const settings = { ...defaultClaimSettings, sessionTtlMs: ttlMs }
    const sessions = new SessionWitness(settings, { nowMs: 0, promisedMs: 10_000 })
    expect(sessions.isExpired(session(1), 10_000)).toBe(false)
    expect(sessions.promisedMs).toBe(10_000)
    expect(sessions.isExpired(session(1), 10_001)).toBe(true)
    sessions.renew(session(2), 10_002)
    expect(sessions.promisedMs).toBe(ttlMs)
    expect(sessions.isExpired(session(2), 10_003 + ttlMs)).toBe(true)
  })

  test('keeps what the witnesses of the epoch before it promised', () => {
    const sessions = freshSessions()
    sessions.carry([], { nowMs: 1_000, promisedMs: 10_000 })
    expect(sessions.isExpired(session(1), 11_000)).toBe(false)
    expect(sessions.isExpired(session(1), 11_001)).toBe(true)
  })
})

describe('W4: a disk that was rolled back', () => {
  const disk = storageId('disk')

  test('goes less far than was seen of it, also for a witness that restarted meanwhile', () => {
    const sessions = new SessionWitness(defaultClaimSettings, atStart)
    sessions.admit(node, { bootNo: 1, bootId: bootId('one') })
    sessions.noteReached(node, { storageId: disk, position: 5, bootId: bootId('one') }, 1_000)
    expect(sessions.isRolledBack(node, { storageId: disk, position: 4, bootId: bootId('two') })).toBe(true)
    expect(sessions.isRolledBack(node, { storageId: disk, position: 5, bootId: bootId('three') })).toBe(false)
    const restarted = new SessionWitness(defaultClaimSettings, atStart)
    for (const [of, mark] of sessions.takeUnsaved()) restarted.restore(of, mark)
    expect(restarted.isRolledBack(node, { storageId: disk, position: 4, bootId: bootId('two') })).toBe(true)
  })

  test('is another one when its storage is new', () => {
    const sessions = new SessionWitness(defaultClaimSettings, atStart)
    sessions.noteReached(node, { storageId: disk, position: 5, bootId: bootId('one') }, 1_000)
    expect(
      sessions.isRolledBack(node, { storageId: storageId('a new disk'), position: 0, bootId: bootId('two') }),
    ).toBe(false)
  })

  test('is no other one because an old question of a sound boot arrives late', () => {
    const sessions = new SessionWitness(defaultClaimSettings, atStart)
    const asked = { storageId: disk, position: 5, bootId: bootId('two') }
    sessions.noteReached(node, { storageId: disk, position: 5, bootId: bootId('one') }, 1_000)
    expect(sessions.isRolledBack(node, asked)).toBe(false)
    sessions.noteReached(node, { storageId: disk, position: 9, bootId: bootId('two') }, 2_000)
    expect(sessions.isRolledBack(node, asked)).toBe(false)
    expect(sessions.isRolledBack(node, { ...asked, bootId: bootId('three') })).toBe(true)
  })

  test('is no other one because the first question of a boot arrives after its votes', () => {
    const sessions = new SessionWitness(defaultClaimSettings, atStart)
    sessions.admit(node, { bootNo: 1, bootId: bootId('one') })
    const note = (position: number, boot: string) =>
      sessions.noteReached(
        node,
        { storageId: disk, position, bootId: bootId(boot) },
        1_000 + 10_000 * position,
      )
    note(4, 'one')
    note(8, 'two')
    note(9, 'two')
    const late = { storageId: disk, position: 3, bootId: bootId('two') }
    expect(sessions.isRolledBack(node, late)).toBe(true)
    const restarted = new SessionWitness(defaultClaimSettings, atStart)
    for (const [of, mark] of sessions.takeUnsaved()) restarted.restore(of, mark)
    expect(restarted.isRolledBack(node, { ...late, position: 4 })).toBe(false)
    expect(sessions.isRolledBack(node, { ...late, position: 4 })).toBe(false)
    expect(sessions.isRolledBack(node, { ...late, position: 8, bootId: bootId('three') })).toBe(true)
  })

  test('does not lower what a witness had noted before its own restart', () => {
    const sessions = new SessionWitness(defaultClaimSettings, atStart)
    sessions.admit(node, { bootNo: 1, bootId: bootId('one') })
    sessions.noteReached(node, { storageId: disk, position: 9, bootId: bootId('one') }, 1_000)
    const restarted = new SessionWitness(defaultClaimSettings, atStart)
    for (const [of, mark] of sessions.takeUnsaved()) restarted.restore(of, mark)
    restarted.noteReached(node, { storageId: disk, position: 4, bootId: bootId('two') }, 20_000)
    const asked = { storageId: disk, position: 5, bootId: bootId('three') }
    expect(restarted.isRolledBack(node, asked)).toBe(true)
  })

  test('is noted on disk now and then, not at each word', () => {
    const sessions = new SessionWitness(defaultClaimSettings, atStart)
    sessions.admit(node, { bootNo: 1, bootId: bootId('one') })
    for (let position = 1; position <= 100; position++)
      sessions.noteReached(node, { storageId: disk, position, bootId: bootId('one') }, 1_000 + position)
    expect(sessions.takeUnsaved()).toMatchObject([[node, { reached: { position: 1 } }]])
    // Also where no vote follows.
    for (const atMs of [6_001, 7_000, 20_000])
      sessions.noteReached(node, { storageId: disk, position: 100, bootId: bootId('one') }, atMs)
    expect(sessions.takeUnsaved()).toMatchObject([[node, { reached: { position: 100 } }]])
    sessions.noteReached(node, { storageId: disk, position: 100, bootId: bootId('one') }, 30_000)
    expect(sessions.takeUnsaved()).toEqual([])
    sessions.noteReached(node, { storageId: disk, position: 200, bootId: bootId('one') }, 40_000)
    expect(sessions.takeUnsaved()).toMatchObject([[node, { reached: { position: 200 } }]])
  })
})
