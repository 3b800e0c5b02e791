// Whether a run by hand may have these variables over its definition's own: they are known there, for no template could
// name another, and a slip would start it with the definition's value in silence; and they are short enough to stand in
// its record, which every agent keeps for whoever does it again.

import { runLimits } from '../base/limits.ts'
import { nearestName } from '../base/problem.ts'

type Variables = Readonly<Record<string, string>>

/** Null, or why not. */
export function refusalOfVariables(
  given: Variables,
  known: Variables,
): { readonly why: string; readonly hint: string } | null {
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (stranger !== undefined) return unknownVariable(stranger, Object.keys(known))
  const length = Object.entries(given).flat().join('').length
  if (length <= runLimits.variablesLength) return null
  return {
    why: `its variables have ${length} characters, of at most ${runLimits.variablesLength}`,
    hint: 'put the text into a file, and name that',
  }
}

function unknownVariable(name: string, known: readonly string[]) {
  const nearest = nearestName(name, known)
  const has = known.length === 0 ? 'there is none in command_context' : `it has ${known.join(', ')}`
  return {
    why: `the job has no variable "${name}" in its command_context`,
    hint: nearest === null ? has : `did you mean "${nearest}"?`,
  }
}
