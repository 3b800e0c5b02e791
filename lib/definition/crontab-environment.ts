// The environment lines of a crontab: each holds for the entries below it. Some are cron's own and
// mean a zone, a shell or a delay; the others go to the commands as they are.

import { isVariableName } from './check-process.ts'
import type { LocatedMap } from './located.ts'
import { mapAt, scalarAt } from './located-value.ts'
import { escapeTemplate } from './parse-template.ts'
import type { ProblemList } from './problem-list.ts'

const form = /^(?:"([^"]+)"|'([^']+)'|([A-Za-z_]\w*))\s*=\s*(.*)$/s

export class CrontabEnvironment {
  readonly #problems: ProblemList
  readonly #variables = new Map<string, string>()
  timeZone: string | null = null
  shell: string | null = null
  home: string | null = null
  randomDelay: string | null = null
  /** Some line named a zone. */

  constructor(problems: ProblemList) {
    this.#problems = problems
  }

  /** False when the line is none of the environment. */
  read(line: string, offset: number): boolean {
    const match = form.exec(line)
    if (match === null) return false
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    this.#set(name, unquoted(match[4] ?? ''), offset)
    return true
  }

  /** How many variables the next entry gets. */
  get size(): number {
    return this.#variables.size
  }

  variables(offset: number): LocatedMap | null {
    if (this.#variables.size === 0) return null
    const members = Object.create(null) as Record<string, ReturnType<typeof scalarAt>>
    for (const [name, value] of this.#variables) members[name] = scalarAt(offset, escapeTemplate(value))
    return mapAt(offset, members)
  }

  #set(name: string, value: string, offset: number): void {
    switch (name) {
      case 'CRON_TZ':
        this.timeZone = value === '' ? null : value
        return
      case 'SHELL':
        this.shell = value === '' ? null : value
        return
      case 'RANDOM_DELAY':
        this.randomDelay = /^\d+$/.test(value) ? `${value}m` : value
        return
      case 'MAILTO':
      case 'MAILFROM':
      case 'CONTENT_TYPE':
      case 'CONTENT_TRANSFER_ENCODING':
        this.#problems.note({
          offset,
          message: `${name} has no effect: no mail is sent, the output of each run is kept and shown`,
        })
        return
      case 'HOME':
        this.home = value === '' ? null : value
    }
    if (isVariableName(name)) this.#variables.set(name, value)
    else this.#problems.note({ offset, message: `Variable "${name}" has no effect: no shell passes it on` })
  }
}

function unquoted(value: string): string {
  const match = /^(["'])(.*)\1\s*$/s.exec(value)
  return match === null ? value.trimEnd() : (match[2] ?? '')
}
