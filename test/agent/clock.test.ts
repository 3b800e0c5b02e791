// The promises of the steady clock, on sources that a test moves: it counts suspend, and nothing else makes it jump.
import { describe, expect, test } from 'vitest'
import { SteadyClock } from '../../agent/clock.ts'

/** Clocks of a machine: `run` lets time pass, `suspend` lets it pass unseen by the monotonic clock. */
class Machine {
  monotonicMs = 5000
  upMs = 1_000_000
  wallMs = 1_700_000_000_000
  uptimeLooks = 0
  pauseMs = 0
  readonly clock = new SteadyClock({
    monotonicMs: () => this.monotonicMs,
    uptimeMs: () => {
      this.uptimeLooks++
      this.run(this.pauseMs)
      return Math.floor(this.upMs / 10) * 10
    },
    wallMs: () => this.wallMs,
  })

  run(ms: number): void {
    this.monotonicMs += ms
    this.upMs += ms
    this.wallMs += ms
  }

  suspend(ms: number): void {
    this.upMs += ms
    this.wallMs += ms
  }
}

describe('the steady clock', () => {
  test('goes as fast as the monotonic clock, however uptime is rounded', () => {
    const machine = new Machine()
    const startMs = machine.clock.read().steadyMs
    for (let i = 0; i < 2000; i++) {
      machine.run(7.3)
      machine.clock.read()
    }
    expect(machine.clock.read().steadyMs - startMs).toBeCloseTo(2000 * 7.3, 3)
  })

  test('counts a suspend at the first reading after it', () => {
    const machine = new Machine()
    machine.run(1000)
    const beforeMs = machine.clock.read().steadyMs
    machine.suspend(3_600_000)
    machine.run(1)
    expect(machine.clock.read().steadyMs - beforeMs).toBeGreaterThan(3_599_980)
    expect(machine.clock.read().steadyMs - beforeMs).toBeLessThan(3_600_020)
  })

  test('counts two suspends', () => {
    const machine = new Machine()
    const startMs = machine.clock.read().steadyMs
    for (let i = 0; i < 2; i++) {
      machine.suspend(60_000)
      machine.run(500)
      machine.clock.read()
    }
    expect(Math.abs(machine.clock.read().steadyMs - startMs - 121_000)).toBeLessThan(30)
  })

  test.each([-86_400_000, 86_400_000])('does not follow a wall clock that jumps by %d ms', (jumpMs) => {
    const machine = new Machine()
    const startMs = machine.clock.read().steadyMs
    machine.wallMs += jumpMs
    machine.run(1000)
    expect(machine.clock.read().steadyMs - startMs).toBeCloseTo(1000, 3)
    expect(machine.clock.read().wallMs).toBe(machine.wallMs)
  })

  test('does not take a pause of the process for a suspend', () => {
    const machine = new Machine()
    const startMs = machine.clock.read().steadyMs
    machine.run(200)
    machine.pauseMs = 300
    machine.clock.read()
    machine.pauseMs = 0
    machine.run(200)
    expect(machine.clock.read().steadyMs - startMs).toBeCloseTo(700, 3)
  })

  test('never goes back', () => {
    const machine = new Machine()
    machine.suspend(10_000)
    machine.run(200)
    const laterMs = machine.clock.read().steadyMs
    machine.upMs -= 10_000
    machine.run(200)
    expect(machine.clock.read().steadyMs).toBeGreaterThan(laterMs)
  })

  test('reads uptime ten times a second at most while nothing happens', () => {
    const machine = new Machine()
    for (let i = 0; i < 1000; i++) {
      machine.run(1)
      machine.clock.read()
    }
    expect(machine.uptimeLooks).toBeLessThanOrEqual(11)
  })

  test('of this host follows its real time', () => {
    const clock = new SteadyClock()
    const first = clock.read()
    const untilMs = performance.now() + 120
    while (performance.now() < untilMs) clock.read()
    const passedMs = clock.read().steadyMs - first.steadyMs
    expect(passedMs).toBeGreaterThanOrEqual(120)
    expect(Math.abs(clock.read().wallMs - Date.now())).toBeLessThan(1000)
  })
})
