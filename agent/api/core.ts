// What the API may ask of the core: questions that change nothing, and commands of somebody who may give them. Both
// reject with CoreSilent when no answer comes in time.

import type { Answer, Command, Question } from '../../lib/view/question.ts'

export type Core = {
  ask(question: Question): Promise<Answer>
  command(command: Command, user: string): Promise<Answer>
}
