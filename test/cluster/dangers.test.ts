// Five real agents on five hosts, and the shortest of the dangers that `npm run chaos` tries them on: all in one cluster,
// with one judgement of everything at the end.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { killedAtEveryPoint } from './scenarios/kills.ts'
import { cutAtTheSlot } from './scenarios/partitions.ts'
import { pausedForThreeSessions } from './scenarios/pauses.ts'
import { whyNoNetwork } from './world/host-network.ts'
import { judgeWorld } from './world/judge-world.ts'
import { World } from './world/world.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const whySkipped = whyNoNetwork()
if (whySkipped !== null) console.log(`Agents on hosts of their own are not tried: ${whySkipped}`)

describe('five agents on five hosts', () => {
  let world: World

  beforeAll(async () => {
    if (whySkipped === null) world = await World.open()
  })

  beforeEach(({ skip }) => skip(whySkipped !== null, whySkipped ?? ''))

  afterAll(async () => {
    if (whySkipped === null) await world.close()
  })

  test.each([cutAtTheSlot, killedAtEveryPoint, pausedForThreeSessions])('$name', async (danger) => {
    try {
      await expect(danger.play(world)).resolves.toBeUndefined()
    } finally {
      await world.recover()
    }
  })

  test('have run every slot once or said why not, all tell the same, and no trace of the faults is left', async () => {
    const { complaints, slots } = await judgeWorld(world)
    expect(complaints.length === 0 ? [] : [...complaints, world.lastWords()]).toEqual([])
    expect(slots).toBeGreaterThan(40)
  })
})
