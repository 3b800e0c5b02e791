// Random cron expressions whose fields' values are known beforehand, for the property tests: each field is drawn as a
// text together with the list of values that this text means.

import fc from 'fast-check'

type DrawnField = { readonly text: string; readonly values: readonly number[] }

export type DrawnCron = {
  readonly text: string
  readonly seconds: readonly number[]
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: readonly number[]
}

function range(from: number, to: number, step = 1): readonly number[] {
  const values: number[] = []
  for (let value = from; value <= to; value += step) values.push(value)
  return values
}

function item(min: number, max: number): fc.Arbitrary<DrawnField> {
  const value = fc.integer({ min, max })
  const step = fc.integer({ min: 2, max: Math.max(2, Math.floor((max - min) / 2)) })
  return fc.oneof(
    value.map((one) => ({ text: String(one), values: [one] })),
    step.map((by) => ({ text: `*/${by}`, values: range(min, max, by) })),
    fc.tuple(value, step).map(([from, by]) => ({ text: `${from}/${by}`, values: range(from, max, by) })),
    fc.tuple(value, value).map(([from, to]) => ({
      text: `${from}-${to}`,
      values: from <= to ? range(from, to) : [...range(from, max), ...range(min, to)],
    })),
  )
}

function field(min: number, max: number): fc.Arbitrary<DrawnField> {
  const whole = fc.constant({ text: '*', values: range(min, max) })
  const items = fc.array(item(min, max), { minLength: 1, maxLength: 3 }).map((drawn) => ({
    text: drawn.map((each) => each.text).join(','),
    values: [...new Set(drawn.flatMap((each) => each.values))].sort((a, b) => a - b),
  }))
  return fc.oneof(whole, items)
}

const monthday = fc.oneof(
  { weight: 3, arbitrary: fc.constant('*') },
  { weight: 3, arbitrary: field(1, 31).map((drawn) => drawn.text) },
  fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
  fc.integer({ min: 0, max: 27 }).map((before) => (before === 0 ? 'L' : `L-${before}`)),
  fc.constantFrom('LW', '1W,15', '?', 'L,1', 'L-2W'),
)
const weekday = fc.oneof(
  { weight: 3, arbitrary: fc.constant('*') },
  { weight: 3, arbitrary: field(0, 6).map((drawn) => drawn.text) },
  fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 5 }))
    .map(([day, nth]) => `${day}#${nth}`),
  fc.integer({ min: 0, max: 7 }).map((day) => `${day}L`),
  fc.constantFrom('mon-fri', 'SAT,sun', 'fri-mon', '?', 'monday', '5-7', 'wedL'),
)

/** The hours in which clocks change. */
const nightHour = fc.integer({ min: 0, max: 4 }).map((hour) => ({ text: String(hour), values: [hour] }))
const plainSecond = fc.constant({ text: '', values: [0] })

/** An expression of five fields, or of six when seconds are wanted. */
export function drawCron(withSeconds: boolean): fc.Arbitrary<DrawnCron> {
  return fc
    .record({
      second: withSeconds ? field(0, 59) : plainSecond,
      minute: field(0, 59),
      hour: fc.oneof(field(0, 23), nightHour),
      monthday,
      month: fc.oneof(
        { weight: 3, arbitrary: fc.constant({ text: '*', values: range(1, 12) }) },
        field(1, 12),
      ),
      weekday,
    })
    .map((drawn) => ({
      text: [
        drawn.second.text,
        drawn.minute.text,
        drawn.hour.text,
        drawn.monthday,
        drawn.month.text,
        drawn.weekday,
      ]
        .join(' ')
        .trim(),
      seconds: drawn.second.values,
      minutes: drawn.minute.values,
      hours: drawn.hour.values,
      months: drawn.month.values,
    }))
}
