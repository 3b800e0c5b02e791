// What a simulated disk keeps: the promises that the simulator's crashes rest on.
import { expect, test } from 'vitest'
import { Random } from '../../../lib/base/random.ts'
import { Disk } from './disk.ts'

const persist = (log: string, lines: string) => ({ kind: 'persist', log, lines }) as const

test('what was synced survives every crash', () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = new Disk()
    disk.write(persist('a', 'one\n'))
    disk.write(persist('b', 'two\n'))
    disk.sync()
    disk.write(persist('a', 'three\n'))
    disk.crash(new Random(String(seed)))
    expect(disk.read('a')).toMatch(/^one\n/)
    expect(disk.read('b')).toBe('two\n')
  }
})

test('of what was not synced any beginning survives, torn or whole', () => {
  const seen = new Set<string | null>()
  for (let seed = 0; seed < 300; seed++) {
    const disk = new Disk()
    disk.write(persist('a', 'xy\n'))
    disk.write(persist('a', 'z\n'))
    disk.crash(new Random(String(seed)))
    seen.add(disk.read('a'))
  }
  expect(seen).toEqual(new Set([null, 'x', 'xy', 'xy\n', 'xy\nz', 'xy\nz\n']))
})

test('a rewrite that was not synced is there or not, never half', () => {
  const seen = new Set<string | null>()
  for (let seed = 0; seed < 50; seed++) {
    const disk = new Disk()
    disk.write(persist('a', 'old\n'))
    disk.sync()
    disk.write({ kind: 'rewrite', log: 'a', lines: 'new\n' })
    disk.crash(new Random(String(seed)))
    seen.add(disk.read('a'))
  }
  expect(seen).toEqual(new Set(['new\n', 'old\n']))
})

test('an agent reads what it wrote before it is synced', () => {
  const disk = new Disk()
  disk.write(persist('a', 'one\n'))
  disk.write({ kind: 'truncate', log: 'a', lengthBytes: 2 })
  disk.write(persist('b', 'x\n'))
  disk.write({ kind: 'remove', log: 'b' })
  expect(disk.read('a')).toBe('on')
  expect(disk.names('')).toEqual(['a'])
})

test('an image is the disk as it was then', () => {
  const disk = new Disk()
  disk.write(persist('a', 'one\n'))
  disk.sync()
  const image = disk.image()
  disk.write(persist('a', 'two\n'))
  disk.sync()
  disk.restore(image)
  expect(disk.read('a')).toBe('one\n')
})
