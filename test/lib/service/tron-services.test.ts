// Tron's services, row by row: each holds here, or stands in the table of deliberate differences with its reason.

import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { nextState, type InstanceChange, type InstanceState } from '../../../lib/service/instance-state.ts'
import { serviceState, type ServiceState } from '../../../lib/service/service-state.ts'
import { InstanceWorld } from './instance-world.ts'

const folder = path.resolve(import.meta.dirname, '../../../../shared/cases/tron')
const hasCases = fs.existsSync(folder)
if (!hasCases) console.info(`skipped: there are no cases in ${folder}`)

type Row = Readonly<Record<string, unknown>>

function rowsOf(file: string): Row[] {
  if (!hasCases) return []
  return (JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as { cases: Row[] }).cases
}

/** What a row is about, as its file words it. */
function nameOf(row: Row): string {
  return [row['fact'], row['given'], row['do']].filter((word) => typeof word === 'string').join('; ')
}

const state = (...states: InstanceState[]): ServiceState =>
  serviceState(states.map((each) => ({ state: each, isWanted: true })))

/** How each row that holds is shown to hold. */
const holds: Readonly<Record<string, () => void>> = {
  'monitor_interval falsy': () => {
    const world = new InstanceWorld({ monitorIntervalMs: null }).run(1_000)
    const { looks } = world
    expect(world.pass(600_000).looks).toBe(looks)
  },
  'hang check': () => {
    const world = new InstanceWorld({ monitorIntervalMs: 60_000 }).run(61_000)
    world.isDiskHanging = true
    world.pass(58_000 + 54_000)
    expect(world.state).toBe('up')
    expect(world.pass(8_000).state).toBe('unknown')
  },
  'no check in flight; monitor': () => {
    const world = new InstanceWorld().run(1_000)
    const { looks } = world
    expect(world.pass(10_000).looks).toBe(looks + 1)
  },
  'a check is still in flight; monitor': () => {
    const world = new InstanceWorld({ monitorIntervalMs: 1_000 }).run(1_000)
    world.isDiskHanging = true
    const { looks } = world.pass(1_000)
    expect(world.pass(5_000).looks).toBe(looks)
  },
  'check exits 0': () => expect(new InstanceWorld().run(1_000).pass(60_000).state).toBe('up'),
  "check's exit status lost": () => {
    const world = new InstanceWorld().run(1_000)
    world.file = { kind: 'unreadable', why: 'EIO' }
    world.die().pass(11_000)
    expect(world.state).toBe('unknown')
    const { looks } = world
    expect(world.pass(10_000).looks).toBe(looks + 1)
  },
  'exit event from an older, abandoned check': () => {
    const world = new InstanceWorld().run(1_000)
    world.isDiskHanging = true
    world.pass(30_000)
    expect(world.state).toBe('unknown')
    world.answerLook(1, { kind: 'missing' })
    expect(world.state).toBe('unknown')
  },
  'start command exits nonzero': () => {
    const world = new InstanceWorld()
    world.startExit = { kind: 'code', code: 1 }
    expect(world.run(500).state).toBe('up')
    expect(world.texts()).toContain('its command exited with 1')
  },
  'start command finished but state is no longer starting (e.g. stop asked meanwhile)': () => {
    const world = new InstanceWorld().run(5).stop(500)
    expect(world.state).toBe('down')
    expect(world.signals()).toContain('SIGTERM')
  },
  'stoppable state; stop': () => {
    const world = new InstanceWorld().run(1_000).stop(300)
    expect(world.signals()).toEqual(['SIGTERM'])
    const { looks } = world
    expect(world.pass(60_000).looks).toBe(looks)
  },
  'enable (tronctl start)': () => expect(new InstanceWorld().run(1_000).starts).toBe(1),
  'disable (tronctl stop)': () => {
    const world = new InstanceWorld().run(1_000).die().pass(11_000)
    expect(world.state).toBe('failed')
    expect(world.stop(60_000).starts).toBe(1)
    expect(world.state).toBe('down')
  },
  'restart_delay null': () => {
    const world = new InstanceWorld({ restartDelayMs: null }).run(1_000).die().pass(600_000)
    expect([world.state, world.starts]).toEqual(['failed', 1])
  },
  'repair already armed': () => {
    const world = new InstanceWorld({ monitorIntervalMs: 1_000, restartDelayMs: 5_000 }).run(1_000)
    expect(world.die().pass(8_000).starts).toBe(2)
  },
  'instance failed': () => {
    const world = new InstanceWorld().run(1_000).die().pass(11_000)
    expect(world.texts().at(-1)).toContain('failed')
    expect(world.pass(3_500).starts).toBe(2)
  },
  'saved enabled:true; daemon restart': () => {
    const world = new InstanceWorld().run(1_000).restartAgent().pass(1_000)
    expect([world.state, world.starts]).toEqual(['up', 0])
  },
  'all(state)': () => {
    expect(state('failed', 'failed')).toBe('FAILED')
    expect(state('failed', 'up')).toBe('DEGRADED')
  },
  'disabled with no instances': () => expect(serviceState([])).toBe('DOWN'),
  'count 2, start': () => {
    expect(state('starting', 'starting')).toBe('STARTING')
    expect(state('up', 'up')).toBe('UP')
  },
  'one of two instances up': () => expect(state('up', 'starting')).toBe('STARTING'),
  'one of two up instances fails its check': () => {
    expect(state('up', 'failed')).toBe('DEGRADED')
    expect(state('up', 'up')).toBe('UP')
    expect(state('failed', 'failed')).toBe('FAILED')
  },
  'node connection fails on check': () => expect(nextState('up', 'check-failed')).toBe('unknown'),
  'enabled service, one instance unknown': () => expect(state('up', 'unknown')).toBe('DEGRADED'),
  'count 2->1 by reconfig': () =>
    expect(
      serviceState([
        { state: 'up', isWanted: true },
        { state: 'stopping', isWanted: false },
      ]),
    ).toBe('UP'),
  'node1 dropped from pool': () => expect(new InstanceWorld().run(1_000).stop(50).state).toBe('stopping'),
  'command changed': () => {
    const world = new InstanceWorld().run(1_000)
    world.plan = { ...world.plan, print: 'p2' }
    expect(world.run(1_000).starts).toBe(2)
  },
  'restart while up': () =>
    expect(new InstanceWorld().run(1_000).restartAgent().pass(1_000).state).toBe('up'),
  'restart with one up one failed': () => {
    const failed = new InstanceWorld({ restartDelayMs: null }).run(1_000).die().pass(11_000).restartAgent()
    expect(state('up', failed.pass(1_000).state)).toBe('DEGRADED')
  },
}

/** Shown by tests of whole agents or of other parts, named here. */
const heldElsewhere: Readonly<Record<string, string>> = {
  'no hostname / hostname not in pool / hostname in pool':
    'test/lib/placement/spread.test.ts and service-keeper.test.ts: the register says who holds it; else in turn',
  'count 5, none exist': 'service-keeper.test.ts: as many are held as the count says',
  'count 6, numbers 0-4 exist': 'service-keeper.test.ts: the number that is missing is held',
  'count 6, all but 3 exist': 'service-keeper.test.ts: the number that is missing is held',
  'saved [{instance_number:0,node},{3},{6}]': 'service-keeper.test.ts: the journal keeps what is held here',
  'count 2->3 by reconfig': 'service-keeper.test.ts: as many are held as the count says',
  'instance reached down': 'service-keeper.test.ts: what is down and not wanted is given back',
  'start command finished while state starting': 'supervisor.test.ts: up once its pid file names a process',
}

/** What is otherwise here, on purpose, and why. */
const differences: Readonly<Record<string, string>> = {
  commands:
    'no command and no pipe: the pid file is read, its process proved by its start, and signalled; so a reused number is never hit',
  'check exits nonzero': 'looks go on after a failure: a daemon that somebody started by hand is seen',
  'check could not be started':
    'a look starts nothing, so it cannot fail to start; what it cannot read is unknown',
  'hang check fires': 'a look that hangs is abandoned; there is nothing to be stopped on the node',
  'hang check fired': 'the next look comes after the interval: Tron left such an instance unwatched for good',
  'stop command exits nonzero':
    'it is told as an event, and only a proof that the process is dead makes it down',
  'stop command cannot start': 'the stop goes on with SIGKILL, and has failed only when the process lives on',
  'monitor_retries 5, 6 consecutive monitor failures':
    'it has failed, and nothing takes its place: the old process may live, and two would run',
  'state unknown and failures > monitor_retries': 'as above: an instance is not dropped while it may live',
  repair:
    'each instance is repaired by itself, after a look; what failed is proved dead before it is started',
  'restart_delay 0': '0 is at once: who wants never leaves the key out',
}

describe.skipIf(!hasCases)('the rows of service-monitor.json', () => {
  const rows = rowsOf('service-monitor.json').map((row) => ({ name: nameOf(row) }))
  test.each(rows)('$name', ({ name }) => {
    if (holds[name] !== undefined) return holds[name]()
    const said = { ...heldElsewhere, ...differences }[name]
    expect(said, `row "${name}" is accounted for`).toBeTypeOf('string')
  })
})

test('no row is in two of the tables', () => {
  const names = [holds, heldElsewhere, differences].flatMap((table) => Object.keys(table))
  expect(new Set(names).size).toBe(names.length)
})

/** Tron's words for what changes an instance, in ours; `monitor` begins a check, and changes nothing here. */
const words: Readonly<Record<string, InstanceChange>> = {
  start: 'start',
  up: 'up',
  down: 'down',
  monitor_fail: 'check-failed',
  stop: 'stop',
  stop_fail: 'stop-failed',
}

/** `state event`, and why it is otherwise. */
const otherTransitions: Readonly<Record<string, string>> = {
  'stopping down': 'stopped is said of what is proved dead, and has a word of its own',
  'unknown stop': 'what may live is stopped, not forgotten',
  'failed stop': 'what failed its health may live: it is stopped, and looked at',
}

describe.skipIf(!hasCases)('the transitions of state-machines.json', () => {
  const machines = rowsOf('state-machines.json').filter((row) => row['machine'] === 'service_instance')
  const rows = machines.flatMap((row) =>
    Object.entries(row['transitions'] as Record<string, Record<string, string>>)
      .filter(([from]) => from !== 'monitoring')
      .flatMap(([from, events]) =>
        Object.entries(events)
          .filter(([event]) => event !== 'monitor')
          .map(([event, to]) => ({ version: String(row['version']), from, event, to })),
      ),
  )
  test.each(rows)('$version: $from -$event-> $to', ({ from, event, to }) => {
    if (otherTransitions[`${from} ${event}`] !== undefined) return
    expect(nextState(from as InstanceState, words[event]!)).toBe(to)
  })
})

describe('every transition', () => {
  const table: readonly [InstanceState, InstanceChange, InstanceState | null][] = [
    ['down', 'start', 'starting'],
    ['down', 'up', 'up'],
    ['down', 'down', null],
    ['down', 'check-failed', 'unknown'],
    ['down', 'give-up', 'failed'],
    ['down', 'stop', null],
    ['down', 'stopped', null],
    ['down', 'stop-failed', null],
    ['down', 'rebooted', null],
    ['starting', 'start', null],
    ['starting', 'up', 'up'],
    ['starting', 'down', 'failed'],
    ['starting', 'check-failed', 'unknown'],
    ['starting', 'give-up', 'failed'],
    ['starting', 'stop', 'stopping'],
    ['starting', 'stopped', 'down'],
    ['starting', 'stop-failed', null],
    ['starting', 'rebooted', 'down'],
    ['up', 'start', null],
    ['up', 'up', 'up'],
    ['up', 'down', 'failed'],
    ['up', 'check-failed', 'unknown'],
    ['up', 'give-up', 'failed'],
    ['up', 'stop', 'stopping'],
    ['up', 'stopped', null],
    ['up', 'stop-failed', null],
    ['up', 'rebooted', 'down'],
    ['unknown', 'start', 'starting'],
    ['unknown', 'up', 'up'],
    ['unknown', 'down', 'failed'],
    ['unknown', 'check-failed', 'unknown'],
    ['unknown', 'give-up', 'failed'],
    ['unknown', 'stop', 'stopping'],
    ['unknown', 'stopped', null],
    ['unknown', 'stop-failed', null],
    ['unknown', 'rebooted', 'down'],
    ['failed', 'start', 'starting'],
    ['failed', 'up', 'up'],
    ['failed', 'down', null],
    ['failed', 'check-failed', null],
    ['failed', 'give-up', 'failed'],
    ['failed', 'stop', 'stopping'],
    ['failed', 'stopped', null],
    ['failed', 'stop-failed', null],
    ['failed', 'rebooted', 'down'],
    ['stopping', 'start', null],
    ['stopping', 'up', null],
    ['stopping', 'down', null],
    ['stopping', 'check-failed', null],
    ['stopping', 'give-up', null],
    ['stopping', 'stop', null],
    ['stopping', 'stopped', 'down'],
    ['stopping', 'stop-failed', 'failed'],
    ['stopping', 'rebooted', null],
  ]
  test.each(table)('%s -%s-> %s', (from, change, to) => expect(nextState(from, change)).toBe(to))
})

describe('a service', () => {
  const wanted = (each: InstanceState) => ({ state: each, isWanted: true })
  const cases: readonly [string, readonly { state: InstanceState; isWanted: boolean }[], ServiceState][] = [
    ['without any instance is DOWN', [], 'DOWN'],
    ['that was stopped is DOWN', [{ state: 'down', isWanted: false }], 'DOWN'],
    ['that is being stopped is STOPPING', [{ state: 'stopping', isWanted: false }], 'STOPPING'],
    ['with all up is UP', [wanted('up'), wanted('up')], 'UP'],
    ['with a start under way is STARTING', [wanted('up'), wanted('starting')], 'STARTING'],
    ['with one of two failed is DEGRADED', [wanted('up'), wanted('failed')], 'DEGRADED'],
    ['with one that waits for its node is DEGRADED', [wanted('up'), wanted('down')], 'DEGRADED'],
    ['with all failed or away is FAILED', [wanted('failed'), wanted('down')], 'FAILED'],
  ]
  test.each(cases)('%s', (_, instances, expected) => expect(serviceState(instances)).toBe(expected))
})
