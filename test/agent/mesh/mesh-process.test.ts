// The mesh beside a real process that hangs, floods and ends: what only signals can show.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { createClusterKey } from '../../../agent/mesh/identity.ts'
import type { PeerAddresses } from '../../../agent/mesh/mesh.ts'
import type { ChildOrder } from './mesh-child.ts'
import { closeTestMeshes, known, openTestMesh, until, untilAllUp } from './test-mesh.ts'

const children: ChildProcess[] = []

afterEach(async () => {
  await closeTestMeshes()
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

async function startChild(
  clusterKey: string,
  knownPeers: readonly PeerAddresses[],
): Promise<{ child: ChildProcess; id: NodeId; order: (order: ChildOrder) => void }> {
  // Node 22 before 22.18 reads TypeScript only when asked to.
  const execArgv = ['--experimental-strip-types', '--no-warnings']
  const child = fork(path.join(import.meta.dirname, 'mesh-child.ts'), { execArgv, stdio: 'inherit' })
  children.push(child)
  const order = (one: ChildOrder): void => void child.send(one)
  order({ kind: 'open', clusterKey, knownPeers })
  const [opened] = (await once(child, 'message')) as [{ nodeId: string }]
  return { child, id: nodeId(opened.nodeId), order }
}

test('a hung peer is down within 6 s, up again when it goes on', async () => {
  const clusterKey = createClusterKey()
  const node = await openTestMesh({ clusterKey })
  const { child, id } = await startChild(clusterKey, known(node))
  await until('the child is up', () => node.up.has(id))

  child.kill('SIGSTOP')
  const downAfterMs = await until('the hung child is down', () => !node.up.has(id))
  expect(downAfterMs).toBeGreaterThan(3000)
  expect(downAfterMs).toBeLessThan(6500)
  expect(node.mesh.send(id, 'nobody hears this')).toBe(false)

  child.kill('SIGCONT')
  await until('the child is up again', () => node.up.has(id), 4000)
  expect(node.mesh.send(id, 'again')).toBe(true)
  await until('the child answers', () => node.messages.some(({ message }) => message === 'again'), 2000)
})

test(
  'a full queue refuses, and what was taken before arrives in order once the peer reads again',
  { timeout: 60_000 },
  async () => {
    const clusterKey = createClusterKey()
    const node = await openTestMesh({ clusterKey })
    const { child, id } = await startChild(clusterKey, known(node))
    await until('the child is up', () => node.up.has(id))

    child.kill('SIGSTOP')
    const padding = 'x'.repeat(256 * 1024)
    let taken = 0
    while (node.mesh.send(id, { n: taken, padding })) {
      taken += 1
      expect(taken).toBeLessThan(1000)
      if (taken % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(taken).toBeGreaterThan(50)
    expect(node.mesh.peers()[0]?.queuedBytes).toBeGreaterThan(10_000_000)
    child.kill('SIGCONT')

    // Tens of megabytes there and back, on a machine that has other tests to run: the order matters, not the time.
    await until('all that was taken came back', () => node.messages.length >= taken, 30_000)
    const numbers = node.messages.map(({ message }) => (message as { n: number }).n)
    expect(numbers).toEqual(Array.from({ length: taken }, (_, n) => n))
    expect(node.downs).toEqual([])
    expect(node.mesh.send(id, 'small again')).toBe(true)
  },
)

test('nodes whose own event loop stood still for 7 s drop nobody', async () => {
  const clusterKey = createClusterKey()
  const first = await openTestMesh({ clusterKey })
  const second = await openTestMesh({ clusterKey, knownPeers: known(first) })
  await untilAllUp([first, second])
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7000)
  first.mesh.send(second.mesh.nodeId, 'after')
  await until('it came', () => second.messages.length === 1)
  // Two ticks later they would have noticed.
  await until('a ping came back', () => (first.mesh.peers()[0]?.rttMs ?? 7000) < 1000)
  expect([...first.downs, ...second.downs]).toEqual([])
})

test('a closed mesh leaves nothing behind that keeps the process', async () => {
  const clusterKey = createClusterKey()
  const node = await openTestMesh({ clusterKey })
  const { child, id, order } = await startChild(clusterKey, known(node))
  await until('the child is up', () => node.up.has(id))
  const exited = once(child, 'exit')
  order({ kind: 'close' })
  expect(await exited).toEqual([0, null])
  await until('its end is noticed at once', () => !node.up.has(id), 1000)
})
