// `hocket schedule explain` and `hocket schedule next`: what a schedule means and when it comes, without an agent, so
// that a team can try its schedules before anything runs, and test them in its own CI.

import { explainSchedule, upcomingSlots, clockChangesTouching } from '../../lib/schedule/explain.ts'
import { formatInstant } from '../../lib/schedule/calendar.ts'
import { hasSlots, previousSlot } from '../../lib/schedule/schedule.ts'
import { answerLines } from './batch.ts'
import { type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint } from './paint.ts'
import {
  nextInstants,
  questionOfFlags,
  questionOfRow,
  readSchedule,
  rowOfFlags,
  scheduleOptions,
  type ReadSchedule,
  type ScheduleQuestion,
} from './schedule-question.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { relativeTime } from './time-words.ts'

const yearMs = 366 * 86_400_000

export const scheduleExplainCommand: Command = {
  words: 'schedule explain',
  summary: 'say a schedule in words, with its next slots and the clock changes that touch it',
  arguments: '"SCHEDULE"',
  argumentsMax: Infinity,
  options: scheduleOptions,
  examples: [
    ['hocket schedule explain "cron 0 4 * * 1-5" --tz Europe/Berlin', 'in words, and the next ten'],
    ['hocket schedule explain "every monday at 09:00" -n 3', 'phrases as in Tron'],
    ['hocket schedule explain "R/2026-01-31T00:00:00/P1M"', 'ISO 8601 as in cronq'],
    ['hocket schedule explain "cron H 2 * * *" --job shop.backup', 'where the hash of this job puts it'],
  ],
  run: async (call) => {
    const { question, read } = readTyped(call, 10)
    const explained = explain(question, read)
    call.terminal.out(
      call.flags['json'] === true ? jsonText(explained) : explainedText(explained, call.terminal),
    )
    return 0
  },
}

export const scheduleNextCommand: Command = {
  words: 'schedule next',
  summary: 'print the next slots of a schedule as bare UTC instants',
  arguments: '["SCHEDULE"]',
  argumentsMax: Infinity,
  options: {
    ...scheduleOptions,
    batch: {
      type: 'boolean',
      help: 'answer each line {"expr","tz","from","n"} of the standard input with {"next":[…]} or {"error":…}; the options stand for what a line leaves out',
    },
  },
  examples: [
    ['hocket schedule next "daily 04:00" --tz America/New_York -n 5', 'the next five, one a line'],
    ['hocket schedule next "daily 04:00" --from 2026-10-25 --json', 'as a JSON list'],
    [
      `echo '{"expr":"every 15m","from":"2026-01-01T00:00:00Z","n":2}' | hocket schedule next --batch`,
      'thousands of lines a second, for the tests of your schedules',
    ],
  ],
  run: async (call) => {
    const { flags, terminal } = call
    if (flags['batch'] === true) {
      await answerLines(terminal, (row) => {
        const question = questionOfRow({ ...rowOfFlags(flags), ...row }, terminal.nowMs())
        return { next: nextInstants(readSchedule(question), question) }
      })
      return 0
    }
    const { question, read } = readTyped(call, 1)
    const instants = nextInstants(read, question)
    terminal.out(
      flags['json'] === true
        ? `${JSON.stringify(instants)}\n`
        : instants.map((instant) => `${instant}\n`).join(''),
    )
    if (instants.length === 0) terminal.error(`${noSlotText(read, question)}\n`)
    return 0
  },
}

/** A schedule that the shell took apart, such as an unquoted `*`, is refused with that remedy. */
function readTyped(
  { positionals, flags, terminal }: CommandCall,
  count: number,
): { readonly question: ScheduleQuestion; readonly read: ReadSchedule } {
  const question = questionOfFlags(positionals, flags, { count, nowMs: terminal.nowMs() })
  try {
    return { question, read: readSchedule(question) }
  } catch (error) {
    if (positionals.length > 1 && error instanceof Error)
      throw new Error(`${error.message} (put it into quotes, so that the shell leaves it alone)`, {
        cause: error,
      })
    throw error
  }
}

type Explained = {
  readonly schedule: string
  readonly words: string
  readonly note: string
  readonly timeZone: string
  readonly next: readonly { readonly utc: string; readonly local: string }[]
  /** Why there is none; empty when there are slots. */
  readonly whyNone: string
  readonly clockChanges: readonly {
    readonly at: string
    readonly timeZone: string
    readonly kind: 'gap' | 'overlap'
    readonly from: string
    readonly to: string
    readonly effect: string
  }[]
}

function explain(question: ScheduleQuestion, read: ReadSchedule): Explained {
  const { fromMs, count, text } = question
  const { schedule, note } = read
  const timeZone = shownZone(question, read)
  const next = upcomingSlots(schedule, { fromMs, count, timeZone }).map(({ utc, local }) => ({ utc, local }))
  return {
    schedule: text,
    words: explainSchedule(schedule),
    note,
    timeZone,
    next,
    whyNone: next.length === 0 ? noSlotText(read, question) : '',
    clockChanges: clockChangesTouching(schedule, fromMs, fromMs + yearMs).map((change) => ({
      at: formatInstant(change.atMs),
      timeZone: change.timeZone,
      kind: change.kind,
      from: change.fromLocal,
      to: change.toLocal,
      effect: change.effect,
    })),
  }
}

/** A zone that stands in the schedule itself is the one to show. */
function shownZone({ timeZone }: ScheduleQuestion, { schedule }: ReadSchedule): string {
  return schedule.kind === 'cron' || schedule.kind === 'iso' ? schedule.timeZone : timeZone
}

function noSlotText({ schedule }: ReadSchedule, { fromMs }: ScheduleQuestion): string {
  if (!hasSlots(schedule)) return 'no slot: it does not wait for a time of the clock'
  const last = previousSlot(schedule, fromMs + 1)
  const from = formatInstant(Math.floor(fromMs / 1000) * 1000)
  return last === null
    ? `no slot after ${from}`
    : `no slot after ${from}: the last was ${formatInstant(last.slotMs)}`
}

function explainedText(explained: Explained, terminal: Terminal): string {
  const { words, note, next, whyNone, clockChanges, timeZone } = explained
  const { isColoured } = terminal
  const isUtc = timeZone === 'UTC'
  const columns = [...(isUtc ? [] : [{ title: timeZone }]), { title: 'UTC' }, { title: '' }]
  const rows = next.map(({ utc, local }) => [
    ...(isUtc ? [] : [{ text: withWeekday(local) }]),
    { text: isUtc ? withWeekday(utc) : utc },
    { text: relativeTime(utc, terminal.nowMs()), tone: 'quiet' as const },
  ])
  const changes = clockChanges.map(
    ({ from, to, timeZone: zone, effect }) =>
      `${paint('warning', '!', isColoured)} ${zone} goes from ${from.replace('T', ' ')} to ${to.slice(11)}: ${effect}\n`,
  )
  return [
    `${paint('strong', words, isColoured)}\n`,
    note === '' ? '' : `${paint('warning', '!', isColoured)} ${note}\n`,
    '\n',
    next.length === 0 ? `${whyNone}\n` : table(columns, rows, terminal),
    '\n',
    changes.length === 0
      ? 'no clock change in the coming year touches it\n'
      : `clock changes in the coming year that touch it:\n${changes.join('')}`,
  ].join('')
}

/** `2026-10-25T02:30+02:00` as `Sun 2026-10-25 02:30+02:00`. */
function withWeekday(text: string): string {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  const name = Number.isNaN(day.getTime())
    ? ''
    : (['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][day.getUTCDay()] ?? '')
  return `${name} ${text.replace('T', ' ')}`.trim()
}
