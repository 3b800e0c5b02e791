import { describe, expect, test } from 'vitest'
import { category } from '../../../lib/base/ids.ts'
import { nothingMissing, type NotYetTable } from '../../../lib/definition/not-yet.ts'
import { categoryOfFileName, parseCategory } from '../../../lib/definition/parse-category.ts'
import { faults, parsed } from './parsed.ts'

const small = `
jobs:
  - name: backup
    schedule: cron 0 4 * * *
    actions:
      - name: dump
        command: pg_dump
`

describe('a small file', () => {
  const { jobs, problems, notes } = parsed(small)
  const [job] = jobs

  test('becomes one job with its full name and all defaults', () => {
    expect(problems).toEqual([])
    expect(notes).toEqual([])
    expect(job).toMatchObject({
      name: 'shop.backup',
      category: 'shop',
      nodes: { kind: 'any' },
      pool: '',
      count: 1,
      timeZone: 'UTC',
      enabled: true,
      overlap: 'queue',
      startDeadlineMs: 60_000,
      catchUp: { kind: 'last', withinMs: 86_400_000, max: 1 },
      runLimit: 50,
      runsListed: null,
      keepRunsForMs: null,
      cleanup: null,
    })
    expect(job?.schedule).toMatchObject({ kind: 'cron', hours: [4], minutes: [0] })
    expect(job?.actions).toMatchObject([{ name: 'dump', command: 'pg_dump', requires: [], shell: '/bin/sh' }])
  })

  test('is read alike when its collections are maps keyed by name', () => {
    const asMap = `jobs: {backup: {schedule: cron 0 4 * * *, actions: {dump: {command: pg_dump}}}}`
    expect(parsed(asMap).jobs).toEqual(jobs)
  })

  test('is read alike as JSON', () => {
    const json = JSON.stringify({
      jobs: [{ name: 'backup', schedule: 'cron 0 4 * * *', actions: [{ name: 'dump', command: 'pg_dump' }] }],
    })
    expect(parsed(json).jobs).toEqual(jobs)
  })
})

describe('an empty file', () => {
  test.each([
    ['', 'no text'],
    ['# nothing yet\n', 'a comment'],
    ['---\n\njobs:\n\nservices:\n\n', 'keys without values'],
    ['{}', 'an empty map'],
  ])('is a category without jobs: %j (%s)', (text) => {
    expect(parsed(text)).toMatchObject({ jobs: [], problems: [] })
  })
})

test('a request to what is no address of the web is taken, with a note', () => {
  const { problems, notes } = parsed('jobs: {a: {actions: {x: {http: {url: example.org}}}}}')
  expect(problems).toEqual([])
  expect(notes[0]?.message).toMatch(/^Each request to "example.org" fails: /)
})

describe('what is wrong is said with its place and the remedy', () => {
  test('an unknown key names the nearest known one', () => {
    const [problem] = parsed(small.replace('schedule', 'shedule')).problems
    expect(problem).toMatchObject({ file: 'shop.yaml', line: 4, column: 5, path: 'jobs.backup.shedule' })
    expect(problem?.message).toContain('"shedule"')
    expect(problem?.hint).toBe('did you mean "schedule"?')
  })

  test('all problems at once, in the order of the text', () => {
    const text = `
jobs:
  - name: one
    node: [a]
    bogus: 1
    schedule: cron 61 * * * *
    actions:
      - name: a
        comand: x
      - name: b
        command: 5
        requires: [c]
  - name: a.b
    actions: []
colour: red
`
    expect(faults(text)).toEqual([
      expect.stringMatching(/^4:11 Cannot read node: it is a list, expected the name of a node/),
      expect.stringMatching(/^5:5 Cannot use key "bogus" in job "one"/),
      expect.stringMatching(/^6:15 Cannot read schedule "cron 61 \* \* \* \*"/),
      expect.stringMatching(/^9:9 Cannot use key "comand" in action "a"/),
      expect.stringMatching(
        /^11:18 Cannot read command "5": it is a number, expected text: put it in quotes/,
      ),
      expect.stringMatching(/^12:20 Cannot require action "c" in action "b"/),
      expect.stringMatching(/^13:11 Cannot read name "a\.b": it has a dot or a slash/),
      expect.stringMatching(/^15:1 Cannot use key "colour" in the file: it is unknown/),
    ])
  })

  test.each([
    ['jobs: 5', '1:7 Cannot read jobs "5": it is a number, expected a list, or a map keyed by name'],
    ['- a', '1:1 Cannot read file: it is a list, expected a map of keys'],
    ['jobs: [5]', '1:8 Cannot read job "5": it is a number, expected a map of keys'],
    ['jobs:\n\t- name: x', '2:1 Cannot read YAML: a tab indents this line, expected spaces'],
    ['a: 1\n---\nb: 2', '2:1 Cannot read YAML: a second document begins here, expected one'],
    ['jobs: *gone', '1:7 Cannot read alias "*gone": no anchor before it has this name, expected &gone'],
    [
      'jobs: {5: {actions: 3}}',
      '1:21 Cannot read actions "3": it is a number, expected a list, or a map keyed by name',
    ],
    [
      'jobs:\n  - {name: a, actions: {x: {command: a}}}\n  - {name: a, actions: {x: {command: b}}}',
      '3:5 Cannot use job "shop.a" twice: it is on line 2 too, expected names of jobs and services to be unique',
    ],
    [
      'jobs:\n  a: {actions: {x: {command: a}}}\n  a: {actions: {x: {command: b}}}',
      '3:3 Cannot use key "a" twice: it is on line 2 too, expected it once',
    ],
    [
      'jobs: {a: {actions: {x: {http: {url: "{node}", body: b}}}}}',
      '1:48 Cannot use body in action "x": a GET request sends none, expected another method',
    ],
    [
      'jobs: {a: {actions: {x: {cwd: /, http: {url: "http://h"}}}}}',
      '1:26 Cannot use cwd in action "x": it makes a request, expected only with a command',
    ],
    [
      'jobs: {a: {actions: {x: {http: {url: "http://h", key_file: /k}}}}}',
      '1:50 Cannot use key_file in action "x": it stands alone, expected cert_file and key_file together',
    ],
    [
      'jobs: {a: {actions: {x: {http: {url: "http://h", expect_body: "("}}}}}',
      expect.stringMatching(/^1:63 Cannot read expect_body "\(": it is no regular expression, expected one/),
    ],
    [
      'jobs: {a: {actions: {x: {command: a, requires: y}, y: {command: b, requires: x}}}}',
      '1:21 Cannot order the actions of job "a": x requires y requires x, expected no circle',
    ],
    [
      'jobs: {a: {actions: {x: {command: a, requires: [why]}, who: {command: b}}}}',
      '1:49 Cannot require action "why" in action "x": this job has none of that name, expected an action of the same job',
    ],
    [
      'jobs: {a: {time_zone: Europe/Rom, actions: {x: {command: a}}}}',
      '1:23 Cannot use time zone "Europe/Rom": it is not known here, expected a name such as Europe/Berlin or UTC',
    ],
    [
      'jobs: {a: {allow_overlap: true, overlap: skip, actions: {x: {command: a}}}}',
      '1:12 Cannot use allow_overlap in job "a": it says allow and overlap says skip, expected one of them',
    ],
    [
      'jobs: {a: {start_deadline: 5, actions: {x: {command: a}}}}',
      '1:28 Cannot read start_deadline "5": it has no unit, expected a number and a unit such as 90s, 10 min, 1h30m or PT1H',
    ],
  ])('%j', (text, fault) => {
    expect(faults(text)).toEqual([fault])
  })

  test('a broken file gives no jobs at all', () => {
    expect(parsed(`${small}  - name: second\n`).jobs).toEqual([])
  })
})

describe('the order of actions', () => {
  test('puts what is required first, and keeps the order of the file otherwise', () => {
    const text = `
jobs:
  a:
    actions:
      last: {command: x, requires: [first, second]}
      free: {command: x}
      second: {command: x, requires: first}
      first: {command: x}
`
    expect(parsed(text).jobs[0]?.actions.map(({ name }) => name)).toEqual(['first', 'second', 'last', 'free'])
  })

  test('a chain of ten thousand actions does not exhaust the stack', () => {
    const actions = Array.from({ length: 10_000 }, (_, i) => ({
      name: `a${i}`,
      command: 'x',
      requires: i < 9_999 ? [`a${i + 1}`] : [],
    }))
    const { jobs, problems } = parsed(JSON.stringify({ jobs: [{ name: 'a', actions }] }))
    expect(problems).toEqual([])
    expect(jobs[0]?.actions[0]?.name).toBe('a9999')
  })
})

describe('where a job runs', () => {
  const nodes = `
nodes:
  - box1
  - {name: box2, hostname: two.example.org}
  - {name: here, hostname: localhost}
node_pools:
  - {name: both, nodes: [box2, box1, box2]}
  - {nodes: [box1, here]}
  - {name: web, labels: {role: web}}
`
  const job = (node: string) => `${nodes}jobs: {a: {node: ${node}, actions: {x: {command: a}}}}`

  test.each([
    ['box1', { kind: 'nodes', names: ['box1'] }, 'box1'],
    ['box2', { kind: 'nodes', names: ['box2', 'two.example.org'] }, 'box2'],
    ['both', { kind: 'nodes', names: ['box2', 'two.example.org', 'box1'] }, 'both'],
    ['box1_here', { kind: 'nodes', names: ['box1', 'alpha'] }, 'box1_here'],
    ['localhost', { kind: 'nodes', names: ['alpha'] }, 'alpha'],
    ['web', { kind: 'labels', labels: { role: 'web' } }, 'web'],
    ['{zone: b, role: web}', { kind: 'labels', labels: { zone: 'b', role: 'web' } }, 'role=web,zone=b'],
    ['zone=b', { kind: 'labels', labels: { zone: 'b' } }, 'zone=b'],
    ['elsewhere', { kind: 'nodes', names: ['elsewhere'] }, 'elsewhere'],
  ])('node: %s', (node, chosen, pool) => {
    const { jobs, problems } = parsed(job(node))
    expect(problems).toEqual([])
    expect(jobs[0]).toMatchObject({ nodes: chosen, pool })
  })

  test('a name that nothing defines is accepted with a note', () => {
    expect(parsed(job('boxx1')).notes.at(-1)).toMatchObject({ line: 10, hint: 'did you mean "box1"?' })
  })

  test('MASTER gives its nodes, pools, variables and zone to all, and a file its own to itself', () => {
    const master = parsed(`${nodes}command_context: {A: m, B: m}\ntime_zone: Europe/Rome`).scope
    const own = `node_pools: {both: {nodes: [box1]}}\ncommand_context: {B: own}\njobs: {a: {node: both, actions: {x: {command: a}}}}`
    expect(parsed(own, { master }).jobs[0]).toMatchObject({
      nodes: { kind: 'nodes', names: ['box1'] },
      timeZone: 'Europe/Rome',
      commandContext: { A: 'm', B: 'own' },
    })
  })
})

describe('secrets', () => {
  const action = (words: string) => `jobs: {a: {actions: {x: {${words}}}}}`

  test('are names in env, in the headers of a request, and in the secret_env of Tron', () => {
    const { jobs, problems } = parsed(
      action('command: a, env: {A: b, B: {secret: c}}, secret_env: {D: {secret_name: e-f, key: g.h}}'),
    )
    expect(problems).toEqual([])
    expect(jobs[0]?.actions[0]).toMatchObject({ env: { A: 'b' }, secrets: { B: 'c', D: 'e-f.g.h' } })
    const http = parsed(action('http: {url: "http://a", headers: {B: "{node}", C: {secret: d}}}'))
    expect(http.problems).toEqual([])
    expect(http.jobs[0]?.actions[0]?.http).toMatchObject({
      headers: { B: '{node}' },
      secretHeaders: { C: 'd' },
    })
  })

  test.each([
    [
      'command: a, secret_env: {A: b}',
      'it has something else under "A", expected {secret_name: NAME, key: KEY}',
    ],
    ['command: a, secret_env: {A: {secret_name: b}}', 'something else under "A"'],
    ['command: a, secret_env: {A: {secret_name: b, key: "c d"}}', 'something else under "A"'],
    ['command: a, secret_env: {A: {secret_name: b, key: c, more: d}}', 'something else under "A"'],
    ['command: a, secret_env: {A: }', 'something else under "A"'],
    ['command: a, secret_env: {A b: {secret_name: b, key: c}}', 'Cannot use variable "A b"'],
    ['command: a, env: {A: b}, secret_env: {A: {secret_name: b, key: c}}', 'it stands in env too'],
    [
      'http: {url: "http://a"}, secret_env: {A: {secret_name: b, key: c}}',
      'Cannot use secret_env in action "x"',
    ],
    ['http: {url: "http://a", headers: {A: {secret: "b c"}}}', 'expected text, or {secret: NAME}'],
  ])('%s is refused: %s', (words, why) => {
    expect(faults(action(words)).join()).toContain(why)
  })
})

describe('keys of Tron without a meaning here', () => {
  const text = `ssh_options: {agent: true}\njobs: {a: {actions: {x: {command: a, cpus: 1}}}}`

  test('are accepted with a note that names what takes their place', () => {
    const { problems, notes, jobs } = parsed(text)
    expect(problems).toEqual([])
    expect(jobs).toHaveLength(1)
    expect(notes.map(({ line, path }) => ({ line, path }))).toEqual([
      { line: 1, path: 'ssh_options' },
      { line: 2, path: 'jobs.a.actions.x.cpus' },
    ])
  })

  test('make the file one of Tron, whose missed slots are all made up for', () => {
    expect(parsed(text).jobs[0]?.catchUp).toEqual({ kind: 'all', withinMs: 86_400_000, max: 100 })
  })
})

describe('overlap in the words of Tron and Kron', () => {
  test.each([
    ['overlap: replace', 'replace'],
    ['overlap: delay', 'queue'],
    ['queueing: false', 'skip'],
    ['queueing: true', 'queue'],
    ['allow_overlap: True', 'allow'],
    ['allow_overlap: yes, queueing: no', 'allow'],
  ])('%s', (words, overlap) => {
    expect(parsed(`jobs: {a: {${words}, actions: {x: {command: a}}}}`).jobs[0]?.overlap).toBe(overlap)
  })
})

describe('what is not carried out yet', () => {
  const source = {
    category: category('shop'),
    fileName: 'shop.yaml',
    droppedBy: { nodeName: 'alpha', timeZone: 'UTC' },
    master: null,
  }
  const fault = (text: string) =>
    parseCategory({ ...source, text }, table).problems.map(({ message }) => message)
  const table: NotYetTable = {
    ...nothingMissing,
    job: [{ key: 'jitter', instead: 'slots would start at their instant' }],
    action: [{ key: 'retries', instead: 'a failed attempt would be the last', harmless: [0] }],
  }

  test.each([
    ['jitter: 5s, actions: {x: {command: a}}', 'Cannot use key "jitter" in "a" yet'],
    ['actions: {x: {command: a, retries: 1}}', 'Cannot use key "retries" in "x" yet'],
    ['actions: {x: {command: a}}, cleanup_action: {command: a, retries: 1}', 'Cannot use key "retries" yet'],
  ])('{%s} is refused', (job, message) => {
    expect(fault(`jobs: {a: {${job}}}`)).toEqual([expect.stringContaining(message)])
  })

  test('a value that asks for nothing is taken', () => {
    expect(fault('jobs: {a: {actions: {x: {command: a, retries: 0}}}}')).toEqual([])
  })
})

describe('the name of a file', () => {
  test.each(['shop.yaml', 'shop.yml', 'shop.json', 'shop.crontab'])('%s is the category shop', (fileName) => {
    expect(categoryOfFileName(fileName)).toEqual({ category: 'shop' })
  })

  test.each([
    '.shop.yaml',
    '.shop.yaml.swp',
    'shop.yaml~',
    '#shop.yaml#',
    '4913',
    'shop.yaml.tmp',
    'README.md',
    'a.b.yaml',
    '.yaml',
  ])('%s is passed over', (fileName) => {
    expect(categoryOfFileName(fileName)).toHaveProperty('ignored')
  })
})
