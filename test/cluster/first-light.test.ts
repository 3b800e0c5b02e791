// The first light in short: the demo tells the same story in full length.
import { expect, test } from 'vitest'
import { tellFirstLight } from './first-light.ts'

test(
  'three agents start every slot once, in time, on all three, whoever is killed',
  { timeout: 300_000 },
  async () => {
    const chapters: string[] = []
    const ending = await tellFirstLight({
      togetherMs: 7000,
      awayMs: 4000,
      againMs: 3000,
      onChapter: (text) => chapters.push(text),
      onRun: () => undefined,
    })
    expect(ending.faults).toEqual([])
    expect(ending.slots).toBeGreaterThan(12)
    expect([...ending.startsByNode.keys()].sort()).toEqual(['alpha', 'beta', 'gamma'])
    expect(ending.startsAfterReturn).toBeGreaterThan(0)
    expect(chapters).toHaveLength(5)
  },
)
