// The answer to a command that needs no more than a sentence: what was done, or has begun and goes on after the
// answer.

import { named, object, text } from './shape.ts'

export const doneShape = named(
  'Done',
  object<{ readonly done: string }>({ done: text({ description: 'What was done, in a sentence' }) }),
)
