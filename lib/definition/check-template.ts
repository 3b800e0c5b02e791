// Finds at validation what would fail when a template is rendered: unknown variables, formats that
// do not fit, dates beyond the calendar. It renders the fields at the first and at the last instant
// that a slot can have, with facts that stand for any.

import { definitionLimits } from '../base/limits.ts'
import { jobName } from '../base/ids.ts'
import { YEAR_MAX, YEAR_MIN } from '../schedule/cron.ts'
import { DAY_MS, daysFromCivil } from '../schedule/calendar.ts'
import { attemptVariables, instanceVariables } from './attempt-variables.ts'
import type { TemplateFault } from './parse-template.ts'
import { parseTemplate } from './parse-template.ts'
import { fieldText } from './render-template.ts'
import type { TextMap } from './value-kinds.ts'

export type TemplateSite = 'action' | 'trigger' | 'service' | 'pid-file'

const anyAttempt = attemptVariables({
  jobName: jobName('category.job'),
  actionName: 'action',
  run: '1',
  attempt: 1,
  token: 1,
  node: 'node',
  isManual: false,
  cleanupJobStatus: 'UNKNOWN',
})
const anyInstance = { serviceName: 'category.service', instanceNumber: 0, node: 'node' }

const variablesAt: Readonly<Record<TemplateSite, TextMap>> = {
  action: anyAttempt,
  trigger: anyAttempt,
  service: instanceVariables({ ...anyInstance, pidFile: 'file' }),
  'pid-file': instanceVariables({ ...anyInstance, pidFile: null }),
}

const instants = [daysFromCivil(YEAR_MIN, 1, 1) * DAY_MS, daysFromCivil(YEAR_MAX + 1, 1, 1) * DAY_MS - 1]

export function checkTemplate(
  template: string,
  site: TemplateSite,
  commandContext: TextMap,
): readonly TemplateFault[] {
  // Most templates have no field at all.
  if (!/[{}%]/.test(template)) return []
  const { parts, faults } = parseTemplate(template)
  const found = [...faults]
  for (const part of parts) {
    if (part.kind === 'text') continue
    if (found.length >= definitionLimits.problemsShown) break
    const contexts = instants.map((slotMs) => ({
      slotMs,
      timeZone: 'UTC',
      lastSuccessMs: null,
      variables: variablesAt[site],
      commandContext,
    }))
    const fault = contexts.map((context) => fieldText(part, context)).find((text) => typeof text === 'object')
    if (fault !== undefined) found.push(fault)
    else if (part.name === 'runid' && part.offset !== null && site !== 'trigger')
      found.push({
        message: `"${part.source}" counts runs, which have gaps in their numbers`,
        hint: 'use {runid}, or a date such as {shortdate-1}',
      })
  }
  return found
}
