// cronq's JSON, taken as it is: `category`, and `jobs` with name, schedule, command and routing_key.
// A routing key is a pool; commands are no templates; times are UTC; keys that nobody knows are
// passed over, as cronq does. Source: cronq 0.27.0, validator.py and web.py.

import type { Located, LocatedEntry, LocatedMap } from './located.ts'
import { nameOf, plainOf } from './located.ts'
import { listAt, mapAt, scalarAt } from './located-value.ts'
import { escapeTemplate } from './parse-template.ts'
import type { ProblemList } from './problem-list.ts'
import { described } from './value-kinds.ts'

/** `put` is the body of cronq's own route, which asks for less than its validator. */
export type CronqForm = 'file' | 'put'

/** Whether a file that does not say so is cronq's: only its files name a category or routing keys. */
export function looksLikeCronq(root: Located): boolean {
  if (root.kind !== 'map') return false
  const jobs = root.entries.get('jobs')?.value
  const first = jobs?.kind === 'list' ? jobs.items[0] : undefined
  const isJob = first?.kind === 'map' && first.entries.has('command') && !first.entries.has('actions')
  const isOurs = first?.kind === 'map' && first.entries.has('actions')
  return (root.entries.has('category') && !isOurs) || (isJob && first.entries.has('routing_key'))
}

export function fromCronq(
  root: Located,
  about: { readonly category: string; readonly form: CronqForm; readonly problems: ProblemList },
): Located {
  const { problems, form } = about
  if (root.kind !== 'map') return root
  const isFile = form === 'file'
  const category = root.entries.get('category')?.value
  if (isFile) textOf(root, 'category', { noun: 'file', isNeeded: true, problems })
  if (category?.kind === 'scalar' && category.value !== about.category)
    problems.note({
      offset: category.offset,
      path: 'category',
      message: `Category "${category.source}" has no effect: it is "${about.category}", the name of the file or of the route`,
    })
  sayIdle(root, ['category', 'jobs'], 'the file', problems)
  const jobs = root.entries.get('jobs')
  if (jobs === undefined && !isFile) return mapAt(root.offset, {})
  if (jobs?.value.kind !== 'list') {
    const what = jobs === undefined ? 'it has no jobs' : `its jobs are ${described(plainOf(jobs.value))}`
    problems.error({
      offset: jobs?.value.offset ?? root.offset,
      message: `Cannot read file: ${what}, expected a list of them`,
    })
    return mapAt(root.offset, {})
  }
  const items = jobs.value.items.map((job, i) => (job.kind === 'map' ? jobOf(job, i, about) : job))
  return mapAt(root.offset, { jobs: listAt(jobs.value.offset, items) })
}

function jobOf(
  job: LocatedMap,
  i: number,
  about: { readonly form: CronqForm; readonly problems: ProblemList },
): Located {
  const { problems, form } = about
  const noun = `job "${nameOf(job) ?? i}"`
  const needed = (key: string) => textOf(job, key, { noun, isNeeded: true, problems })
  const name = needed('name')
  const schedule = needed('schedule')
  const command = needed('command')
  const routing = textOf(job, 'routing_key', { noun, isNeeded: form === 'file', problems })
  sayIdle(job, ['name', 'schedule', 'command', 'routing_key'], noun, problems)
  const action = (entry: LocatedEntry) =>
    mapAt(job.offset, {
      name: scalarAt(entry.keyOffset, 'run'),
      command: scalarAt(entry.value.offset, escapeTemplate(String(plainOf(entry.value)))),
    })
  return mapAt(job.offset, {
    name: name === null ? null : plainName(name.value, problems),
    node:
      routing === null
        ? scalarAt(job.offset, 'default')
        : routing.value.kind === 'scalar' && routing.value.value !== ''
          ? routing.value
          : null,
    schedule: schedule?.value ?? null,
    time_zone: scalarAt(job.offset, 'UTC'),
    actions: command === null ? null : listAt(command.value.offset, [action(command)]),
  })
}

/** Our names have no dots and slashes, cronq's may. */
function plainName(located: Located, problems: ProblemList): Located {
  if (located.kind !== 'scalar' || typeof located.value !== 'string' || !/[./]/.test(located.value))
    return located
  const name = located.value.replace(/[./]/g, '_')
  problems.note({
    offset: located.offset,
    message: `The name "${located.value}" becomes "${name}": names here have no dots and slashes`,
  })
  return scalarAt(located.offset, name)
}

function textOf(
  map: LocatedMap,
  key: string,
  about: { readonly noun: string; readonly isNeeded: boolean; readonly problems: ProblemList },
): LocatedEntry | null {
  const entry = map.entries.get(key)
  if (entry === undefined) {
    if (about.isNeeded)
      about.problems.error({
        offset: map.offset,
        message: `Cannot read ${about.noun}: it has no ${key}, expected one`,
        hint: key === 'routing_key' ? 'the name of a pool, such as "routing_key": "default"' : '',
      })
    return null
  }
  if (entry.value.kind === 'scalar' && typeof entry.value.value === 'string') return entry
  about.problems.error({
    offset: entry.value.offset,
    message: `Cannot read ${key} of ${about.noun}: it is ${described(plainOf(entry.value))}, expected text`,
  })
  return null
}

function sayIdle(map: LocatedMap, known: readonly string[], owner: string, problems: ProblemList): void {
  for (const [key, { keyOffset }] of map.entries)
    if (!known.includes(key))
      problems.note({ offset: keyOffset, message: `Key "${key}" in ${owner} has no effect, as in cronq` })
}
