// Each checker fires on a history that breaks its statement, and none on a good one.
import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../lib/base/ids.ts'
import type { Decision, Register } from '../../../lib/claim/register.ts'
import { formatInstant } from '../../../lib/schedule/calendar.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import {
  a,
  b,
  ballot,
  c,
  HandMadeHistory,
  job,
  live,
  register,
  runView,
  startMs,
} from './hand-made-history.ts'

const ended = (token: number, version: number): Decision => ({
  kind: 'ended',
  version,
  atMs: startMs + token * 1_000,
  entry: live(token),
  outcome: { kind: 'succeeded' },
})

const missed = (fromMs: number, version: number): Decision => ({
  kind: 'not-run',
  version,
  atMs: fromMs,
  why: 'missed',
  fromMs,
  toMs: fromMs,
  count: 1,
})

/** After a claim of slot 1 by a, with token 1. */
const claimed: Register = register({
  cursor: { slotMs: startMs + 1_000, label: '' },
  token: 1,
  live: [live(1)],
})
const finished: Register = register({ ...claimed, version: 2, live: [], untold: [ended(1, 2)] })

const everyone = (runs: readonly RunView[]): ReadonlyMap<NodeId, readonly RunView[]> =>
  new Map([a, b, c].map((node) => [node, runs]))

function goodHistory(): HandMadeHistory {
  const history = new HandMadeHistory()
  history.accepts([a, b], ballot(1), claimed)
  history.attempts(a, ballot(1), claimed, [a, b])
  history.until(1_000)
  history.process(live(1))
  history.accepts([b, c], ballot(2), finished)
  history.attempts(a, ballot(2), finished, [b, c])
  return history
}

test('a good history breaks nothing', () => {
  const history = goodHistory()
  history.ends(everyone([runView(live(1))]))
  expect(history.judge.violation).toBeNull()
})

test('instances that follow each other, or are of each node, break nothing', () => {
  const history = goodHistory()
  history.instance(a).endMs = 3_000
  history.instance(b)
  const local = { HOCKET_SERVICE: 'x.all', HOCKET_INSTANCE: '0', HOCKET_TOKEN: String(startMs) }
  history.instance(a, { environment: local })
  history.instance(b, { environment: local })
  expect(history.judge.violation).toBeNull()
})

const histories: readonly (readonly [
  statement: string,
  how: string,
  break_: (history: HandMadeHistory) => void,
])[] = [
  [
    'I1',
    'two values under one ballot',
    (history) => {
      history.accepts([a], ballot(1), claimed)
      history.accepts([b], ballot(1), register({ ...claimed, token: 2 }))
    },
  ],
  [
    'I2',
    'a promise that goes back',
    (history) => {
      history.acceptor(a, { promised: ballot(5), accepted: null, value: null })
      history.acceptor(a, { promised: ballot(4), accepted: null, value: null })
    },
  ],
  [
    'I2',
    'a promise that went back over a restart',
    (history) => {
      history.acceptor(a, { promised: ballot(5), accepted: null, value: null })
      history.starts(a, { [`register/${job}`]: { promised: ballot(4), accepted: null, value: null } })
    },
  ],
  [
    'I2',
    'an accepted ballot above the promise',
    (history) => {
      history.acceptor(a, { promised: ballot(1), accepted: ballot(2), value: claimed })
    },
  ],
  [
    'I2',
    'a boot number that goes back',
    (history) => {
      history.writes(a, 'boot', 3)
      history.writes(a, 'boot', 2)
    },
  ],
  [
    'I2',
    'a kill mark that is forgotten',
    (history) => {
      const mark = { bootNo: 1, bootId: 'x', reached: null }
      history.writes(a, 'mark/b', { ...mark, killed: { bootNo: 1, k: 2, isCarried: false } })
      history.writes(a, 'mark/b', { ...mark, killed: null })
    },
  ],
  [
    'I8',
    'a register that is gone after a restart',
    (history) => {
      history.accepts([a], ballot(1), claimed)
      history.starts(a, { [`register/${job}`]: undefined })
    },
  ],
  [
    'I8',
    'an acknowledgement that no majority has on disk',
    (history) => {
      history.accepts([a], ballot(1), claimed)
      history.attempts(a, ballot(1), claimed, [a, b])
    },
  ],
  [
    'I3',
    'a version that falls with a higher ballot',
    (history) => {
      history.accepts([a, b], ballot(1), register({ version: 5 }))
      history.accepts([a, b], ballot(2), register({ version: 4 }))
    },
  ],
  [
    'I3',
    'two values of one version',
    (history) => {
      history.accepts([a, b], ballot(1), claimed)
      history.accepts([a, b], ballot(2), register({ ...claimed, live: [live(1, { node: b })] }))
    },
  ],
  [
    'I3',
    'a change that began after a later version was acknowledged',
    (history) => {
      history.accepts([a, b], ballot(1), register({ version: 7 }))
      history.attempts(a, ballot(1), register({ version: 7 }), [a, b])
      history.asks(c, ballot(2))
      history.hearsAccepted(c, ballot(2), register({ version: 6 }), [a, b])
    },
  ],
  [
    'I6',
    'a cursor that goes back',
    (history) => {
      history.accepts([a, b], ballot(1), finished)
      history.accepts(
        [a, b],
        ballot(2),
        register({ ...finished, version: 3, cursor: { slotMs: startMs, label: '' } }),
      )
    },
  ],
  [
    'I6',
    'a token that goes back',
    (history) => {
      history.accepts([a, b], ballot(1), finished)
      history.accepts([a, b], ballot(2), register({ ...finished, version: 3, token: 0 }))
    },
  ],
  [
    'I6',
    'a token that is given twice',
    (history) => {
      history.accepts([a, b], ballot(1), finished)
      history.accepts(
        [a, b],
        ballot(2),
        register({ ...finished, version: 3, live: [live(1, { slotMs: startMs + 9_000 })] }),
      )
    },
  ],
  [
    'I4',
    'a slot that starts on two nodes of one side, which see each other',
    (history) => {
      history.connects(a, b)
      history.until(30_000)
      history.alone(a, 1)
      history.alone(b, 1)
    },
  ],
  [
    'I6',
    'a start without a majority that has a token',
    (history) => history.alone(a, 1, { HOCKET_TOKEN: '7' }),
  ],
  [
    'I4',
    'one slot that starts twice',
    (history) => {
      const again = live(2, { slotMs: startMs + 1_000 })
      history.accepts([a, b], ballot(1), claimed)
      history.accepts(
        [a, b],
        ballot(2),
        register({ ...claimed, version: 2, token: 2, live: [live(1), again] }),
      )
      history.until(1_000)
      history.process(live(1))
      history.process(again)
    },
  ],
  [
    'I7',
    'a start that a minority granted',
    (history) => {
      history.accepts([a], ballot(1), claimed)
      history.until(1_000)
      history.process(live(1))
    },
  ],
  [
    'I7',
    'a start on a node that was not granted it',
    (history) => {
      history.accepts([a, b], ballot(1), claimed)
      history.until(1_000)
      history.process(live(1), { host: 'b' })
    },
  ],
  [
    'P10',
    'a node that holds more than it may',
    (history) => {
      const both = [live(1), live(2)]
      history.accepts([a, b], ballot(1), register({ ...claimed, token: 2, live: both }))
      history.until(2_000)
      for (const entry of both) history.process(entry, { endMs: null })
    },
  ],
  [
    'W3',
    'a reply before the sync of what it reveals',
    (history) => {
      history.saysAccepted(b, ballot(1))
    },
  ],
  [
    'I15',
    'a start before its slot',
    (history) => {
      const entry = live(1, { slotMs: startMs + 60_000, startByMs: startMs + 70_000 })
      history.accepts([a, b], ballot(1), register({ token: 1, live: [entry] }))
      history.process(entry)
    },
  ],
  [
    'I15',
    'a start after its startBy',
    (history) => {
      history.accepts([a, b], ballot(1), claimed)
      history.until(30_000)
      history.process(live(1))
    },
  ],
  [
    'I16',
    'a cursor far ahead of all clocks',
    (history) => {
      history.accepts([a, b], ballot(1), register({ cursor: { slotMs: startMs + 3_600_000, label: '' } }))
    },
  ],
  [
    'I19',
    'a spawn without an exec mark',
    (history) => {
      const environment = { HOCKET_JOB: job, HOCKET_TOKEN: '1', HOCKET_ACTION: 'step1' }
      history.writes(a, `run/${job}#1`, { actions: { step1: { kind: 'waiting' } }, outcome: null })
      history.saw({
        kind: 'spawn-asked',
        node: a,
        spawn: { kind: 'spawn', process: 'p', command: '', environment, startByMs: null, lease: null },
      })
    },
  ],
  [
    'I19',
    'an outcome that changes',
    (history) => {
      history.writes(a, `run/${job}#1`, { outcome: { kind: 'succeeded' } })
      history.writes(a, `run/${job}#1`, { outcome: { kind: 'failed', why: 'no' } })
    },
  ],
  [
    'I20',
    'a register that holds more and more',
    (history) => {
      const pending = Array.from({ length: 500 }, (_, index) => ({
        ...live(index),
        sinceMs: 0,
        releasedBy: null,
        run: null,
      }))
      history.accepts([a, b], ballot(1), register({ pending }))
    },
  ],
  [
    'I21',
    'an entry that vanishes',
    (history) => {
      history.accepts([a, b], ballot(1), claimed)
      history.accepts([a, b], ballot(2), register({ ...claimed, version: 2, live: [] }))
    },
  ],
  [
    'I21',
    'a cursor that passes a slot in silence',
    (history) => {
      history.defines('every 1s')
      history.accepts([a, b], ballot(1), claimed)
      const cursor = { slotMs: startMs + 3_000, label: '' }
      history.accepts(
        [a, b],
        ballot(2),
        register({ ...claimed, version: 2, cursor, token: 2, live: [live(1), live(3, { token: 2 })] }),
      )
    },
  ],
  [
    'I17',
    'a slot that never starts though all is well',
    (history) => {
      history.defines('every 20s')
      history.until(95_000)
      history.accepts([a, b], ballot(1), finished)
      history.ends(everyone([]))
    },
  ],
  [
    'I21',
    'a slot that is decided twice',
    (history) => {
      history.accepts([a, b], ballot(1), claimed)
      history.accepts([a, b], ballot(2), finished)
      history.accepts(
        [a, b],
        ballot(3),
        register({ ...finished, version: 3, untold: [missed(startMs + 1_000, 3)] }),
      )
    },
  ],
  [
    'one-instance',
    'an instance that starts on another node while its process lives on',
    (history) => {
      history.instance(a)
      history.until(5_000)
      history.instance(b)
    },
  ],
  [
    'one-instance',
    'an instance that starts twice on one node',
    (history) => {
      history.instance(a)
      history.instance(a, { process: 'service/x.web.0#1.2.start' })
    },
  ],
  [
    'I13',
    'two configurations of one epoch',
    (history) => {
      history.writes(c, 'configuration', { clusterId: 'simulated', epoch: 1, members: [] })
    },
  ],
  [
    'I11',
    'a sealed witness that accepts',
    (history) => {
      history.writes(a, 'installed', 1)
      history.writes(a, 'sealed', {
        clusterId: 'simulated',
        epoch: 2,
        members: [],
        previous: [],
        recovery: null,
      })
      history.accepts([a], ballot(1), claimed)
    },
  ],
  [
    'I17',
    'an agent that answers nothing at the end',
    (history) => {
      history.ends(
        new Map([
          [a, []],
          [b, []],
        ]),
      )
    },
  ],
  [
    'I17',
    'a run that is never over',
    (history) => {
      history.accepts([a, b], ballot(1), claimed)
      history.ends(everyone([]))
    },
  ],
  [
    'I17',
    'work that waits for ever',
    (history) => {
      const pending = [{ ...live(1), sinceMs: 0, releasedBy: null, run: null }]
      history.accepts([a, b], ballot(1), register({ pending }))
      history.ends(everyone([]))
    },
  ],
  [
    'I18',
    'agents that know different runs',
    (history) => {
      history.ends(
        new Map([
          [a, []],
          [b, []],
          [c, [runView(live(1))]],
        ]),
      )
    },
  ],
  [
    'I18',
    'a run that nothing ran',
    (history) => {
      history.ends(everyone([runView(live(1))]))
    },
  ],
]

describe('a checker', () => {
  test.each(histories)('of %s fires at %s', (statement, _, breakIt) => {
    const history = new HandMadeHistory()
    breakIt(history)
    expect(history.judge.violation).toMatchObject({ statement })
  })
})

describe('the ledger', () => {
  const after = (runs: readonly RunView[], change: (history: HandMadeHistory) => void = () => undefined) => {
    const history = goodHistory()
    change(history)
    history.ends(everyone(runs))
    return history.judge.violation?.statement ?? null
  }

  test('must have what started', () => expect(after([])).toBe('I18'))

  test('must say what the actions of a run did', () => {
    expect(after([runView(live(1), { actions: [] })])).toBe('I18')
  })

  test('must not say that a run failed which succeeded', () => {
    expect(after([runView(live(1), { state: 'failed' })])).toBe('I18')
  })

  test('must not leave a run lost whose end its node knows', () => {
    expect(after([runView(live(1), { state: 'lost' })])).toBe('I18')
  })

  test('must not leave a run running', () => {
    expect(after([runView(live(1), { state: 'running' })])).not.toBeNull()
  })

  test('must have what the register decided', () => {
    const more = register({
      ...finished,
      version: 3,
      cursor: { slotMs: startMs + 2_000, label: '' },
      untold: [missed(startMs + 2_000, 3)],
    })
    expect(after([runView(live(1))], (history) => history.accepts([a, b], ballot(3), more))).toBe('I21')
  })

  test('must not have a slot as run and as missed', () => {
    const slot = formatInstant(live(1).slotMs)
    const range = runView(live(1), {
      id: null,
      state: 'missed',
      why: 'missed',
      node: null,
      actions: [],
      range: { from: slot, count: 1 },
    })
    expect(after([runView(live(1)), range])).toBe('I21')
  })
})

describe('a slot that waits behind others that are caught up', () => {
  const brokenWith = (catchUp: string, lastStartMs: number): string | null => {
    const history = new HandMadeHistory()
    history.defines('every 20s', { catchUp })
    for (let atMs = 55_000; atMs <= lastStartMs; atMs += 5_000) {
      history.until(atMs)
      history.alone(a, atMs / 5_000)
    }
    history.until(95_000)
    history.accepts([a, b], ballot(1), finished)
    history.ends(everyone([]))
    return history.broken
  }

  test('may wait on a node that is full, while they start one after the other', () => {
    expect(brokenWith('all', 90_000)).not.toBe('I17')
  })

  test('may not where they do not start', () => {
    expect(brokenWith('all', 75_000)).toBe('I17')
  })

  test('may not where nothing is caught up before it', () => {
    expect(brokenWith('last', 90_000)).toBe('I17')
  })
})

describe('slots that a node ran which was cut off', () => {
  const brokenWith = (why: 'missed' | 'ran-partitioned'): string | null => {
    const history = new HandMadeHistory()
    const text = 'jobs: [{name: job, schedule: every 1s, actions: {step1: {command: work 1}}}]'
    history.saw({ kind: 'dropped', node: a, fileName: 'x.yaml', text })
    history.defines('every 90s')
    const three: Decision = {
      kind: 'not-run',
      version: 3,
      atMs: startMs,
      why,
      fromMs: startMs + 2_000,
      toMs: startMs + 4_000,
      count: 3,
    }
    history.accepts([a, b], ballot(1), claimed)
    history.accepts([a, b], ballot(2), finished)
    history.accepts([a, b], ballot(3), register({ ...finished, version: 3, untold: [three] }))
    return history.broken
  }

  test('are of the definition that it knew', () => {
    expect(brokenWith('ran-partitioned')).toBeNull()
  })

  test('and those that the others missed of the one that stood', () => {
    expect(brokenWith('missed')).toBe('I21')
  })
})

describe('a run that the next one replaces', () => {
  const brokenWith = (isToldToEnd: boolean): string | null => {
    const history = new HandMadeHistory()
    history.defines('every 10s', { overlap: 'replace' })
    history.until(62_000)
    Object.assign(history.alone(a, 62), { endMs: startMs + 78_000, isToldToEnd })
    history.until(95_000)
    history.accepts([a, b], ballot(1), register({ ...finished, untold: [...finished.untold, skipped] }))
    history.ends(everyone([]))
    return history.broken
  }
  const skipped: Decision = {
    kind: 'not-run',
    version: 2,
    atMs: startMs,
    why: 'skipped-overlap',
    fromMs: startMs + 60_000,
    toMs: startMs + 90_000,
    count: 4,
  }

  test('is told to end', () => {
    expect(brokenWith(true)).not.toBe('I17')
    expect(brokenWith(false)).toBe('I17')
  })
})
