// systemd's OnCalendar to a cron schedule of ours. Weekdays and dates must both match there, while
// cron's two day fields are an "or": where both are given, the days of the month are returned beside
// the schedule, for the command to ask. Source: systemd.time(7), "Calendar Events".

export type CalendarResult =
  | {
      readonly ok: true
      readonly cron: string
      /** Days of the month that the slot must be one of besides; null = any. */
      readonly days: readonly number[] | null
      readonly timeZone: string | null
    }
  | { readonly ok: false }

const words = new Map([
  ['minutely', '*-*-* *:*:00'],
  ['hourly', '*-*-* *:00:00'],
  ['daily', '*-*-* 00:00:00'],
  ['monthly', '*-*-01 00:00:00'],
  ['weekly', 'Mon *-*-* 00:00:00'],
  ['yearly', '*-01-01 00:00:00'],
  ['annually', '*-01-01 00:00:00'],
  ['quarterly', '*-01,04,07,10-01 00:00:00'],
  ['semiannually', '*-01,07-01 00:00:00'],
  ['semi-annually', '*-01,07-01 00:00:00'],
  ['biannually', '*-01,07-01 00:00:00'],
  ['bi-annually', '*-01,07-01 00:00:00'],
])

// Every part begins with a sign that the part before it cannot hold, so that the search stays linear.
const form =
  /^(?:([A-Za-z]+(?:\.\.[A-Za-z]+)?(?:,[A-Za-z]+(?:\.\.[A-Za-z]+)?)*),?(?:\s+|$))?(?:(?:([^-~\s:]+)-)?([^-~\s:]+)([-~])([^-~\s:]+)(?:\s+|$))?(?:([^:\s]+):([^:\s]+)(?::([^:\s]+))?)?(?:\s*([A-Z][A-Za-z_+/0-9-]*))?$/

export function systemdCalendar(text: string): CalendarResult {
  // A word may be followed by a zone: `weekly Pacific/Auckland`.
  const [word = '', ...rest] = text.trim().split(/\s+/)
  const spelled = [words.get(word.toLowerCase()) ?? word, ...rest].join(' ')
  const match = spelled.length > 200 ? null : form.exec(spelled)
  if (match === null || spelled === '') return { ok: false }
  const [
    ,
    weekdays,
    year = '*',
    month = '*',
    sign = '-',
    day = '*',
    hour = '0',
    minute = '0',
    second = '0',
    zone,
  ] = match
  const dow = weekdays === undefined ? '*' : weekdayField(weekdays)
  const fields = [second, minute, hour, month, year].map(field)
  const monthday = sign === '~' ? lastDays(day) : field(day)
  if (dow === null || monthday === null || fields.includes(null)) return { ok: false }
  const days = dow !== '*' && monthday !== '*' ? daysOf(monthday) : null
  if (dow !== '*' && monthday !== '*' && days === null) return { ok: false }
  const [s, m, h, mon, y] = fields
  const date = `${m} ${h} ${days === null ? monthday : '*'} ${mon} ${dow}`
  const cron = y !== '*' ? `cron ${s} ${date} ${y}` : s === '0' ? `cron ${date}` : `cron ${s} ${date}`
  return { ok: true, cron, days, timeZone: zone ?? null }
}

/** `1..5`, `0/15`, lists of them; null for fractions and anything else. */
function field(text: string): string | null {
  const parts = text.split(',').map((part) => {
    const match = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(part)
    if (match === null) return null
    const [, from = '', to, step] = match
    const start = from === '*' ? '*' : String(Number(from))
    return start + (to === undefined ? '' : `-${Number(to)}`) + (step === undefined ? '' : `/${Number(step)}`)
  })
  return parts.includes(null) ? null : parts.join(',')
}

/** `~01` is the last day of the month, `~03` the third last. */
function lastDays(text: string): string | null {
  const days = text
    .split(',')
    .map((part) => (/^\d+$/.test(part) && Number(part) >= 1 ? Number(part) - 1 : null))
  return days.includes(null) ? null : days.map((day) => (day === 0 ? 'L' : `L-${day}`)).join(',')
}

/** The days of a field; null when it has some that only the calendar knows. */
function daysOf(monthday: string): readonly number[] | null {
  const days = new Set<number>()
  for (const part of monthday.split(',')) {
    const match = /^(\d+|\*)(?:-(\d+))?(?:\/(\d+))?$/.exec(part)
    if (match === null) return null
    const from = match[1] === '*' ? 1 : Number(match[1])
    const to = match[2] === undefined ? (match[3] === undefined ? from : 31) : Number(match[2])
    for (let day = from; day <= to && day <= 31; day += Number(match[3] ?? 1) || 31) days.add(day)
  }
  return [...days].sort((left, right) => left - right)
}

function weekdayField(text: string): string | null {
  const parts = text.split(',').filter((part) => part !== '')
  const days = parts.map((part) => part.split('..').map((name) => weekdays.get(name.toLowerCase())))
  if (days.some((range) => range.includes(undefined))) return null
  return days.map((range) => range.join('-')).join(',')
}

const weekdays = new Map(
  ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'].flatMap((name, i) => [
    [name, i] as const,
    [name.slice(0, 3), i] as const,
  ]),
)
