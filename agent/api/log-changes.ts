// A line in the agent's own log for each change that somebody made over the API: what was done and
// who did it.

import type { Logger } from 'pino'
import type { Answer } from '../../lib/view/question.ts'
import type { Core } from './core.ts'

export function loggingChanges(core: Core, log: Logger): Core {
  return {
    ask: async (question) => core.ask(question),
    command: async (command, user) => {
      const answer = await core.command(command, user)
      const text = changeOf(answer)
      if (text !== null) log.info({ user, command: command.kind }, text)
      return answer
    },
  }
}

/** Null when nothing was changed. */
function changeOf(answer: Answer): string | null {
  switch (answer.kind) {
    case 'config-changed': {
      const { category, isNews, revision, created, changed, removed } = answer.change
      if (!isNews || revision === null) return null
      return `category "${category}" was changed: ${created} created, ${changed} changed, ${removed} removed`
    }
    case 'job-switched':
      return answer.isNews ? `job "${answer.job}" was ${answer.isEnabled ? 'enabled' : 'disabled'}` : null
    case 'done':
      return answer.what
    default:
      return null
  }
}
