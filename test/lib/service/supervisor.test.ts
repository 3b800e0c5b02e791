import { describe, expect, test } from 'vitest'
import { commandCheck, InstanceWorld } from './instance-world.ts'

describe('a daemon', () => {
  test('is started, and up once its pid file names a process that lives', () => {
    const world = new InstanceWorld().run(500)
    expect(world.state).toBe('up')
    expect(world.starts).toBe(1)
    expect(world.held.identity).toMatchObject({ pid: 100 + 1 })
  })

  test('that runs already is kept up and not started again', () => {
    const world = new InstanceWorld()
    const pid = world.beginProcess()
    world.run(500)
    expect(world.state).toBe('up')
    expect(world.starts).toBe(0)
    expect(world.texts()).toEqual([`process ${pid} was found, and is kept up`])
  })

  test('that died is back within its interval, its delay and a second', () => {
    const world = new InstanceWorld().run(1_000)
    world.die().pass(13_900)
    expect(world.state).toBe('up')
    expect(world.starts).toBe(2)
  })

  test('that leaves no process behind has failed after its interval, and is tried again', () => {
    const world = new InstanceWorld()
    world.leavesDaemon = false
    world.run(9_000)
    expect(world.state).toBe('starting')
    world.pass(1_500)
    expect(world.state).toBe('failed')
    expect(world.held.output).toBe('no luck')
    world.pass(3_500)
    expect(world.starts).toBe(2)
  })

  test('whose start command fails is told at once, with the last words', () => {
    const world = new InstanceWorld()
    world.leavesDaemon = false
    world.startExit = { kind: 'code', code: 3 }
    world.run(1_500)
    expect(world.state).toBe('failed')
    expect(world.held.why).toBe('its command exited with 3, and there is no pid file')
  })

  test('crashing again and again waits longer each time, up to five minutes', () => {
    const world = new InstanceWorld({ monitorIntervalMs: 1_000, restartDelayMs: 1_000 })
    world.leavesDaemon = false
    world.startExit = { kind: 'code', code: 1 }
    world.run(3_600_000)
    expect(world.starts).toBeLessThan(30)
    const before = world.starts
    world.pass(310_000)
    expect(world.starts).toBe(before + 1)
  })

  test('is never started while nobody can say whether it lives', () => {
    const world = new InstanceWorld()
    world.file = { kind: 'unreadable', why: 'EACCES' }
    world.run(600_000)
    expect(world.starts).toBe(0)
    expect(world.state).toBe('failed')
    world.file = { kind: 'missing' }
    world.pass(20_000)
    expect(world.state).toBe('up')
  })

  test('whose pid file is lost is up as long as its process lives', () => {
    const world = new InstanceWorld().run(1_000)
    world.file = { kind: 'missing' }
    world.pass(60_000)
    expect(world.state).toBe('up')
    expect(world.starts).toBe(1)
    expect(world.held.why).toContain('there is no pid file')
  })

  test('whose number was given to another process is dead', () => {
    const world = new InstanceWorld().run(1_000)
    const pid = world.held.identity!.pid
    world.alive.set(pid, 'boot/another')
    world.pass(11_000)
    expect(world.state).toBe('failed')
    expect(world.held.why).toContain('another one has its number')
  })

  test('whose machine was started anew is dead, whoever has its number now, however long it may not start', () => {
    const before = new InstanceWorld().run(1_000)
    const { pid } = before.held.identity!
    const world = new InstanceWorld({}, { ...before.held, identity: { pid, start: 'boot of before/1' } })
    world.file = before.file
    world.alive.set(pid, 'boot/of another')
    world.mayStart = false
    world.recover().run(5_000)
    expect([world.state, world.starts]).toEqual(['down', 0])
    world.mayStart = true
    world.run(5_000)
    expect([world.state, world.starts, world.signals()]).toEqual(['up', 1, []])
    expect(world.held.identity?.pid).not.toBe(pid)
  })

  test('whose start command hangs is up when its process is, and else given up in the end', () => {
    const world = new InstanceWorld()
    world.startExit = 'hangs'
    expect(world.run(500).state).toBe('up')
    const other = new InstanceWorld()
    other.startExit = 'hangs'
    other.leavesDaemon = false
    expect(other.run(290_000).state).toBe('starting')
    expect(other.pass(11_000).state).toBe('failed')
  })
})

describe('a stop', () => {
  test('is asked, and believed when the process is proved dead', () => {
    const world = new InstanceWorld().run(1_000).stop(300)
    expect(world.state).toBe('down')
    expect(world.signals()).toEqual(['SIGTERM'])
  })

  test('is insisted on with SIGKILL after its time', () => {
    const world = new InstanceWorld().run(1_000)
    world.isStubborn = true
    world.stop(4_900)
    expect(world.state).toBe('stopping')
    world.pass(400)
    expect(world.signals()).toEqual(['SIGTERM', 'SIGKILL'])
    expect(world.state).toBe('down')
  })

  test('that kills waits for nothing', () => {
    const world = new InstanceWorld().run(1_000)
    world.isStubborn = true
    world.stop(300, true)
    expect(world.signals()).toEqual(['SIGKILL'])
    expect(world.state).toBe('down')
  })

  test('of what cannot be proved dead has failed, and is tried again', () => {
    const world = new InstanceWorld().run(1_000)
    world.isDiskHanging = true
    world.stop(60_000)
    expect(world.texts().join()).toContain('it could not be stopped')
    world.isDiskHanging = false
    world.pass(30_000)
    expect(world.state).toBe('down')
  })

  test('by a command is verified too', () => {
    const world = new InstanceWorld({ stopCommand: 'server --stop' }).run(1_000).stop(500)
    expect(world.state).toBe('down')
    expect(world.signals()).toEqual([])
  })

  test('during a start ends the start command and what it left behind', () => {
    const world = new InstanceWorld()
    world.leavesDaemon = false
    world.startExit = 'hangs'
    world.run(500).stop(2_500)
    expect(world.effects.some(({ kind }) => kind === 'signal')).toBe(true)
    expect(world.state).toBe('down')
  })

  test('leaves what is down alone', () => {
    const world = new InstanceWorld()
    world.stop(20_000)
    expect(world.effects).toEqual([])
  })
})

describe('another definition', () => {
  test('while a start has not shown what it left behind begins no second one beside it', () => {
    const world = new InstanceWorld()
    world.leavesDaemon = false
    world.run(200)
    expect([world.state, world.starts]).toEqual(['starting', 1])
    world.plan = { ...world.plan, print: 'p2', command: 'other' }
    world.run(500)
    expect([world.state, world.starts]).toEqual(['stopping', 1])
    world.run(20_000)
    expect(world.starts).toBeGreaterThan(1)
  })

  test('restarts what it must restart, when its turn has come', () => {
    const world = new InstanceWorld().run(1_000)
    world.plan = { ...world.plan, print: 'p2', command: 'other' }
    world.run(5_000, { isTurn: false })
    expect(world.starts).toBe(1)
    world.run(2_000, { isTurn: true })
    expect(world.starts).toBe(2)
    expect(world.held.plan.command).toBe('other')
    expect(world.state).toBe('up')
  })

  test('with other intervals only restarts nothing', () => {
    const world = new InstanceWorld().run(1_000)
    world.plan = { ...world.plan, monitorIntervalMs: 1_000 }
    world.run(1_000)
    world.pass(12_000)
    expect(world.starts).toBe(1)
    expect(world.held.plan.monitorIntervalMs).toBe(1_000)
  })

  test('restart by hand restarts once', () => {
    const world = new InstanceWorld().run(1_000)
    const restartBeforeMs = world.nowMs
    world.run(5_000, { restartBeforeMs })
    world.run(60_000, { restartBeforeMs })
    expect(world.starts).toBe(2)
  })

  test('restart by hand restarts once on a host whose clock is behind', () => {
    const world = new InstanceWorld().run(1_000)
    const restartBeforeMs = world.nowMs + 3_600_000
    world.run(60_000, { restartBeforeMs })
    expect(world.starts).toBe(2)
  })
})

describe('a program in the foreground', () => {
  const foreground = () => {
    const world = new InstanceWorld({ isForeground: true, pidFile: null })
    world.startExit = 'hangs'
    return world
  }

  test('gets its pid file from the agent, and is up', () => {
    const world = foreground().run(500)
    expect(world.state).toBe('up')
    expect(world.effects.some(({ kind }) => kind === 'write-pid-file')).toBe(true)
  })

  test('is seen to end at once', () => {
    const world = foreground().run(1_000)
    world.exitForeground({ kind: 'signal', signal: 'SIGKILL' }).pass(3_500)
    expect(world.starts).toBe(2)
    expect(world.state).toBe('up')
    expect(world.texts()).toContain('its command was ended by SIGKILL')
  })
})

describe('health', () => {
  test('is waited for before an instance counts as up', () => {
    const world = new InstanceWorld({ health: commandCheck })
    world.healthExit = { kind: 'code', code: 1 }
    world.run(1_500)
    expect(world.state).toBe('starting')
    world.healthExit = { kind: 'code', code: 0 }
    world.pass(1_500)
    expect(world.state).toBe('up')
  })

  test('that failed too often stops and starts what lives', () => {
    const world = new InstanceWorld({ health: commandCheck }).run(2_000)
    world.healthExit = { kind: 'code', code: 1 }
    world.pass(3_500)
    expect(world.state).toBe('failed')
    expect(world.held.why).toContain('not well')
    world.pass(3_000)
    expect(world.starts).toBe(2)
    world.healthExit = { kind: 'code', code: 0 }
    world.pass(3_000)
    expect(world.state).toBe('up')
  })
})

describe('an agent that dies', () => {
  test('finds what was up, and starts nothing', () => {
    const world = new InstanceWorld().run(1_000).restartAgent().pass(30_000)
    expect(world.state).toBe('up')
    expect(world.starts).toBe(0)
  })

  test('behind the mark of a start waits for what that start left', () => {
    const world = new InstanceWorld()
    world.run(1)
    const next = world.restartAgent()
    expect(next.effects[0]).toMatchObject({ kind: 'adopt' })
    next.beginProcess()
    next.pass(500)
    expect(next.state).toBe('up')
    expect(next.starts).toBe(0)
  })

  test('in the middle of a stop goes on with it', () => {
    const world = new InstanceWorld().run(1_000)
    world.isStubborn = true
    const next = world.stop(500).restartAgent().stop(500)
    expect(next.state).toBe('down')
  })

  test('with its machine starts again what ran, also where it is never restarted', () => {
    const world = new InstanceWorld({ restartDelayMs: null }).run(1_000)
    const next = new InstanceWorld(world.plan, {
      ...world.held,
      identity: { pid: 7, start: 'before/1' },
      command: 'over',
    })
    next.file = next.pidFile('7\n')
    next.recover().run(500)
    expect(next.state).toBe('up')
    expect(next.starts).toBe(1)
  })
})

test('what is leased starts only under a lease, and its daemon is guarded before', () => {
  const world = new InstanceWorld({ isLeased: true })
  const { lease } = world
  world.lease = null
  world.run(5_000)
  expect(world.starts).toBe(0)
  world.lease = lease
  world.pass(2_000)
  const kinds = world.effects.map(({ kind }) => kind)
  expect(kinds.indexOf('guard-instance')).toBeLessThan(kinds.indexOf('spawn'))
  expect(world.state).toBe('up')
})

test('an agent that stops starts nothing', () => {
  const world = new InstanceWorld().run(1_000)
  world.mayStart = false
  world.die().pass(60_000)
  expect(world.starts).toBe(1)
  expect(world.looks).toBeLessThan(120)
})
