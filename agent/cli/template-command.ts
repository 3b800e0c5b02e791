// `hocket template render`: what a command's template becomes at the time of a slot, without an agent. A bare variable
// such as `shortdate-1` is taken for a template of it alone.

import { jobName } from '../../lib/base/ids.ts'
import { attemptVariables } from '../../lib/definition/attempt-variables.ts'
import { dateUnit } from '../../lib/definition/date-variable.ts'
import { renderTemplate, type TemplateContext } from '../../lib/definition/render-template.ts'
import { answerLines, BatchRefusal, batchText, type BatchRow } from './batch.ts'
import { UsageError, type Command, type Flags } from './command.ts'
import { jsonText } from './json-text.ts'
import { asUsage, instantOf, knownZone } from './schedule-question.ts'

type TemplateQuestion = { readonly text: string; readonly context: TemplateContext }

/** The variables of an attempt that nobody described. */
const exampleVariables = attemptVariables({
  jobName: jobName('category.job'),
  actionName: 'action',
  run: '1',
  attempt: 1,
  token: 1,
  node: 'node',
  isManual: false,
  cleanupJobStatus: 'UNKNOWN',
})

export const templateRenderCommand: Command = {
  words: 'template render',
  summary: 'print what a template becomes at the time of a slot',
  arguments: '["TEMPLATE"]',
  argumentsMax: 1,
  options: {
    at: { type: 'string', takes: 'TIME', help: "the slot's time, read in the zone (default: now)" },
    tz: { type: 'string', takes: 'ZONE', help: "the job's time zone (default: UTC)" },
    set: {
      type: 'string',
      takes: 'NAME=VALUE',
      multiple: true,
      help: 'a variable of command_context, or one of the attempt such as node; may be repeated',
    },
    'last-success': {
      type: 'string',
      takes: 'TIME',
      help: 'the slot of the last success (default: the slot)',
    },
    json: { type: 'boolean', help: 'print {"text"} as JSON' },
    batch: {
      type: 'boolean',
      help: 'answer each line {"expr","tz","at"} of the standard input with {"text":…} or {"error":…}; "context" and "last_success" may stand in it too',
    },
  },
  examples: [
    ['hocket template render "dump-{shortdate-1}.sql"', "yesterday's date, in UTC"],
    ['hocket template render "%(month-1)s" --at 2026-03-31 --tz Europe/Rome', 'the older syntax'],
    ['hocket template render "{host}:{unixtime}" --set host=db1', 'with a variable of command_context'],
    [
      `echo '{"expr":"{ymdh}","at":"2026-10-25T02:30","tz":"Europe/Berlin"}' | hocket template render --batch`,
      'thousands of lines a second',
    ],
  ],
  run: async ({ positionals, flags, terminal }) => {
    const nowMs = terminal.nowMs()
    if (flags['batch'] === true) {
      const { tz, at } = flags
      const given = { ...(tz !== undefined && { tz }), ...(at !== undefined && { at }) }
      await answerLines(terminal, (row) => ({ text: rendered(questionOfRow({ ...given, ...row }, nowMs)) }))
      return 0
    }
    const [text] = positionals
    if (text === undefined)
      throw new UsageError('Cannot render a template: there is none, expected one such as "{shortdate-1}"')
    const rendering = rendered(asUsage(() => questionOfFlags(text, flags, nowMs)))
    terminal.out(flags['json'] === true ? jsonText({ text: rendering }) : `${rendering}\n`)
    return 0
  },
}

function questionOfFlags(text: string, flags: Flags, nowMs: number): TemplateQuestion {
  const said = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined)
  const sets = Array.isArray(flags['set']) ? (flags['set'] as readonly string[]) : []
  return questionOf(text, {
    timeZone: said('tz'),
    at: said('at'),
    lastSuccess: said('last-success'),
    variables: Object.fromEntries(sets.map(splitSet)),
    nowMs,
  })
}

function questionOfRow(row: BatchRow, nowMs: number): TemplateQuestion {
  const optional = (key: string) => (row[key] === undefined ? undefined : batchText(row, key))
  return questionOf(batchText(row, 'expr'), {
    timeZone: optional('tz'),
    at: optional('at'),
    lastSuccess: optional('last_success'),
    variables: variablesOf(row['context'] ?? {}),
    nowMs,
  })
}

type Given = {
  readonly timeZone: string | undefined
  readonly at: string | undefined
  readonly lastSuccess: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly nowMs: number
}

function questionOf(text: string, { timeZone, at, lastSuccess, variables, nowMs }: Given): TemplateQuestion {
  const zone = knownZone(timeZone ?? 'UTC')
  const given = Object.entries(variables)
  const isOfAttempt = ([name]: readonly [string, string]) => Object.hasOwn(exampleVariables, name)
  return {
    text: isBareVariable(text) ? `{${text}}` : text,
    context: {
      slotMs: at === undefined ? nowMs : instantOf('at', at, zone),
      timeZone: zone,
      lastSuccessMs: lastSuccess === undefined ? null : instantOf('last success', lastSuccess, zone),
      variables: { ...exampleVariables, ...Object.fromEntries(given.filter(isOfAttempt)) },
      commandContext: Object.fromEntries(given.filter((entry) => !isOfAttempt(entry))),
    },
  }
}

/** A date variable, perhaps with arithmetic, and nothing around it. */
function isBareVariable(text: string): boolean {
  const name = /^(?:last_success[#:])?([a-z]+)(?:\s*[+-]\s*\d+)?$/.exec(text)?.[1]
  return name !== undefined && dateUnit(name) !== null
}

function rendered({ text, context }: TemplateQuestion): string {
  const result = renderTemplate(text, context)
  if (result.ok) return result.text
  throw new BatchRefusal(`${result.problem}${result.hint === '' ? '' : ` (${result.hint})`}`)
}

function splitSet(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new BatchRefusal(`Cannot use --set "${text}": it has no name and value, expected NAME=VALUE`)
}

function variablesOf(value: unknown): Readonly<Record<string, string>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = isMap ? Object.entries(value) : []
  if (isMap && entries.every(([, text]) => typeof text === 'string')) return Object.fromEntries(entries)
  throw new BatchRefusal('Cannot answer: "context" is something else, expected an object of texts')
}
