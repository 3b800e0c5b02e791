// What the next slot of a job costs: 100,000 jobs of mixed expressions in 24 zones, read from their texts and asked
// for their next slot, the first time (zone tables are read) and again; beside cron-parser's next() on those of the
// same expressions that it takes, in the same run. `npm run bench -- schedule`.

import { CronExpressionParser } from 'cron-parser'
import { parseSchedule } from '../lib/schedule/parse-schedule.ts'
import { nextSlot, type Schedule } from '../lib/schedule/schedule.ts'

const jobs = 100_000
/** cron-parser is some hundred times slower: a sample of it is enough. */
const cronParserJobs = 2_000
const afterMs = Date.UTC(2026, 9, 20, 11, 22, 33)

const zones = (
  'UTC Europe/Berlin Europe/London Europe/Lisbon Europe/Moscow Africa/Cairo Africa/Casablanca ' +
  'America/New_York America/Chicago America/Denver America/Los_Angeles America/Sao_Paulo America/Santiago America/St_Johns ' +
  'Asia/Tokyo Asia/Kolkata Asia/Kathmandu Asia/Jerusalem Asia/Tehran Australia/Sydney Australia/Adelaide Pacific/Auckland Pacific/Apia Pacific/Honolulu'
).split(' ')

/** Expressions that both take; `n` spreads the jobs over the values of a field. */
const shared: readonly ((n: number) => string)[] = [
  (n) => `${n % 60} * * * *`,
  (n) => `*/${1 + (n % 30)} * * * *`,
  (n) => `${n % 60} ${n % 24} * * *`,
  (n) => `${n % 60} ${n % 24} * * 1-5`,
  (n) => `${n % 60} ${n % 24} ${1 + (n % 28)} * *`,
  (n) => `${n % 60} 2 * * sun`,
  (n) => `${n % 60} */2 * * *`,
  (n) => `${n % 60} 9-17 * * mon,wed,fri`,
  (n) => `0 0 1 ${1 + (n % 12)} *`,
  (n) => `30 4 L * *`.replace('30', String(n % 60)),
  (n) => `${n % 60} 3 * * ${n % 7}#2`,
  (n) => `0 0 29 2 ${n % 2 === 0 ? '*' : '?'}`,
]
const own: readonly ((n: number) => string)[] = [
  (n) => `every ${1 + (n % 90)} minutes`,
  (n) => `daily ${String(n % 24).padStart(2, '0')}:${String(n % 60).padStart(2, '0')} MWF`,
  (n) => `1st,3rd monday of month at ${String(n % 24).padStart(2, '0')}:00`,
  (n) => `R/2020-01-31T${String(n % 24).padStart(2, '0')}:00:00/P1M`,
  () => 'H H * * *',
]

type Job = { readonly text: string; readonly timeZone: string }

function drawJobs(forms: readonly ((n: number) => string)[], count: number): readonly Job[] {
  return Array.from({ length: count }, (_, index) => ({
    text: forms[index % forms.length]!(Math.floor(index / forms.length)),
    timeZone: zones[(index * 7) % zones.length]!,
  }))
}

/** Times every call by itself, in microseconds. */
function timed<T>(
  items: readonly T[],
  call: (item: T) => void,
): { readonly totalMs: number; readonly us: Float64Array } {
  const us = new Float64Array(items.length)
  const startedMs = performance.now()
  for (const [index, item] of items.entries()) {
    const callMs = performance.now()
    call(item)
    us[index] = (performance.now() - callMs) * 1000
  }
  const totalMs = performance.now() - startedMs
  return { totalMs, us: us.sort() }
}

function line(name: string, result: { readonly totalMs: number; readonly us: Float64Array }): string {
  const at = (share: number): string => (result.us[Math.floor(result.us.length * share)] ?? 0).toFixed(2)
  const perSecond = Math.round((result.us.length / result.totalMs) * 1000)
  return (
    `${name.padEnd(40)} ${String(perSecond).padStart(9)} jobs/s   p50 ${at(0.5)} µs   p99 ${at(0.99)} µs   ` +
    `${result.us.length} in ${(result.totalMs / 1000).toFixed(2)} s`
  )
}

export function benchSchedule(): void {
  const drawn = drawJobs([...shared, ...own], jobs)
  const schedules: Schedule[] = []
  const parsing = timed(drawn, ({ text, timeZone }) => {
    const result = parseSchedule(text, { timeZone, hashSeed: `bench.${schedules.length}` })
    if (!result.ok) throw new Error(result.problem)
    schedules.push(result.schedule)
  })
  console.log(line('reading the text', parsing))
  console.log(
    line(
      'next slot, zones not yet read',
      timed(schedules, (each) => nextSlot(each, afterMs)),
    ),
  )
  const warm = timed(schedules, (each) => nextSlot(each, afterMs))
  console.log(line('next slot, again', warm))

  const common = drawJobs(shared, cronParserJobs)
  const currentDate = new Date(afterMs)
  const theirs = common.map(({ text, timeZone }) =>
    CronExpressionParser.parse(text, { tz: timeZone, currentDate }),
  )
  const ours = common.map(({ text, timeZone }) => {
    const result = parseSchedule(text, { timeZone, hashSeed: 'bench' })
    if (!result.ok) throw new Error(result.problem)
    return result.schedule
  })
  const theirsShared = timed(theirs, (each) => each.next())
  // Two milliseconds are too short to measure on a busy machine, so ours goes over the same jobs again and again.
  const rounds = Array.from({ length: jobs / cronParserJobs }, () => ours).flat()
  const oursShared = timed(rounds, (each) => nextSlot(each, afterMs))
  console.log(line('the shared expressions, ours', oursShared))
  console.log(line("the shared expressions, cron-parser's next()", theirsShared))
  const meanRatio = theirsShared.totalMs / cronParserJobs / (oursShared.totalMs / jobs)
  const p50Ratio = median(theirsShared.us) / median(oursShared.us)
  console.log(
    `cron-parser takes ${meanRatio.toFixed(0)} times as long in the mean, ${p50Ratio.toFixed(0)} times at p50`,
  )
}

function median(sorted: Float64Array): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
