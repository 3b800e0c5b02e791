// What people ask to be done to definitions: against the revision that they knew, tried or done, and answered.
import { beforeEach, describe, expect, it } from 'vitest'
import { bootId, category, jobName, nodeId } from '../../../lib/base/ids.ts'
import { Random } from '../../../lib/base/random.ts'
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import { Catalog, type EditAuthor } from '../../../lib/catalog/catalog.ts'
import {
  carryOutConfigCommand,
  type ConfigCommand,
  type ConfigOutcome,
} from '../../../lib/catalog/config-command.ts'
import type { DocumentGossip } from '../../../lib/catalog/document-message.ts'
import { Documents } from '../../../lib/catalog/documents.ts'

type Agent = {
  readonly documents: Documents
  readonly catalog: Catalog
  readonly outbox: DocumentGossip[]
  readonly author: (atMs: number) => EditAuthor
  readonly ask: (command: Partial<ConfigCommand>, atMs?: number) => ConfigOutcome
}

function agent(name: string): Agent {
  const self = nodeId(name)
  const documents = new Documents({
    factory: automergeDocuments,
    self,
    boot: bootId(`boot of ${name}`),
    random: new Random(name),
  })
  const catalog = new Catalog(documents)
  const outbox: DocumentGossip[] = []
  const author = (atMs: number): EditAuthor => ({
    node: self,
    nodeName: name,
    timeZone: 'UTC',
    atMs,
    user: 'ann',
  })
  const ask = (command: Partial<ConfigCommand>, atMs = 5000): ConfigOutcome => {
    const whole = { category: web, knows: null, isDryRun: false, ...command } as ConfigCommand
    const outcome = carryOutConfigCommand(whole, catalog, author(atMs))
    const { changed, gossips } = documents.takeEffects()
    outbox.push(...gossips)
    catalog.onChanged(changed)
    return outcome
  }
  return { documents, catalog, outbox, author, ask }
}

/** Each takes what the other has gossiped. */
function exchange(left: Agent, right: Agent): void {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    for (const gossip of other.outbox.splice(0)) one.documents.onGossip(nodeId('other'), gossip, 0)
    one.catalog.onChanged(one.documents.takeEffects().changed)
  }
}

const web = category('web')
const file = (...jobs: readonly (readonly [name: string, schedule: string])[]): string =>
  `jobs:\n${jobs.map(([name, schedule]) => `  ${name}: { schedule: "${schedule}", actions: { x: { command: "true" } } }\n`).join('')}`
const apply = (text: string, more: object = {}): Partial<ConfigCommand> => ({
  kind: 'apply-category',
  fileName: 'web.yaml',
  text,
  ...more,
})
const names = (outcome: ConfigOutcome): string =>
  outcome.kind === 'category-changed' ? [...outcome.after.keys()].join() : outcome.kind
const revisionOf = (outcome: ConfigOutcome): string => {
  if (outcome.kind !== 'category-changed') throw new Error(outcome.kind)
  return outcome.revision
}
const jobs = (one: Agent): string => [...one.catalog.jobNames()].sort().join()
const status = (one: Agent) => [...one.catalog.categories()].find((each) => each.category === web)

let one: Agent

beforeEach(() => {
  one = agent('one')
})

describe('applying a text', () => {
  it('makes a revision that names who asked, and on which agent', () => {
    const outcome = one.ask(apply(file(['a', 'every 1h'], ['b', 'every 1h'])))
    expect(names(outcome)).toBe('web.a,web.b')
    expect(status(one)).toMatchObject({
      author: { nodeName: 'one', user: 'ann' },
      fileName: 'web.yaml',
      jobs: 2,
    })
  })

  it('that is only tried answers the same and changes nothing', () => {
    one.ask(apply(file(['a', 'every 1h'])))
    const before = status(one)?.revision
    const edit = apply(file(['b', 'every 1h']))
    const tried = one.ask({ ...edit, isDryRun: true })
    expect([names(tried), jobs(one), status(one)?.revision]).toEqual(['web.b', 'web.a', before])
    expect(one.documents.takeEffects().store).toEqual([])
    expect(one.ask(edit)).toEqual({ ...tried, isDryRun: false })
    expect(jobs(one)).toBe('web.b')
  })

  it('that is in force already changes nothing, and says so', () => {
    const revision = revisionOf(one.ask(apply(file(['a', 'every 1h']))))
    expect(one.ask(apply(file(['a', 'every 1h'])))).toEqual({
      kind: 'category-unchanged',
      category: web,
      revision,
    })
  })

  it('with a mistake is refused with its place', () => {
    const outcome = one.ask(apply('jobs: {a: {schedul: every 1h}}'))
    expect(outcome).toMatchObject({ kind: 'category-refused', problems: [{ file: 'web.yaml', line: 1 }, {}] })
    expect(jobs(one)).toBe('')
  })

  it('takes an older text on purpose, which a file lying there at a start does not', () => {
    one.ask(apply(file(['a', 'every 1h'])))
    one.ask(apply(file(['a', 'every 2h'])))
    const old = {
      fileName: 'web.yaml',
      path: 'jobs/web.yaml',
      text: file(['a', 'every 1h']),
      isStartup: true,
    }
    expect(one.catalog.dropFile(old, one.author(6000)).kind).toBe('stale')
    expect(status(one)?.lastDrop).toMatchObject({ kind: 'stale', path: 'jobs/web.yaml' })
    expect(one.ask(apply(old.text)).kind).toBe('category-changed')
    expect(status(one)?.lastDrop).toBeNull()
  })

  it.each([
    ['nothing', null, 'category-changed'],
    ['the current revision', 'current', 'category-changed'],
    ['any revision', '*', 'category-changed'],
    ['an older revision', '1:one:gone', 'revision-differs'],
    ['that there is none', '', 'revision-differs'],
  ])('by somebody who knew %s', (_, knows, kind) => {
    const current = revisionOf(one.ask(apply(file(['a', 'every 1h']))))
    const outcome = one.ask(apply(file(['a', 'every 2h']), { knows: knows === 'current' ? current : knows }))
    expect(outcome).toMatchObject(kind === 'revision-differs' ? { kind, current } : { kind })
  })

  it('of a new category may demand that there is none', () => {
    expect(one.ask(apply(file(), { knows: '*' }))).toMatchObject({ kind: 'revision-differs', current: null })
    expect(one.ask(apply('jobs: {}', { knows: '' })).kind).toBe('category-changed')
  })

  it('does not go when the file that it replaced goes', () => {
    one.catalog.dropFile(
      { fileName: 'web.yaml', text: file(['a', 'every 1h']), isStartup: false },
      { node: nodeId('one'), nodeName: 'one', timeZone: 'UTC', atMs: 1 },
    )
    one.ask(apply(file(['a', 'every 2h'])))
    expect(one.catalog.removeFile('web.yaml', { ...one.author(6000) })).toMatchObject({
      kind: 'ignored',
      because: 'the category is what ann made it on agent "one"',
    })
  })
})

describe('a dropped file', () => {
  it('goes with its file however often its jobs were switched on and off by others', () => {
    const dropper = { node: nodeId('one'), nodeName: 'one', timeZone: 'UTC', atMs: 1 }
    one.catalog.dropFile({ fileName: 'web.yaml', text: file(['a', 'every 1h']), isStartup: false }, dropper)
    one.catalog.onChanged(one.documents.takeEffects().changed)
    for (let at = 0; at < 50; at++)
      one.ask({ kind: 'switch-job', job: 'web.a', isEnabled: at % 2 === 1 }, 5000 + at)
    expect(one.catalog.removeFile('web.yaml', dropper).kind).toBe('removed')
  })
})

describe('going back', () => {
  beforeEach(() => {
    one.ask(apply(file(['a', 'every 1h'])))
    one.ask(apply(file(['a', 'every 2h'], ['b', 'every 1h'])))
  })

  it('to the text before, or to a revision by its counter', () => {
    expect(names(one.ask({ kind: 'roll-back-category', to: null }))).toBe('web.a')
    expect(names(one.ask({ kind: 'roll-back-category', to: '2' }))).toBe('web.a,web.b')
    expect(one.ask({ kind: 'roll-back-category', to: '4' }).kind).toBe('category-unchanged')
  })

  it('passes over revisions that only switched jobs', () => {
    one.ask({ kind: 'switch-job', job: 'web.a', isEnabled: false })
    expect(names(one.ask({ kind: 'roll-back-category', to: null }))).toBe('web.a')
    expect(one.catalog.findJob('web.a')?.isEnabled).toBe(false)
  })

  it('brings a deleted category back', () => {
    one.ask({ kind: 'delete-category' })
    expect(jobs(one)).toBe('')
    expect(names(one.ask({ kind: 'roll-back-category', to: null }))).toBe('web.a,web.b')
  })

  it('to a revision that is not there says so', () => {
    expect(one.ask({ kind: 'roll-back-category', to: '77' })).toMatchObject({
      kind: 'not-found',
      what: 'revision "77" of category "web"',
    })
  })

  it('leaves localhost with the host that the text came from', () => {
    const two = agent('two')
    const local = 'jobs: {a: {schedule: every 1h, node: localhost, actions: {x: {command: "true"}}}}'
    one.ask(apply(local))
    one.ask(apply(file(['a', 'every 3h'])))
    exchange(one, two)
    two.ask({ kind: 'roll-back-category', to: null })
    expect(two.catalog.findJob('web.a')?.definition.nodes).toEqual({ kind: 'nodes', names: ['one'] })
  })
})

describe('deleting a category', () => {
  it('removes its jobs, once', () => {
    one.ask(apply(file(['a', 'every 1h'])))
    expect(one.ask({ kind: 'delete-category', isDryRun: true }).kind).toBe('category-changed')
    expect(jobs(one)).toBe('web.a')
    expect(one.ask({ kind: 'delete-category' }).kind).toBe('category-changed')
    expect(jobs(one)).toBe('')
    expect(one.ask({ kind: 'delete-category' })).toMatchObject({ kind: 'not-found', nearest: null })
  })

  it('that is not there names the nearest', () => {
    one.ask(apply(file(['a', 'every 1h'])))
    expect(one.ask({ kind: 'delete-category', category: category('wbe') })).toMatchObject({
      kind: 'not-found',
      what: 'category "wbe"',
    })
    expect(one.ask({ kind: 'delete-category', category: category('webs') })).toMatchObject({ nearest: 'web' })
  })

  it('of MASTER is refused while another needs its names', () => {
    one.ask({
      kind: 'apply-category',
      category: category('MASTER'),
      fileName: 'MASTER.yaml',
      text: 'command_context: {h: x}',
    })
    one.ask(apply('jobs: {a: {schedule: every 1h, actions: {x: {command: "ping {h}"}}}}'))
    expect(one.ask({ kind: 'delete-category', category: category('MASTER') })).toMatchObject({
      kind: 'category-refused',
      problems: [{ file: 'web.yaml' }],
    })
  })
})

describe('an edit of MASTER', () => {
  it('shows the jobs of other categories that it changes', () => {
    const master = category('MASTER')
    one.ask({ kind: 'apply-category', category: master, fileName: 'MASTER.yaml', text: 'time_zone: UTC' })
    one.ask(apply(file(['a', 'daily 04:00'])))
    const outcome = one.ask({
      kind: 'apply-category',
      category: master,
      fileName: 'MASTER.yaml',
      text: 'time_zone: Asia/Tokyo',
      isDryRun: true,
    })
    if (outcome.kind !== 'category-changed') throw new Error(outcome.kind)
    const zone = (jobs_: typeof outcome.after) => jobs_.get(jobName('web.a'))?.definition.timeZone
    expect([zone(outcome.before), zone(outcome.after)]).toEqual(['UTC', 'Asia/Tokyo'])
  })
})

describe('switching a job', () => {
  it('is done once, and survives an edit', () => {
    one.ask(apply(file(['a', 'every 1h'])))
    const off = { kind: 'switch-job', job: 'web.a', isEnabled: false } as const
    expect(one.ask(off)).toMatchObject({ kind: 'job-switched', isNews: true })
    expect(one.ask(off)).toMatchObject({ kind: 'job-switched', isNews: false })
    one.ask(apply(file(['a', 'every 2h'])))
    expect(one.catalog.findJob('web.a')?.isEnabled).toBe(false)
  })

  it('of MASTER needs no prefix, and an unknown one names the nearest', () => {
    one.ask({
      kind: 'apply-category',
      category: category('MASTER'),
      fileName: 'MASTER.yaml',
      text: file(['backup', 'every 1h']),
    })
    expect(one.ask({ kind: 'switch-job', job: 'backup', isEnabled: false })).toMatchObject({
      job: 'MASTER.backup',
    })
    expect(one.ask({ kind: 'switch-job', job: 'MASTER.bakup', isEnabled: false })).toMatchObject({
      kind: 'not-found',
      nearest: 'MASTER.backup',
    })
  })
})

describe('two edits at once', () => {
  let two: Agent

  beforeEach(() => {
    two = agent('two')
    one.ask(apply(file(['a', 'every 1h'])))
    two.ask(apply(file(['b', 'every 1h'])))
    exchange(one, two)
  })

  it('end alike on both agents, and the one that lost is kept', () => {
    expect(jobs(one)).toBe(jobs(two))
    expect(status(one)?.conflicts).toHaveLength(1)
    expect(status(one)?.conflicts).toEqual(status(two)?.conflicts)
  })

  it('are settled by keeping the one in force, everywhere', () => {
    const before = jobs(one)
    one.ask({ kind: 'resolve-category', keep: 'current' })
    exchange(one, two)
    expect([jobs(one), jobs(two)]).toEqual([before, before])
    expect([status(one)?.conflicts, status(two)?.conflicts]).toEqual([[], []])
    expect(one.ask({ kind: 'resolve-category', keep: 'current' }).kind).toBe('category-unchanged')
  })

  it('are settled by taking the other, everywhere', () => {
    const [lost] = status(one)?.conflicts ?? []
    const before = jobs(one)
    two.ask({ kind: 'resolve-category', keep: lost?.id ?? '' })
    exchange(one, two)
    expect(jobs(one)).toBe(before === 'web.a' ? 'web.b' : 'web.a')
    expect(jobs(two)).toBe(jobs(one))
    expect([status(one)?.conflicts, status(two)?.conflicts]).toEqual([[], []])
  })

  it('are not settled by another edit', () => {
    one.ask(apply(file(['c', 'every 1h'])))
    exchange(one, two)
    expect(status(two)?.conflicts).toHaveLength(1)
  })
})
