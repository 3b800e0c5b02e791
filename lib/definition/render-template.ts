// A template and the facts of one attempt to the text that runs. Dates come from the slot in the
// job's zone and never from the wall clock, so that a rerun renders the same. A variable is looked
// up among the built-in ones first, and in the command context after, as in Tron.

import { nearestName } from '../base/problem.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { shortened } from '../schedule/duration.ts'
import type { Unit } from './date-variable.ts'
import { dateNames, dateUnit, dateValue } from './date-variable.ts'
import { formatValue } from './format-spec.ts'
import type { TemplateFault, TemplateField } from './parse-template.ts'
import { parseTemplate, shellHint } from './parse-template.ts'
import type { TextMap } from './value-kinds.ts'

export type TemplateContext = {
  readonly slotMs: number
  readonly timeZone: string
  /** The slot of the last run that succeeded; null = there was none, and the slot itself stands in. */
  readonly lastSuccessMs: number | null
  /** Built-in variables besides the dates: those of attemptVariables or instanceVariables. */
  readonly variables: TextMap
  readonly commandContext: TextMap
}

export type Rendering =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string; readonly hint: string }

export function renderTemplate(template: string, context: TemplateContext): Rendering {
  const { parts, faults } = parseTemplate(template)
  const texts: string[] = []
  let fault = faults[0]
  for (const part of parts) {
    const text = part.kind === 'text' ? part.text : fieldText(part, context)
    if (typeof text === 'string') texts.push(text)
    else fault ??= text
  }
  if (fault === undefined) return { ok: true, text: texts.join('') }
  return { ok: false, problem: `Cannot render "${shortened(template)}": ${fault.message}`, hint: fault.hint }
}

/** What a field becomes, or why it cannot. */
export function fieldText(field: TemplateField, context: TemplateContext): string | TemplateFault {
  const value = fieldValue(field, context)
  if (typeof value === 'object') return value
  if (field.spec === null) return String(value)
  return (
    formatValue(value, field.spec) ?? {
      message: `the format of "${field.source}" does not fit its value`,
      hint: 'formats of numbers are for numbers: texts take :>12, :<12, :^12 and .3',
    }
  )
}

function fieldValue(field: TemplateField, context: TemplateContext): string | number | TemplateFault {
  const { source, name, offset, isLastSuccess } = field
  const unit = dateUnit(name)
  if (unit !== null) {
    if (field.unit !== '' && !isWordOf(unit, field.unit.toLowerCase())) return wrongUnit(field, unit)
    const slotMs = isLastSuccess ? (context.lastSuccessMs ?? context.slotMs) : context.slotMs
    return (
      dateValue(name, offset ?? 0, { slotMs, timeZone: context.timeZone }) ?? {
        message: `"${source}" leaves the calendar of the years 1 to 9999`,
        hint: '',
      }
    )
  }
  if (isLastSuccess) return unknown(field, dateNames, context)
  if (offset === null && name === 'slot') return formatInstant(context.slotMs)
  if (name === 'runid' && offset !== null && field.unit === '')
    return otherRun(context.variables['runid'] ?? '', offset)
  if (offset === null && Object.hasOwn(context.variables, name)) return context.variables[name]!
  if (Object.hasOwn(context.commandContext, source)) return context.commandContext[source]!
  return unknown(field, knownNames(context), context)
}

/** The first thousand are enough to find what a person meant; they are looked up once for all jobs of a file. */
function knownNames({ variables, commandContext }: TemplateContext): readonly string[] {
  const names = ownNames.get(commandContext) ?? Object.keys(commandContext).slice(0, 1_000)
  ownNames.set(commandContext, names)
  return [...dateNames, 'slot', ...Object.keys(variables), ...names]
}

const ownNames = new WeakMap<TextMap, readonly string[]>()

const unitWords = {
  years: ['y', 'year', 'years'],
  months: ['month', 'months'],
  days: ['d', 'day', 'days'],
  hours: ['h', 'hour', 'hours'],
  minutes: ['m', 'min', 'minute', 'minutes'],
  seconds: ['s', 'sec', 'second', 'seconds'],
} as const satisfies Readonly<Record<Unit, readonly string[]>>

function isWordOf(unit: Unit, word: string): boolean {
  return unitWords[unit].some((known) => known === word)
}

/** Tron passes over whatever follows the number; we take the variable's own unit and refuse another. */
function wrongUnit(field: TemplateField, unit: string): TemplateFault {
  const bare = field.source.slice(0, field.source.length - field.unit.length).trim()
  return {
    message: `"${field.source}" has "${field.unit}" behind its number, but ${field.name} counts in ${unit}`,
    hint: `write "{${bare}}" for ${unit}`,
  }
}

/** `MASTER.job.23` with -1 is `MASTER.job.22`. */
function otherRun(runid: string, offset: number): string {
  const match = /^(.*\.)(\d+)$/.exec(runid)
  return match === null ? runid : `${match[1]}${Number(match[2]) + offset}`
}

function unknown(field: TemplateField, known: readonly string[], context: TemplateContext): TemplateFault {
  const { source, name } = field
  if (name === 'last_success')
    return {
      message: '"last_success" alone is no variable',
      hint: 'write "{last_success#shortdate}", or another date',
    }
  if (/[.[]/.test(source) && Object.hasOwn(context.variables, source.split(/[.[]/)[0]!))
    return { message: `"${source}" asks for a part of a text`, hint: 'variables are plain texts here' }
  const nearest = nearestName(name, known)
  if (field.isShell === true && nearest === null)
    return { message: unknownText(source), hint: shellHint(source) }
  return {
    message: unknownText(source),
    hint:
      nearest === null
        ? `for braces that stay write "{{${shortened(source)}}}"`
        : `did you mean "${source.replace(name, nearest)}"? For braces that stay write "{{" and "}}"`,
  }
}

function unknownText(source: string): string {
  return `the variable "${shortened(source)}" is unknown, expected a built-in one or one of command_context`
}
