// A crontab, taken as it is: user form and system form (with a user before the command), its
// environment lines, % as standard input, macros. Each entry becomes a job with one action, on the
// agent where the file was dropped. Source: crontab(5) of cronie and of Debian's cron.

import { contentHash } from '../base/hash.ts'
import { definitionLimits } from '../base/limits.ts'
import { nameFault } from '../base/ids.ts'
import { CrontabEnvironment } from './crontab-environment.ts'
import { crontabSlug, isSystemCrontab } from './crontab-form.ts'
import type { Located, LocatedMap } from './located.ts'
import { listAt, mapAt, scalarAt } from './located-value.ts'
import { escapeTemplate } from './parse-template.ts'
import type { ProblemList } from './problem-list.ts'

export type CrontabAbout = {
  readonly problems: ProblemList
  /** The zone of the host where it was dropped, which cron would use. */
  readonly timeZone: string
}

type Line = { readonly offset: number; readonly text: string }

export function fromCrontab(text: string, { problems, timeZone }: CrontabAbout): Located {
  const lines = linesOf(text)
  const isSystem = isSystemCrontab(lines.map((line) => line.text))
  const environment = new CrontabEnvironment(problems)
  const jobs: LocatedMap[] = []
  let valueCount = 0
  // Names that people gave stand first, wherever their lines are.
  const names = new Map(lines.map((line) => [nameLine(line.text) ?? '', 1]))
  let ownName: string | null = null
  if (isSystem)
    problems.note({
      offset: 0,
      message: 'Read as a system crontab: the word before each command is its user',
    })
  for (const line of lines) {
    if (line.text === '') continue
    if (line.text.startsWith('#')) {
      ownName = nameLine(line.text) ?? ownName
      continue
    }
    if (environment.read(line.text, line.offset)) continue
    const entry = readEntry(line, { isSystem, problems })
    if (entry === null) continue
    const name = ownName ?? uniqueName(entry.command, names)
    ownName = null
    jobs.push(jobOf(entry, { name, environment, timeZone }))
    valueCount += environment.size
    // The reader of the whole file says how many jobs are too many.
    if (jobs.length > definitionLimits.jobs) break
    if (valueCount > definitionLimits.values) {
      problems.error({
        offset: line.offset,
        message: `Cannot read crontab: its entries have more than ${definitionLimits.values} variables in all, expected less`,
      })
      break
    }
  }
  return mapAt(0, { jobs: listAt(0, jobs) })
}

/** `# name: nightly-backup` above an entry names it. */
function nameLine(line: string): string | null {
  return /^#\s*name:\s*(\S.*)$/.exec(line)?.[1] ?? null
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = []
  let offset = 0
  for (const line of text.split('\n')) {
    const trimmed = line.replace(/\r$/, '').trimStart()
    lines.push({ offset: offset + line.length - line.trimStart().length, text: trimmed.trimEnd() })
    offset += line.length + 1
  }
  return lines
}

/** Times, the user in a crontab of the system, and the command. */
const entryPatterns = {
  macro: { user: /^(\S+\s+)()(\S.*)$/s, system: /^(\S+\s+)(\S+)\s+(\S.*)$/s },
  fields: { user: /^((?:\S+\s+){5})()(\S.*)$/s, system: /^((?:\S+\s+){5})(\S+)\s+(\S.*)$/s },
}

type Entry = {
  readonly offset: number
  readonly schedule: string
  readonly user: string | null
  readonly command: string
  readonly commandOffset: number
}

function readEntry(
  line: Line,
  { isSystem, problems }: { readonly isSystem: boolean; readonly problems: ProblemList },
): Entry | null {
  const timeWords = line.text.startsWith('@') ? 1 : 5
  const pattern = entryPatterns[timeWords === 1 ? 'macro' : 'fields'][isSystem ? 'system' : 'user']
  const match = pattern.exec(line.text)
  if (match === null) {
    const count = line.text.split(/\s+/).length
    problems.error({
      offset: line.offset,
      message: `Cannot read line "${line.text.slice(0, 80)}": it has ${count} word${count === 1 ? '' : 's'}, expected ${timeWords === 1 ? 'a macro' : 'five fields of time'}${isSystem ? ', a user' : ''} and a command`,
    })
    return null
  }
  const [whole, time = '', user = '', command = ''] = match
  const fields = time.trim().split(/\s+/).join(' ')
  return {
    offset: line.offset,
    schedule: fields.startsWith('@') ? fields : `cron ${fields}`,
    user: user === '' ? null : user.replace(/:.*$/, ''),
    command,
    commandOffset: line.offset + whole.length - command.length,
  }
}

function jobOf(
  entry: Entry,
  from: { readonly name: string; readonly environment: CrontabEnvironment; readonly timeZone: string },
): LocatedMap {
  const { offset, commandOffset } = entry
  const { environment } = from
  const { command, stdin } = splitPercent(entry.command)
  const zone = environment.timeZone ?? from.timeZone
  const text = (value: string | null) => (value === null ? null : scalarAt(commandOffset, value))
  const escaped = (value: string | null) => text(value === null ? null : escapeTemplate(value))
  const action = mapAt(commandOffset, {
    name: scalarAt(commandOffset, 'run'),
    command: escaped(command),
    stdin: escaped(stdin),
    user: text(entry.user),
    shell: text(environment.shell),
    cwd: escaped(environment.home),
    env: environment.variables(commandOffset),
  })
  return mapAt(offset, {
    name: scalarAt(offset, from.name),
    node: scalarAt(offset, 'localhost'),
    schedule: scalarAt(offset, entry.schedule),
    time_zone: scalarAt(offset, zone),
    jitter: environment.randomDelay === null ? null : scalarAt(offset, environment.randomDelay),
    actions: listAt(commandOffset, [action]),
  })
}

/** The first bare % ends the command; what follows is its standard input, with % for each new line. */
function splitPercent(text: string): { readonly command: string; readonly stdin: string | null } {
  const parts = text.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'))
  const [command = '', ...lines] = parts
  return { command: command.trim(), stdin: lines.length === 0 ? null : `${lines.join('\n')}\n` }
}

/** The first entry of a name has it bare, so that one added below does not rename it. */
function uniqueName(command: string, names: Map<string, number>): string {
  const slug = crontabSlug(command)
  const hashed = `${slug}-${contentHash(command).slice(0, 4)}`
  const name = [slug, hashed].find((each) => !names.has(each)) ?? `${hashed}-${(names.get(hashed) ?? 0) + 1}`
  names.set(name, 1)
  if (name !== slug && name !== hashed) names.set(hashed, (names.get(hashed) ?? 0) + 1)
  return nameFault(name) === null ? name : 'entry'
}
