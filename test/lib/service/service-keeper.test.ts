// The services of one agent that is its own only witness: what it holds, keeps and gives back.

import { describe, expect, test } from 'vitest'
import type { Effect } from '../../../lib/effect.ts'
import type { InstanceView } from '../../../lib/view/service-view.ts'
import { LoneAgent } from '../lone-agent.ts'

/** Pid files and processes, for an agent whose effects end here. */
class Host {
  readonly files = new Map<string, number>()
  readonly alive = new Set<number>()
  readonly started: string[] = []
  readonly signals: string[] = []
  agent: LoneAgent
  #nextPid = 10
  #known = 0

  constructor() {
    this.agent = this.#attached(new LoneAgent())
  }

  /** Killed, and started again. */
  restart(): void {
    this.agent = this.#attached(new LoneAgent(this.agent))
    this.agent.start()
  }

  drop(services: string): this {
    this.agent.drop(`services:\n${services}`)
    return this.pass(5_000)
  }

  pass(ms: number): this {
    for (let passedMs = 0; passedMs < ms; passedMs += 50) {
      this.agent.run(50)
      for (; this.#known < this.agent.spawned.length; this.#known++) this.#begin(this.#known)
    }
    return this
  }

  order(order: 'start' | 'stop' | 'restart' | 'kill', service: string): string {
    const { agent } = this
    const { length } = agent.answers
    agent.happens({
      kind: 'commanded',
      askId: 1,
      user: '',
      command: { kind: 'order-service', service, order },
    })
    this.pass(5_000)
    return agent.answers[length]!.kind
  }

  view() {
    const { length } = this.agent.answers
    this.agent.happens({ kind: 'asked', askId: 2, question: { kind: 'service', name: 'shop.web' } })
    this.pass(50)
    const answer = this.agent.answers[length]!
    if (answer.kind !== 'service') throw new Error(`expected a service, not ${answer.kind}`)
    return answer.service
  }

  /** What the register of the first instance says, as far as it was written. */
  isGuarded(): boolean | undefined {
    const accepts = this.agent.sent.flatMap((message) =>
      message.kind === 'votes-asked' ? message.accepts : [],
    )
    return accepts.findLast(({ key }) => key === 'service/shop.web/0')?.value.holder?.isGuarded
  }

  states(): string[] {
    return this.view().instances.map(({ number, state }: InstanceView) => `${number} ${state}`)
  }

  #begin(index: number): void {
    const { process, environment } = this.agent.spawned[index]!
    const pid = this.#nextPid++
    this.started.push(environment['HOCKET_INSTANCE'] ?? '')
    this.agent.happens({ kind: 'spawned', process, pid, startedAtMs: 0 })
    const times = { startedAtMs: 0, endedAtMs: 0 }
    this.agent.happens({ kind: 'child-exited', process, exit: { kind: 'code', code: 0 }, ...times }, 5)
    this.files.set(environment['HOCKET_PID_FILE'] ?? '', pid)
    this.alive.add(pid)
  }

  #attached(agent: LoneAgent): LoneAgent {
    agent.onInstance = (effect) => this.#carryOut(effect)
    return agent
  }

  #carryOut(effect: Effect): void {
    if (effect.kind === 'signal-instance') {
      this.signals.push(`${effect.instance} ${effect.signal}`)
      this.alive.delete(effect.identity.pid)
    }
    if (effect.kind !== 'look-at-instance') return
    const { instance, lookId, pidFile, known } = effect
    const pid = this.files.get(pidFile ?? '')
    const process = pid !== undefined && this.alive.has(pid) ? { pid, start: `boot/${pid}` } : null
    const text = { kind: 'content', text: `${pid}\n`, isYoung: false, isYoungerThanFile: false } as const
    this.agent.happens(
      {
        kind: 'instance-sighted',
        instance,
        lookId,
        file: pid === undefined ? { kind: 'missing' } : { ...text, process },
        isKnownAlive: known !== null && this.alive.has(known.pid),
        isRebooted: false,
      },
      1,
    )
  }
}

function web(more = ''): string {
  return `  - name: web
    command: web --daemon
    pid_file: /run/{name}-{instance_number}.pid
    monitor_interval: 1s
    restart_delay: 1s
    count: 2
${more}`
}

function started(): Host {
  const host = new Host()
  host.agent.start()
  return host.pass(1_000)
}

describe('what may move', () => {
  test('starts again after a restart of its agent only once its register has it in the new session', () => {
    const host = started().drop(web('    failover: spread\n'))
    expect(host.states()).toEqual(['0 up', '1 up'])
    host.restart()
    host.agent.loses = ({ kind }) => kind === 'votes-given'
    host.alive.clear()
    const { length } = host.started
    host.pass(20_000)
    expect(host.started).toHaveLength(length)
    host.agent.loses = () => false
    host.pass(20_000)
    expect(host.states()).toEqual(['0 up', '1 up'])
  })

  test('without a guard so far is not given to other nodes before it runs under one', () => {
    const host = started().drop(web('    update: none\n'))
    host.drop(web('    update: none\n    failover: spread\n'))
    host.pass(5_000)
    expect([host.isGuarded(), host.started.length]).toEqual([false, 2])
    host.alive.clear()
    host.pass(5_000)
    expect([host.isGuarded(), host.started.length]).toEqual([true, 4])
  })

  test('with a guard so far starts without one only once other nodes may not take it over', () => {
    const host = started().drop(web('    update: all\n    failover: spread\n'))
    expect(host.isGuarded()).toBe(true)
    host.agent.loses = ({ kind }) => kind === 'votes-given'
    host.drop(web('    update: all\n'))
    host.pass(20_000)
    expect([host.alive.size, host.started.length]).toEqual([0, 2])
    host.agent.loses = () => false
    host.pass(20_000)
    expect([host.isGuarded(), ...host.states()]).toEqual([false, '0 up', '1 up'])
  })
})

describe('a service', () => {
  test('is told of whenever it is other than it was, without what only some may read', () => {
    const host = started()
    const told = () =>
      host.agent.told.flatMap((news) =>
        news.kind === 'service' ? [`${news.service.state} ${news.service.up} ${news.service.command}`] : [],
      )
    host.drop(web())
    expect(told().at(-1)).toBe('UP 2 ')
    const { length } = told()
    host.pass(60_000)
    expect(told()).toHaveLength(length)
    host.order('kill', 'shop.web')
    expect(told().at(-1)).toBe('DOWN 0 ')
  })

  test('has the output of each of its instances where its last start wrote it', () => {
    const host = started().drop(web())
    const placeOf = (instance: string) => {
      const { length } = host.agent.answers
      host.agent.happens({ kind: 'asked', askId: 3, question: { kind: 'instance-output-place', instance } })
      host.pass(50)
      return host.agent.answers[length]
    }
    const place = { what: 'instance "shop.web.1"', process: host.agent.spawned[1]!.process, isOver: false }
    expect(placeOf('shop.web.1')).toMatchObject({ kind: 'output-place', place })
    host.alive.clear()
    host.pass(5_000)
    const again = host.agent.spawned.findLast(({ process }) => process.includes('web.1#'))!.process
    expect(placeOf('shop.web.1')).toMatchObject({ place: { process: again } })
    expect(again).not.toBe(place.process)
    host.order('stop', 'shop.web')
    expect(placeOf('shop.web.1')).toMatchObject({ place: { isOver: true } })
    expect(placeOf('shop.web.7')).toMatchObject({
      kind: 'refused',
      why: '"shop.web.7" was not started so far, expected an instance that was',
    })
    expect(placeOf('shop.web')).toMatchObject({
      kind: 'refused',
      why: 'service "shop.web" has several instances, expected one of them, such as "shop.web.0"',
    })
    expect(placeOf('shop.wep.1')?.kind).toBe('not-found')
  })

  test('has as many instances as its count says', () => {
    const host = started().drop(web())
    expect(host.states()).toEqual(['0 up', '1 up'])
    host.drop(web().replace('count: 2', 'count: 4'))
    expect(host.states()).toEqual(['0 up', '1 up', '2 up', '3 up'])
    host.drop(web().replace('count: 2', 'count: 1'))
    expect(host.states()).toEqual(['0 up'])
    expect(host.started).toHaveLength(4)
    expect(host.alive.size).toBe(1)
  })

  test('that is removed is stopped', () => {
    const host = started().drop(web())
    host.agent.drop('jobs: []\n')
    host.pass(3_000)
    expect(host.alive.size).toBe(0)
  })

  test('is stopped and started by hand, and stays so over a restart of the agent', () => {
    const host = started().drop(web())
    expect(host.order('stop', 'shop.web')).toBe('done')
    expect([host.view().state, host.alive.size]).toEqual(['DOWN', 0])
    host.restart()
    host.pass(5_000)
    expect(host.view().state).toBe('DOWN')
    host.order('start', 'shop.web')
    expect(host.states()).toEqual(['0 up', '1 up'])
  })

  test.each(['its agent goes on', 'its agent starts anew'])(
    'that is started again while it is given back waits until that is settled: %s',
    (how) => {
      const host = started().drop(web())
      const losing: LoneAgent['loses'] = ({ kind }) => kind === 'votes-given'
      host.agent.loses = losing
      host.order('stop', 'shop.web')
      expect(host.alive.size).toBe(0)
      host.order('start', 'shop.web')
      if (how === 'its agent starts anew') host.restart()
      host.agent.loses = losing
      host.pass(20_000)
      expect(host.started).toHaveLength(2)
      host.agent.loses = () => false
      host.pass(20_000)
      expect(host.states()).toEqual(['0 up', '1 up'])
      expect(host.started).toHaveLength(4)
    },
  )

  test('one instance of which is stopped is up without it', () => {
    const host = started().drop(web())
    host.order('stop', 'shop.web.1')
    expect([host.view().state, ...host.states()]).toEqual(['UP', '0 up', '1 down'])
    host.order('start', 'shop.web')
    expect(host.states()).toEqual(['0 up', '1 up'])
  })

  test('is restarted by hand, each instance once', () => {
    const host = started().drop(web())
    host.order('restart', 'shop.web')
    host.pass(20_000)
    expect(host.started.toSorted()).toEqual(['0', '0', '1', '1'])
    expect(host.view().state).toBe('UP')
  })

  test('is killed without being asked', () => {
    const host = started().drop(web())
    host.order('kill', 'shop.web')
    expect(host.signals.toSorted()).toEqual(['shop.web.0 SIGKILL', 'shop.web.1 SIGKILL'])
  })

  test('with another command is restarted one instance after the other', () => {
    const host = started().drop(web())
    const running = () => host.alive.size
    host.agent.drop(`services:\n${web().replace('web --daemon', 'web --other')}`)
    let least = 2
    for (let step = 0; step < 100; step++) {
      host.pass(50)
      least = Math.min(least, running())
    }
    expect(least).toBe(1)
    expect(host.started).toHaveLength(4)
    expect(host.view().state).toBe('UP')
  })

  test('with another command and `update: none` goes on with the old one', () => {
    const host = started().drop(web('    update: none\n'))
    host.drop(web('    update: none\n').replace('web --daemon', 'web --other'))
    expect(host.started).toHaveLength(2)
  })

  test('goes on over a restart of its agent, which starts and stops nothing', () => {
    const host = started().drop(web())
    host.restart()
    host.pass(5_000)
    expect(host.started).toHaveLength(2)
    expect(host.signals).toEqual([])
    expect(host.states()).toEqual(['0 up', '1 up'])
  })

  test('of which a process died while its agent was away is repaired', () => {
    const host = started().drop(web())
    host.alive.delete([...host.alive][0]!)
    host.restart()
    host.pass(5_000)
    expect(host.started).toHaveLength(3)
    expect(host.view().state).toBe('UP')
  })

  test('on all nodes has an instance here, without a vote', () => {
    const host = started().drop(web().replace('count: 2', 'count: all'))
    expect(host.order('stop', 'shop.web.alpha')).toBe('refused')
    expect(host.order('stop', 'shop.wep.alpha')).toBe('not-found')
    expect(host.states()).toEqual(['0 up'])
    expect(host.view().instances[0]!.name).toBe('shop.web.alpha')
  })

  test('that nobody knows is not found, and an instance above its count is refused', () => {
    const host = started().drop(web())
    expect(host.order('stop', 'shop.wbe')).toBe('not-found')
    expect(host.order('stop', 'shop.web.7')).toBe('refused')
  })
})

test('nothing reveals what is not written', () => {
  const host = started().drop(web())
  host.order('restart', 'shop.web')
  expect(host.agent.violations).toEqual([])
})
