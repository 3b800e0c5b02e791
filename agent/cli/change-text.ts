// What an edit changes, for a person to read before or after it: job by job, what is different in it, and its next
// slots; and service by service.

import type { ConfigChangeView, JobChangeView, ServiceChangeView } from '../../lib/view/config-change-view.ts'
import { problemText } from '../../lib/base/problem.ts'
import { paint } from './paint.ts'
import { plainText } from './plain-text.ts'
import type { Terminal } from './terminal.ts'

/** More are counted only: nobody reads them, and --json has them. */
const jobsShown = 60
const valueCharactersMax = 100

const signs = {
  created: ['+', 'good'],
  changed: ['~', 'warning'],
  removed: ['-', 'bad'],
} as const

export function changeText(change: ConfigChangeView, { isColoured }: Pick<Terminal, 'isColoured'>): string {
  const { category, revision, jobs, services, notes } = change
  const counts = (['created', 'changed', 'removed'] as const)
    .filter((word) => change[word] > 0)
    .map((word) => `${change[word]} ${word}`)
  if (change.unchanged > 0) counts.push(`${change.unchanged} unchanged`)
  const hasChanges = change.created + change.changed + change.removed > 0
  const parts = [...(hasChanges ? [counts.join(', ')] : []), ...servicesCount(services)]
  const nothing = change.isNews ? 'nothing that runs changes' : 'in force already'
  const what = parts.length > 0 ? parts.join('; ') : nothing
  const how = revision === null ? 'only tried, nothing is done' : `revision ${counterOf(revision)}`
  const total = change.created + change.changed + change.removed
  const lines = [
    `${paint('strong', plainText(category), isColoured)}: ${what} (${how})`,
    ...jobs.slice(0, jobsShown).flatMap((job) => jobLines(job, isColoured)),
    ...(total > jobsShown ? [`  and ${total - jobsShown} more (--json lists them)`] : []),
    ...services.slice(0, jobsShown).flatMap((service) => serviceLines(service, isColoured)),
    ...notes.map((note) => `${paint('quiet', 'note', isColoured)} ${plainText(problemText(note))}`),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** `services: 2 created, 1 changed`: jobs are what is counted without a word. */
function servicesCount(services: readonly ServiceChangeView[]): string[] {
  const counts = (['created', 'changed', 'removed'] as const).flatMap((word) => {
    const count = services.filter(({ change }) => change === word).length
    return count === 0 ? [] : [`${count} ${word}`]
  })
  return counts.length === 0 ? [] : [`services: ${counts.join(', ')}`]
}

function serviceLines({ service, change, keys }: ServiceChangeView, isColoured: boolean): string[] {
  const [sign, tone] = signs[change]
  return [`${paint(tone, sign, isColoured)} ${plainText(service)}`, ...keyLines(keys)]
}

function keyLines(keys: JobChangeView['keys']): string[] {
  return keys.map(
    ({ key, before, after }) => `    ${plainText(key)}: ${valueText(before)} → ${valueText(after)}`,
  )
}

function jobLines(
  { job, change, keys, nextBefore, nextAfter }: JobChangeView,
  isColoured: boolean,
): string[] {
  const [sign, tone] = signs[change]
  const hasSameSlots = nextBefore.join() === nextAfter.join()
  const slots =
    change === 'changed'
      ? hasSameSlots
        ? [`next ${instantsText(nextAfter)}, as before`]
        : [`next ${instantsText(nextAfter)}`, `was  ${instantsText(nextBefore)}`]
      : [`next ${instantsText(change === 'created' ? nextAfter : nextBefore)}`]
  return [
    `${paint(tone, sign, isColoured)} ${plainText(job)}`,
    ...keyLines(keys),
    ...slots.map((line) => `    ${paint('quiet', line, isColoured)}`),
  ]
}

/** `2026-11-22 04:00:00, 05:00:00, 2026-11-23 04:00:00 UTC`: a day stands once. */
function instantsText(instants: readonly string[]): string {
  if (instants.length === 0) return 'never'
  const shown = instants.map((instant, i) => {
    const [day = '', time = ''] = instant.replace(/Z$/, '').split('T')
    return instants[i - 1]?.startsWith(`${day}T`) === true ? time : `${day} ${time}`
  })
  return `${shown.join(', ')} UTC`
}

function valueText(text: string): string {
  const plain = plainText(text)
  const short = plain.length > valueCharactersMax ? `${plain.slice(0, valueCharactersMax)}…` : plain
  return short === '' ? '(none)' : short
}

/** A revision's number, by which people name it. */
export function counterOf(revision: string): string {
  return revision.split(':', 1)[0] ?? ''
}
