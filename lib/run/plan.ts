// What one run is going to do: from a definition and a granted claim to commands, rendered
// once, so that an edit of the definition does not change a run that was claimed.

import type { LiveEntry } from '../claim/register.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import type { ActionPlan } from './held-run.ts'

export function planOf(definition: JobDefinition, _entry: LiveEntry): readonly ActionPlan[] {
  return definition.actions.map(({ name, command, requires }) => ({ name, command, requires }))
}
