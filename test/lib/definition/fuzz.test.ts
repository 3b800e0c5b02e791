import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { definitionLimits } from '../../../lib/base/limits.ts'
import { attemptVariables, instanceVariables } from '../../../lib/definition/attempt-variables.ts'
import { fileRecord } from '../../../lib/definition/file-keys.ts'
import type { ActionDefinition, JobDefinition } from '../../../lib/definition/job-definition.ts'
import { entriesOf, itemOf } from '../../../lib/definition/key.ts'
import type { ParsedCategory } from '../../../lib/definition/parse-category.ts'
import { renderTemplate, type TemplateContext } from '../../../lib/definition/render-template.ts'
import type { ServiceDefinition } from '../../../lib/definition/service-definition.ts'
import { nextSlot, previousSlot } from '../../../lib/schedule/schedule.ts'
import { parsed } from './parsed.ts'

/** Every key of every record, so that random maps are often nearly right. */
function keysOf(schema: Parameters<typeof entriesOf>[0]): readonly string[] {
  const entries = Object.entries(entriesOf(itemOf(schema) ?? schema) ?? {})
  return entries.flatMap(([key, entry]) => [key, ...keysOf(entry)])
}
const keys = [...new Set(keysOf(fileRecord)), 'nonsense', 'ssh_options', '__proto__', 'toString']

const words = (
  '|a|b|a.b|örtlich 🎵|localhost|role=web|5m|1h30m|1 year|every 90s|cron 0 4 * * *|daily 04:00 MWF|constant|' +
  'cron 0 0 30 2 *|R/2026-01-31T00:00:00/P1M|at 2026-12-24T18:00|every monday at 09:00|Europe/Rome|Nowhere|yes|no|' +
  'queue|last|all|{shortdate-1}|{year+9000}|%(ymdhm)s|{name:>40}|{token:05d}|{last_success#ym-3}|{|{{}}|%%|{runid-1}|{V}|' +
  '{V:d}|{pid_file}|echo {slot} {attempt:x}|2026-12-25|2026-12-24..2027-01-02|12-25|R/|\u0000|\ud800|*|&a|null|~|1e309|' +
  `0x1f|-1|${'9'.repeat(30)}`
).split('|')
const scalar = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom(0, 1, 5, -1, 1.5, 1e21, true, false, null),
  fc.string({ maxLength: 8 }),
)
const tree = fc.letrec<{ node: unknown; map: Record<string, unknown> }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('node'), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(fc.constantFrom(...keys, 'x', 'y'), tie('node'), { maxKeys: 5 }),
}))

/** A file that is sound but for a few random values. */
const nearlySound = fc
  .record({
    job: tree.map,
    action: tree.map,
    more: tree.map,
    command: scalar,
    schedule: scalar,
    node: scalar,
  })
  .map(({ job, action, more, command, schedule, node }) => ({
    command_context: { V: '12', W: 'x' },
    ...more,
    jobs: {
      j: {
        schedule,
        node,
        ...job,
        actions: [
          { name: 'x', command: 'run' },
          { name: 'y', command, requires: 'x', ...action },
        ],
      },
    },
  }))

const samples = path.resolve(import.meta.dirname, '../../../config/jobs')
const texts = readdirSync(samples).map((file) => readFileSync(path.join(samples, file), 'utf8'))
const crontab = 'CRON_TZ=Europe/Rome\nPATH=/bin\n# name: n\n*/5 4-9 * jan mon-fri run %x\n@daily root tidy\n'
const fileNames = fc.constantFrom('shop.yaml', 'shop.json', 'shop.crontab')

function checkSound(text: string, fileName: string, slotMs: number): boolean {
  const startedAtMs = performance.now()
  const result = parsed(text, { fileName })
  expect(performance.now() - startedAtMs).toBeLessThan(10_000)
  for (const { line, message } of [...result.problems, ...result.notes]) {
    expect(message).toMatch(/^[A-Z\d].{10}/s)
    expect(line).toBeGreaterThanOrEqual(0)
  }
  checkWorks(result, slotMs)
  const isAccepted = result.problems.length === 0
  expect(isAccepted || result.jobs.length + result.services.length === 0).toBe(true)
  return isAccepted
}

function checkWorks({ jobs, services }: ParsedCategory, slotMs: number): void {
  const names = [...jobs, ...services].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const job of jobs) checkJob(job, slotMs)
  for (const service of services) checkService(service, slotMs)
}

function checkJob(job: JobDefinition, slotMs: number): void {
  const next = job.schedule === null ? null : nextSlot(job.schedule, slotMs)
  const back = job.schedule === null || next === null ? null : previousSlot(job.schedule, next.slotMs + 1)
  expect(back?.slotMs).toBe(next?.slotMs)
  const done = new Set<string>()
  for (const action of job.actions) {
    expect(action.requires.filter((name) => !done.has(name))).toEqual([])
    done.add(action.name)
  }
  const variables = attemptVariables({
    jobName: job.name,
    actionName: 'x',
    run: '7',
    attempt: 1,
    token: null,
    node: 'n',
    isManual: true,
    cleanupJobStatus: 'SUCCESS',
  })
  const context = {
    slotMs,
    timeZone: job.timeZone,
    lastSuccessMs: null,
    variables,
    commandContext: job.commandContext,
  }
  for (const action of [...job.actions, ...(job.cleanup === null ? [] : [job.cleanup])])
    checkRenders(templatesOf(action), context)
}

function templatesOf(action: ActionDefinition): readonly string[] {
  const { http } = action
  const request = http === null ? [] : [http.url, http.body ?? '', ...Object.values(http.headers)]
  const triggers = [...action.triggeredBy, ...Object.values(action.triggerDownstreams)]
  return [
    action.command,
    action.cwd ?? '',
    action.stdin ?? '',
    ...Object.values(action.env),
    ...request,
    ...triggers,
  ]
}

function checkService(service: ServiceDefinition, slotMs: number): void {
  const facts = { serviceName: service.name, instanceNumber: 3, node: 'n' }
  const context = { slotMs, timeZone: 'UTC', lastSuccessMs: null, commandContext: service.commandContext }
  checkRenders([service.pidFile ?? ''], {
    ...context,
    variables: instanceVariables({ ...facts, pidFile: null }),
  })
  const templates = [
    service.command,
    service.stopCommand ?? '',
    service.cwd ?? '',
    service.health?.target ?? '',
    ...Object.values(service.env),
  ]
  checkRenders(templates, { ...context, variables: instanceVariables({ ...facts, pidFile: 'f' }) })
}

function checkRenders(templates: readonly string[], context: TemplateContext): void {
  const failed = templates
    .map((template) => renderTemplate(template, context))
    .filter((rendering) => !rendering.ok)
  expect(failed).toEqual([])
}

const slots = fc.integer({ min: 0, max: Date.UTC(2199, 11, 31) })

describe('no text hangs the reader, makes it throw, or is accepted and then fails', () => {
  test('random text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fileNames,
        slots,
        (text, fileName, slotMs) => {
          checkSound(text, fileName, slotMs)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('random trees of known keys, and files that are nearly sound', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(tree.map, nearlySound, nearlySound), slots, (file, slotMs) => {
        if (checkSound(JSON.stringify(file), 'shop.json', slotMs)) accepted++
      }),
      { numRuns: 1_500 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('sound files with random changes', () => {
    const change = fc.record({
      at: fc.nat(2_000),
      cut: fc.nat(10),
      piece: fc.constantFrom('', '\n', '  ', ...words),
    })
    let accepted = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...texts, crontab),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        slots,
        (text, changes, slotMs) => {
          let changed = text
          for (const { at, cut, piece } of changes) {
            const from = at % changed.length
            changed = changed.slice(0, from) + piece + changed.slice(from + cut)
          }
          if (checkSound(changed, text === crontab ? 'shop.crontab' : 'shop.yaml', slotMs)) accepted++
        },
      ),
      { numRuns: 1_000 },
    )
    expect(accepted).toBeGreaterThan(50)
  })
})

describe('texts that grow when they are read', () => {
  const laughs = Array.from({ length: 30 }, (_, i) =>
    i === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
      : `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
  ).join('\n')
  const merges = Array.from({ length: 200 }, (_, i) =>
    i === 0 ? 'a0: &a0 {k0: 1}' : `a${i}: &a${i} {<<: [*a${i - 1}, *a${i - 1}], k${i}: {<<: *a${i - 1}}}`,
  ).join('\n')
  const deepAliases = Array.from({ length: 2_000 }, (_, i) =>
    i === 0 ? '- &a0 x' : `- &a${i} [*a${i - 1}]`,
  ).join('\n')
  const many = definitionLimits.jobs + 1

  test.each([
    ['an alias bomb', laughs, /more than 1000000 values/],
    ['a merge bomb', merges, /more than 1000000 values|deeper than 32/],
    ['aliases of aliases', deepAliases, /deeper than 32 levels/],
    ['an alias within what it names', 'a: &a [*a]', /stands within what it names/],
    ['deep lists', '['.repeat(50_000), /deeper than 32 levels/],
    ['deep lists of blocks', '- '.repeat(20_000), /deeper than 32 levels/],
    ['deep maps', '{a: '.repeat(20_000), /deeper than 32 levels/],
    ['a long file', `#${'x'.repeat(definitionLimits.textLength)}`, /expected 8000000 at most/],
    [
      'a long file that is not plain',
      `a: &a x\n${'#\n'.repeat(definitionLimits.libraryLength / 2)}`,
      /or plain block style/,
    ],
    ['many jobs', `jobs:\n${'- {}\n'.repeat(many)}`, /more than 50000 jobs/],
    ['many aliases', `a: &a x\nb: [${'*a, '.repeat(100_000)}]`, /unknown/],
    ['a command of braces', `jobs: {a: {actions: {x: {command: "${'{ '.repeat(100_000)}"}}}}`, /single "\{"/],
    [
      'a variable of spaces',
      `jobs: {a: {actions: {x: {command: "{a${' '.repeat(100_000)},}"}}}}`,
      /is unknown/,
    ],
    [
      'a percent sign after the other',
      `jobs: {a: {actions: {x: {command: "${'%(a'.repeat(50_000)} {"}}}}`,
      /single "\{"/,
    ],
  ])('%s is refused within ten seconds', (_, text, message) => {
    const startedAtMs = performance.now()
    const { problems } = parsed(text)
    expect(performance.now() - startedAtMs).toBeLessThan(10_000)
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message)
  })

  test('twenty thousand jobs are read, in YAML and in JSON alike', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => i)
    const yaml = ids.map(
      (i) =>
        `  - name: job${i}\n    schedule: every 90s\n    actions:\n      - {name: a, command: run ${i}}\n`,
    )
    const jobs = ids.map((i) => ({
      name: `job${i}`,
      schedule: 'every 90s',
      actions: [{ name: 'a', command: `run ${i}` }],
    }))
    const startedAtMs = performance.now()
    const read = [parsed(`jobs:\n${yaml.join('')}`), parsed(JSON.stringify({ jobs }))]
    expect(performance.now() - startedAtMs).toBeLessThan(20_000)
    expect(read.map(({ jobs: { length }, problems }) => [length, problems.length])).toEqual([
      [20_000, 0],
      [20_000, 0],
    ])
    expect(read[0]?.jobs.at(-1)).toEqual(read[1]?.jobs.at(-1))
  })

  test('a hundred problems are shown, and the rest counted', () => {
    const text = `jobs: {a: {${Array.from({ length: 150 }, (_, i) => `unknown${i}: 1`).join(', ')}, actions: {x: {command: y}}}}`
    const { problems } = parsed(text)
    expect(problems).toHaveLength(101)
    expect(problems.at(-1)?.message).toBe('50 more problems are not shown')
  })
})
