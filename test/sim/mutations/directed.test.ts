// Every fault of the protocol, planted in the core, is caught by the directed test that is named beside it.
import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Caught } from './catch-mutants.ts'
import { protocolMutations } from './protocol-mutations.ts'

test('every planted fault of the protocol is caught by its directed test', async () => {
  const script = path.join(import.meta.dirname, 'catch-mutants.ts')
  const child = spawn(process.execPath, [script, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const caught = JSON.parse(await text(child.stdout)) as readonly Caught[]
  const missed = caught.filter(({ by, broken }) => by === null || broken !== null)
  expect(missed).toEqual([])
  expect(caught.map(({ name }) => name)).toEqual(protocolMutations.map(({ name }) => name))
}, 300_000)
