// The catalog over real documents: what a dropped file becomes, and what it does not.
import { describe, expect, it } from 'vitest'
import { bootId, jobName, nodeId } from '../../../lib/base/ids.ts'
import { Random } from '../../../lib/base/random.ts'
import { compareRevisions } from '../../../lib/base/revision.ts'
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import { Catalog, type EditAuthor } from '../../../lib/catalog/catalog.ts'
import { Documents } from '../../../lib/catalog/documents.ts'

type Agent = {
  readonly documents: Documents
  readonly catalog: Catalog
  drop(fileName: string, text: string, atMs: number, isStartup?: boolean): ReturnType<Catalog['dropFile']>
  author(atMs: number): EditAuthor
  /** The names of the jobs that changed. */
  settle(): string[]
}

function agent(name: string, timeZone = 'UTC'): Agent {
  const self = nodeId(name)
  const documents = new Documents({
    factory: automergeDocuments,
    self,
    boot: bootId(`boot of ${name}`),
    random: new Random(name),
  })
  const catalog = new Catalog(documents)
  const author = (atMs: number): EditAuthor => ({ node: self, nodeName: name, timeZone, atMs })
  return {
    documents,
    catalog,
    author,
    drop: (fileName, text, atMs, isStartup = false) =>
      catalog.dropFile({ fileName, text, isStartup }, author(atMs)),
    settle: () => catalog.onChanged(documents.takeEffects().changed).sort(),
  }
}

/** Brings both agents' documents together without a network. */
function exchange(left: Agent, right: Agent): void {
  const gossips = [left, right].map((one) => one.documents.takeEffects())
  right.documents.onGossip(
    nodeId('left'),
    gossips[0]!.gossips[0] ?? { kind: 'document-changes', documents: [] },
    0,
  )
  left.documents.onGossip(
    nodeId('right'),
    gossips[1]!.gossips[0] ?? { kind: 'document-changes', documents: [] },
    0,
  )
  for (const [at, one] of [left, right].entries()) {
    one.catalog.onChanged(gossips[at]!.changed)
    one.settle()
  }
}

const file = (...jobs: readonly (readonly [name: string, schedule: string, command?: string])[]): string =>
  ['jobs:']
    .concat(
      jobs.map(
        ([name, schedule, command]) =>
          `  - name: ${name}\n    schedule: "${schedule}"\n    actions: [{ name: a, command: "${command ?? 'true'}" }]`,
      ),
    )
    .join('\n')

const life = (one: Agent, name: string) => {
  const job = one.catalog.scheduledJob(jobName(name))
  return job === undefined ? undefined : [job.incarnation, job.effectiveFromMs]
}

describe('a dropped file', () => {
  it('becomes the jobs of the category that it is named after', () => {
    const one = agent('one')
    const jobs = file(['backup', 'every 10s'], ['report', 'every 1h'])
    const outcome = one.drop(
      'web.yaml',
      `${jobs}\nservices: [{name: up, command: x, foreground: true}]`,
      5000,
    )
    expect(outcome).toMatchObject({
      kind: 'applied',
      category: 'web',
      created: ['web.backup', 'web.report'],
      removed: [],
    })
    expect(one.settle()).toEqual(['web.backup', 'web.report'])
    expect(one.catalog.scheduledJob('web.backup')).toMatchObject({
      incarnation: 1,
      effectiveFromMs: 5000,
      isEnabled: true,
    })
    expect([...one.catalog.categories()]).toMatchObject([
      { category: 'web', jobs: 2, services: 1, state: 'present', lastDrop: null },
    ])
  })

  it('that is a crontab has the times of the host where it was dropped, on every agent', () => {
    const [one, two] = [agent('one', 'Asia/Tokyo'), agent('two', 'America/New_York')]
    one.drop('web.crontab', '0 4 * * * tidy', 5000)
    exchange(one, two)
    for (const { catalog } of [one, two])
      expect(catalog.scheduledJob('web.tidy')?.definition).toMatchObject({
        timeZone: 'Asia/Tokyo',
        nodes: { kind: 'nodes', names: ['one'] },
      })
  })

  it('changes nothing when it says what the category says already', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['backup', 'every 10s']), 5000)
    one.settle()
    expect(one.drop('web.yaml', file(['backup', 'every 10s']), 6000)).toEqual({
      kind: 'unchanged',
      category: 'web',
    })
    expect(one.settle()).toEqual([])
  })

  it('is refused whole when anything is wrong with it, and the category stays as it was', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['backup', 'every 10s']), 5000)
    one.settle()
    const outcome = one.drop('web.yaml', file(['backup', 'every 10s'], ['broken', 'every blue moon']), 6000)
    expect(outcome).toMatchObject({ kind: 'refused', problems: [{ file: 'web.yaml' }] })
    expect([one.settle(), one.catalog.scheduledJob('web.backup')?.definition.scheduleText]).toEqual([
      [],
      'every 10s',
    ])
    expect([...one.catalog.categories()][0]?.lastDrop).toMatchObject({ kind: 'refused' })
  })

  it('is passed over when it is no file of definitions', () => {
    expect(agent('one').drop('.web.yaml.swp', 'x', 5000).kind).toBe('ignored')
  })

  it('begins the slots of a job anew where other registers decide them from now on: each node its own, or a vote', () => {
    const one = agent('one')
    const job = (more: string) => `jobs: [{name: a, schedule: every 10s, ${more}actions: {x: {command: y}}}]`
    const lives = ['', 'count: 2, ', 'all_nodes: true, ', ''].map((more, at) => {
      one.drop('web.yaml', job(more), 5000 + at)
      one.settle()
      return life(one, 'web.a')
    })
    expect(lives).toEqual([
      [1, 5000],
      [1, 5000],
      [1, 5002],
      [1, 5003],
    ])
  })

  it('keeps the life of a job whose slots stay, and begins its slots anew when its schedule changes', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['a', 'every 10s'], ['b', 'every 10s']), 5000)
    one.settle()
    const outcome = one.drop(
      'web.yaml',
      file(['a', 'every 10s', 'false'], ['b', 'every 20s'], ['c', 'every 1h']),
      9000,
    )
    expect(outcome).toMatchObject({ created: ['web.c'], changed: ['web.a', 'web.b'], removed: [] })
    one.settle()
    expect([life(one, 'web.a'), life(one, 'web.b'), life(one, 'web.c')]).toEqual([
      [1, 5000],
      [1, 9000],
      [2, 9000],
    ])
  })

  it('gives a job that was deleted and created again a higher incarnation', () => {
    const one = agent('one')
    const texts = [
      file(['a', 'every 10s'], ['b', 'every 10s']),
      file(['b', 'every 10s']),
      file(['a', 'every 10s']),
    ]
    for (const [at, text] of texts.entries()) {
      one.drop('web.yaml', text, 5000 + at)
      one.settle()
    }
    expect([life(one, 'web.a'), life(one, 'web.b')]).toEqual([[3, 5002], undefined])
  })

  it('gives higher incarnations after the whole category was deleted', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    one.settle()
    expect(one.catalog.removeFile('web.yaml', one.author(6000))).toMatchObject({
      kind: 'removed',
      removed: ['web.a'],
    })
    expect([one.settle(), [...one.catalog.jobNames()]]).toEqual([['web.a'], []])
    expect(one.drop('web.yaml', file(['a', 'every 10s']), 7000).kind).toBe('applied')
    one.settle()
    expect(life(one, 'web.a')).toEqual([3, 7000])
  })

  it('is stale when it lay there at the start and the cluster has moved on from it', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    for (let edit = 0; edit < 40; edit++)
      one.drop('web.yaml', file(['a', `every ${edit + 11}s`]), 6000 + edit)
    one.settle()
    expect(one.drop('web.yaml', file(['a', 'every 10s']), 9000, true).kind).toBe('stale')
    expect(one.drop('web.yaml', file(['a', 'every 9s']), 9001, true).kind).toBe('applied')
    expect(one.drop('web.yaml', file(['a', 'every 10s']), 9002).kind).toBe('applied')
  })

  it('applies twenty thousand jobs in a few seconds, and an edit of one of them', { timeout: 60_000 }, () => {
    const one = agent('one')
    const jobs = Array.from({ length: 20_000 }, (_, i) => [`job${i}`, `every ${10 + (i % 50)}s`] as const)
    const began = performance.now()
    expect(one.drop('big.yaml', file(...jobs), 5000)).toMatchObject({ kind: 'applied' })
    expect(one.settle()).toHaveLength(20_000)
    const edited = one.drop('big.yaml', file(...jobs.with(7, ['job7', 'every 3s'])), 6000)
    expect(edited).toMatchObject({ kind: 'applied', changed: ['big.job7'], created: [], removed: [] })
    expect(one.settle()).toEqual(['big.job7'])
    expect(performance.now() - began).toBeLessThan(30_000)
  })
})

describe('MASTER', () => {
  const zone = (name: string): string => `time_zone: ${name}\n`
  const daily = file(['a', 'cron 0 9 * * *'], ['b', 'every 10s'])

  it('begins the slots of jobs anew that its change moves, and those only', () => {
    const one = agent('one')
    one.drop('MASTER.yaml', zone('Europe/Berlin'), 4000)
    one.settle()
    one.drop('web.yaml', daily, 5000)
    one.settle()
    const before = one.catalog.scheduledJob('web.a')!
    expect(one.drop('MASTER.yaml', zone('America/New_York'), 9000)).toMatchObject({ kind: 'applied' })
    expect(one.settle()).toContain('web.a')
    const after = one.catalog.scheduledJob('web.a')!
    expect([before.definition.timeZone, after.definition.timeZone]).toEqual([
      'Europe/Berlin',
      'America/New_York',
    ])
    expect([life(one, 'web.a'), life(one, 'web.b')?.[0]]).toEqual([[1, 9000], 1])
  })

  it('is refused when another category could not be read with it, and stays while one needs it', () => {
    const one = agent('one')
    one.drop('MASTER.yaml', 'command_context: { where: /srv }\n', 4000)
    one.settle()
    const uses = file(['a', 'every 10s', 'ls {where}'])
    expect(one.drop('web.yaml', uses, 5000)).toMatchObject({ kind: 'applied' })
    one.settle()
    const outcome = one.drop('MASTER.yaml', 'command_context: { whither: /srv }\n', 6000)
    expect(outcome).toMatchObject({ kind: 'refused', problems: [{ file: 'web.yaml' }] })
    expect(one.catalog.removeFile('MASTER.yaml', one.author(7000))).toMatchObject({ kind: 'ignored' })
    expect([one.settle(), life(one, 'web.a')]).toEqual([[], [1, 5000]])
  })
})

describe('a job that a person switched off', () => {
  it('stays off over edits of the file, and has no slots before it is switched on again', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['a', 'every 10s'], ['b', 'every 10s']), 5000)
    one.settle()
    const revision = one.catalog.scheduledJob('web.a')!.revision
    expect(one.catalog.setEnabled(jobName('web.a'), false, one.author(6000))).toBe(true)
    expect(one.settle()).toEqual(['web.a'])
    one.drop('web.yaml', file(['a', 'every 10s', 'false'], ['b', 'every 10s']), 7000)
    one.settle()
    const off = one.catalog.scheduledJob('web.a')!
    expect([off.isEnabled, one.catalog.scheduledJob('web.b')?.isEnabled]).toEqual([false, true])
    expect(compareRevisions(off.revision, revision)).toBeGreaterThan(0)
    one.catalog.setEnabled(jobName('web.a'), true, one.author(8000))
    one.settle()
    expect([one.catalog.scheduledJob('web.a')?.isEnabled, life(one, 'web.a')]).toEqual([true, [1, 8000]])
    expect(one.catalog.setEnabled(jobName('web.nobody'), true, one.author(9000))).toBe(false)
  })

  it('and another one on another agent at the same time are both off', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.drop('web.yaml', file(['a', 'every 10s'], ['b', 'every 10s']), 5000)
    exchange(one, two)
    one.catalog.setEnabled(jobName('web.a'), false, one.author(6000))
    two.catalog.setEnabled(jobName('web.b'), false, two.author(6000))
    exchange(one, two)
    for (const each of [one, two]) {
      expect(['web.a', 'web.b'].map((name) => each.catalog.scheduledJob(name)?.isEnabled)).toEqual([
        false,
        false,
      ])
      expect([...each.catalog.categories()][0]?.conflicts).toEqual([])
    }
  })

  it('is on when it is created anew after its deletion', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['a', 'every 10s'], ['b', 'every 10s']), 5000)
    one.settle()
    one.catalog.setEnabled(jobName('web.a'), false, one.author(6000))
    one.settle()
    for (const text of [file(['b', 'every 10s']), file(['a', 'every 10s'])]) {
      one.drop('web.yaml', text, 7000)
      one.settle()
    }
    expect(one.catalog.scheduledJob('web.a')?.isEnabled).toBe(true)
  })

  it('can be switched a thousand times without the text standing there a thousand times', () => {
    const one = agent('one')
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    for (let at = 0; at < 300; at++) {
      one.settle()
      one.catalog.setEnabled(jobName('web.a'), at % 2 === 0, one.author(6000 + at))
    }
    one.settle()
    const document = one.documents.get('category/web')!
    expect([...document.keys()].filter((key) => key.startsWith('text/')).length).toBeLessThanOrEqual(3)
    expect(document.size).toBeLessThan(40)
    expect(one.catalog.scheduledJob('web.a')?.definition.scheduleText).toBe('every 10s')
  })
})

describe('a text', () => {
  it('is not lost when a cut-off agent pruned it and the other side wins with it', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    exchange(one, two)
    for (let at = 0; at < 31; at++) {
      one.catalog.setEnabled(jobName('web.a'), at % 2 === 0, one.author(6000 + at))
      // Twenty-five edits prune what they began with.
      if (at < 25) two.drop('web.yaml', file(['a', `every ${at + 20}s`]), 6000 + at)
    }
    expect(
      two.documents.get('category/web')!.has(`text/${one.catalog.scheduledJob('web.a')!.revision}`),
    ).toBe(false)
    exchange(one, two)
    for (const each of [one, two])
      expect(each.catalog.scheduledJob('web.a')?.definition.scheduleText).toBe('every 10s')
  })
})

describe('a removed file', () => {
  it('removes its category only at the agent whose file it was', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    exchange(one, two)
    expect(life(two, 'web.a')).toEqual([1, 5000])
    expect(two.catalog.removeFile('web.yaml', two.author(6000)).kind).toBe('ignored')
    expect(one.catalog.removeFile('other.yaml', one.author(6000)).kind).toBe('ignored')
    expect(one.catalog.removeFile('web.yaml', one.author(6000)).kind).toBe('removed')
  })
})

describe('two agents', () => {
  it('that edit one category at once agree on the winner, and keep the other as a conflict', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    exchange(one, two)
    one.drop('web.yaml', file(['a', 'every 20s']), 6000)
    two.drop('web.yaml', file(['a', 'every 30s']), 6001)
    exchange(one, two)
    const seen = [one, two].map((each) =>
      [...each.catalog.categories()].map(({ revision, conflicts }) => ({ revision, conflicts })),
    )
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]![0]!.conflicts).toHaveLength(1)
    expect(life(one, 'web.a')).toEqual(life(two, 'web.a'))
  })

  it('never give a job a lower incarnation than one side of a cut network had', () => {
    const [one, two] = [agent('one'), agent('two')]
    one.drop('web.yaml', file(['a', 'every 10s']), 5000)
    exchange(one, two)
    one.drop('web.yaml', file(['b', 'every 10s']), 5001)
    one.drop('web.yaml', file(['a', 'every 10s']), 5002)
    for (let edit = 0; edit < 5; edit++) two.drop('web.yaml', file(['a', `every ${20 + edit}s`]), 6000 + edit)
    exchange(one, two)
    // The edits of two win, with the first incarnation; the second side's register may have seen the third.
    expect(one.catalog.scheduledJob('web.a')?.definition.scheduleText).toBe('every 24s')
    expect([life(one, 'web.a')?.[0], life(two, 'web.a')?.[0]]).toEqual([3, 3])
    one.drop('web.yaml', file(['a', 'every 40s']), 7000)
    exchange(one, two)
    expect([life(one, 'web.a'), life(two, 'web.a')]).toEqual([
      [3, 7000],
      [3, 7000],
    ])
  })
})
