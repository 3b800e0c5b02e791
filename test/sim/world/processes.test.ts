// What simulated processes do when their agent, or the machine under them, dies.
import { expect, test } from 'vitest'
import { Random } from '../../../lib/base/random.ts'
import type { Adopt, Spawn } from '../../../lib/run/effect.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import { HostClock } from './host-clock.ts'
import { Observers } from './observation.ts'
import { parseBehaviour, Processes } from './processes.ts'
import { Timeline } from './timeline.ts'

function setUp(options: { readonly seed?: string; readonly spawnFailChance?: number } = {}) {
  const timeline = new Timeline(1_000_000)
  const clock = new HostClock({ rate: 1, steadyZeroMs: 0, wallOffsetMs: 500 }, timeline.nowMs)
  const processes = new Processes({
    host: 'a',
    clock,
    timeline,
    random: new Random(options.seed ?? '1'),
    observers: new Observers(),
    spawnFailChance: options.spawnFailChance ?? 0,
  })
  const heard: ProcessEvent[] = []
  processes.watch((event) => heard.push(event))
  return { timeline, processes, heard, kinds: () => heard.map((event) => event.kind) }
}

const spawn = (process: string, command: string): Spawn => ({
  kind: 'spawn',
  process,
  command,
  environment: {},
  startByMs: null,
  lease: null,
})
const adopt = (process: string): Adopt => ({ kind: 'adopt', process, isLeased: false })

test('a process starts, ends with its code, and its agent hears of both by its own wall clock', () => {
  const { processes, timeline, heard } = setUp()
  processes.spawn(spawn('p', 'work 100..100'))
  timeline.runUntil(1_002_000)
  expect(heard).toMatchObject([
    { kind: 'spawned', process: 'p' },
    { kind: 'child-exited', process: 'p', exit: { kind: 'code', code: 0 } },
  ])
  const exited = heard[1] as Extract<ProcessEvent, { kind: 'child-exited' }>
  expect(exited.startedAtMs).toBeGreaterThanOrEqual(1_000_500)
  expect(exited.endedAtMs - exited.startedAtMs).toBe(100)
})

test('it outlives its agent, and the next one adopts it', () => {
  const { processes, timeline } = setUp()
  processes.spawn(spawn('p', 'work 1000'))
  timeline.runUntil(1_000_500)
  processes.unwatch()
  const heard: string[] = []
  processes.watch((event) => heard.push(event.kind))
  timeline.runUntil(1_000_600)
  processes.adopt(adopt('p'))
  timeline.runUntil(1_005_000)
  expect(heard).toEqual(['child-adopted', 'child-exited'])
})

test('its end is noted while no agent runs', () => {
  const { processes, timeline } = setUp()
  processes.spawn(spawn('p', 'work 1000'))
  timeline.runUntil(1_000_500)
  processes.unwatch()
  timeline.runUntil(1_003_000)
  const heard: string[] = []
  processes.watch((event) => heard.push(event.kind))
  processes.adopt(adopt('p'))
  timeline.runUntil(1_004_000)
  expect(heard).toEqual(['child-exited'])
})

test('a power cut ends it without a note, and nobody can say how', () => {
  const { processes, timeline } = setUp()
  processes.spawn(spawn('p', 'work 1000'))
  timeline.runUntil(1_000_500)
  processes.losePower()
  expect(processes.running()).toBe(0)
  const heard: string[] = []
  processes.watch((event) => heard.push(event.kind))
  processes.adopt(adopt('p'))
  processes.adopt(adopt('never started'))
  timeline.runUntil(1_010_000)
  expect(heard).toEqual(['child-gone', 'child-gone'])
})

test('what an agent asked for as it died starts sometimes, and sometimes not', () => {
  const started = new Set<number>()
  for (let seed = 0; seed < 20; seed++) {
    const { processes, timeline } = setUp({ seed: String(seed) })
    processes.spawn(spawn('p', 'work 1000'))
    processes.unwatch()
    timeline.runUntil(1_000_100)
    started.add(processes.running())
  }
  expect(started).toEqual(new Set([0, 1]))
})

test('SIGTERM ends what is not stubborn, SIGKILL ends all', () => {
  const { processes, timeline, heard } = setUp()
  processes.spawn(spawn('soft', 'work 60000'))
  processes.spawn(spawn('hard', 'work 60000 stubborn'))
  timeline.runUntil(1_000_100)
  for (const process of ['soft', 'hard']) processes.signal({ kind: 'signal', process, signal: 'SIGTERM' })
  timeline.runUntil(1_001_000)
  expect(processes.running()).toBe(1)
  processes.signal({ kind: 'signal', process: 'hard', signal: 'SIGKILL' })
  timeline.runUntil(1_002_000)
  expect(heard.slice(2)).toMatchObject([
    { process: 'soft', exit: { kind: 'signal', signal: 'SIGTERM' } },
    { process: 'hard', exit: { kind: 'signal', signal: 'SIGKILL' } },
  ])
})

test('a machine that refuses to start a process says so', () => {
  const { processes, timeline, kinds } = setUp({ spawnFailChance: 1 })
  processes.spawn(spawn('p', 'work 1000'))
  timeline.runUntil(1_000_100)
  expect(kinds()).toEqual(['spawn-failed'])
})

test('a command says how it behaves, and nothing else is accepted', () => {
  expect(parseBehaviour('work 300..900 fail 0.1 stubborn')).toMatchObject({
    kind: 'work',
    lowMs: 300,
    highMs: 900,
    failChance: 0.1,
    isStubborn: true,
  })
  expect(parseBehaviour('work 5')).toMatchObject({ lowMs: 5, highMs: 5, failChance: 0, isStubborn: false })
  expect(parseBehaviour('daemon /run/a.pid 7')).toMatchObject({
    kind: 'daemon',
    pidFile: '/run/a.pid',
    lowMs: 7,
  })
  expect(() => parseBehaviour('sleep 1')).toThrow(/expected work/)
})
