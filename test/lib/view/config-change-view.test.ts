// What a person is shown of an edit before and after it is made.
import { beforeEach, describe, expect, test } from 'vitest'
import { bootId, category, nodeId } from '../../../lib/base/ids.ts'
import { Random } from '../../../lib/base/random.ts'
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import { Catalog } from '../../../lib/catalog/catalog.ts'
import { Documents } from '../../../lib/catalog/documents.ts'
import { answerConfigCommand, type ConfigChangeView } from '../../../lib/view/config-change-view.ts'

let apply: (text: string, isDryRun?: boolean) => ConfigChangeView

beforeEach(() => {
  const documents = new Documents({
    factory: automergeDocuments,
    self: nodeId('one'),
    boot: bootId('boot'),
    random: new Random('seed'),
  })
  const catalog = new Catalog(documents)
  const author = {
    node: nodeId('one'),
    nodeName: 'one',
    timeZone: 'UTC',
    user: 'ann',
    atMs: Date.parse('2026-06-01T10:30:00Z'),
  }
  apply = (text, isDryRun = false) => {
    const answer = answerConfigCommand(
      {
        kind: 'apply-category',
        category: category('web'),
        fileName: 'web.yaml',
        text,
        knows: null,
        isDryRun,
      },
      catalog,
      author,
    )
    catalog.onChanged(documents.takeEffects().changed)
    if (answer.kind !== 'config-changed') throw new Error(JSON.stringify(answer))
    return answer.change
  }
})

const job = (name: string, keys: string, action = 'command: "true"') =>
  `  ${name}: { ${keys}, actions: { x: { ${action} } } }\n`

describe('an edit', () => {
  test('is shown service by service, with what is other in each', () => {
    const service = (name: string, keys: string) =>
      `  - { name: ${name}, foreground: true, command: serve, monitor_interval: 5s, ${keys} }\n`
    apply(
      `services:\n${service('web', 'count: 2')}${service('old', 'count: 1')}${service('same', 'count: 1')}`,
    )
    const text = `services:\n${service('web', 'count: 3, failover: spread')}${service('new', 'count: 1')}${service('same', 'count: 1')}`
    expect(apply(text).services).toEqual([
      { service: 'web.old', change: 'removed', keys: [] },
      {
        service: 'web.web',
        change: 'changed',
        keys: [
          { key: 'count', before: '2', after: '3' },
          { key: 'failover', before: 'none', after: 'spread' },
        ],
      },
      { service: 'web.new', change: 'created', keys: [] },
    ])
  })

  test('is shown job by job: what goes first, then what changes, then what is new', () => {
    apply(
      `jobs:\n${job('a', 'schedule: every 1h')}${job('b', 'schedule: every 2h')}${job('c', 'schedule: every 1h')}`,
    )
    const change = apply(
      `jobs:\n${job('a', 'schedule: every 1h')}${job('b', 'schedule: every 3h')}${job('d', 'schedule: daily 12:00')}`,
    )
    expect(change).toMatchObject({ created: 1, changed: 1, removed: 1, unchanged: 1 })
    expect(change.jobs).toEqual([
      {
        job: 'web.c',
        change: 'removed',
        keys: [],
        nextBefore: ['2026-06-01T11:00:00Z', '2026-06-01T12:00:00Z', '2026-06-01T13:00:00Z'],
        nextAfter: [],
      },
      {
        job: 'web.b',
        change: 'changed',
        keys: [{ key: 'schedule', before: 'every 2h', after: 'every 3h' }],
        nextBefore: ['2026-06-01T12:00:00Z', '2026-06-01T14:00:00Z', '2026-06-01T16:00:00Z'],
        nextAfter: ['2026-06-01T12:00:00Z', '2026-06-01T15:00:00Z', '2026-06-01T18:00:00Z'],
      },
      {
        job: 'web.d',
        change: 'created',
        keys: [],
        nextBefore: [],
        nextAfter: ['2026-06-01T12:00:00Z', '2026-06-02T12:00:00Z', '2026-06-03T12:00:00Z'],
      },
    ])
  })

  test('that was only tried has no revision', () => {
    expect(apply(`jobs:\n${job('a', 'schedule: every 1h')}`, true)).toMatchObject({
      revision: null,
      created: 1,
    })
    expect(apply(`jobs:\n${job('a', 'schedule: every 1h')}`).revision).toMatch(/^1:one:/)
  })

  test('that changes nothing says so', () => {
    apply(`jobs:\n${job('a', 'schedule: every 1h')}`)
    expect(apply(`jobs:\n${job('a', 'schedule: every 1h')}`)).toMatchObject({
      created: 0,
      changed: 0,
      jobs: [],
    })
  })

  test.each([
    ['node: alpha', 'node: beta', { key: 'node', before: 'alpha', after: 'beta' }],
    ['start_deadline: 90s', 'start_deadline: 2m', { key: 'start_deadline', before: '1m30s', after: '2m' }],
    ['time_zone: UTC', 'time_zone: Asia/Tokyo', { key: 'time_zone', before: 'UTC', after: 'Asia/Tokyo' }],
    ['enabled: true', 'enabled: false', { key: 'enabled', before: 'true', after: 'false' }],
    ['owner: ann', 'summary: x', { key: 'owner', before: 'ann', after: '' }],
    [
      'anchor: 2026-01-01T00:10:00Z',
      'enabled: true',
      {
        key: 'schedule',
        before: 'every 1h (every 1h, counted from 2026-01-01T00:10:00Z)',
        after: 'every 1h (every 1h, counted from 1970-01-01T00:00:00Z)',
      },
    ],
  ])('from %s to %s names the key as files do', (before, after, change) => {
    apply(`jobs:\n${job('a', `schedule: every 1h, ${before}`)}`)
    expect(apply(`jobs:\n${job('a', `schedule: every 1h, ${after}`)}`).jobs[0]?.keys).toContainEqual(change)
  })

  test('of an action is shown as its command', () => {
    apply(`jobs:\n${job('a', 'schedule: every 1h')}`)
    expect(apply(`jobs:\n${job('a', 'schedule: every 1h', 'command: "false"')}`).jobs[0]?.keys).toEqual([
      { key: 'actions.x', before: 'true', after: 'false' },
    ])
  })

  test('of very many jobs is counted whole and shown in part', () => {
    const many = Array.from({ length: 700 }, (_, i) => job(`j${i}`, 'schedule: every 1h')).join('')
    const change = apply(`jobs:\n${many}`)
    expect([change.created, change.jobs.length]).toEqual([700, 500])
  })
})
