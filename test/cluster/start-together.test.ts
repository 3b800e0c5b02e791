// Many actions that start together on one agent, in short; `npm run start-together` tells it with a thousand.
import { expect, test } from 'vitest'
import { startTogether } from './start-together.ts'

test(
  'actions that start together on one agent all end with their own exit codes and outputs',
  { timeout: 300_000 },
  async () => {
    expect(await startTogether({ count: 200, inMs: 3_000, onChapter: () => undefined })).toEqual([])
  },
)
