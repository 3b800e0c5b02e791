// A systemd unit file to its settings: sections, lines that go on behind a backslash, settings that
// stand several times, an empty one that takes back those before. Source: systemd.syntax(7).

import { parseDuration } from '../schedule/duration.ts'

export type SystemdUnit = {
  readonly fileName: string
  /** By `Section.Setting`, in the order of the file. */
  readonly settings: ReadonlyMap<string, readonly string[]>
}

export function readSystemdUnit(fileName: string, text: string): SystemdUnit {
  const settings = new Map<string, readonly string[]>()
  let section = ''
  for (const line of joinedLines(text)) {
    const head = /^\[([^\]]+)\]$/.exec(line)
    if (head !== null) section = head[1] ?? ''
    const match = head === null ? /^([^=]+?)\s*=\s*(.*)$/s.exec(line) : null
    if (match === null) continue
    const key = `${section}.${match[1] ?? ''}`
    const value = match[2] ?? ''
    settings.set(key, value === '' ? [] : [...(settings.get(key) ?? []), value])
  }
  return { fileName, settings }
}

function joinedLines(text: string): readonly string[] {
  const lines: string[] = []
  let open = ''
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    if (line === '' || /^[#;]/.test(line)) {
      // Comments may stand between the lines of one setting.
      if (line === '' && open !== '') lines.push(open)
      if (line === '') open = ''
      continue
    }
    if (line.endsWith('\\')) open += `${line.slice(0, -1).trimEnd()} `
    else {
      lines.push(open + line)
      open = ''
    }
  }
  return open === '' ? lines : [...lines, open.trim()]
}

/** The last value of a setting; '' when there is none. */
export function settingOf(unit: SystemdUnit, key: string): string {
  return unit.settings.get(key)?.at(-1) ?? ''
}

/** A length of time that we can read too; a bare number is seconds. '' when there is none, or one of months. */
export function spanOf(unit: SystemdUnit, key: string): string {
  const text = settingOf(unit, key).replace(/^\d+$/, '$&s')
  const read = parseDuration(text)
  return read.ok && read.ms > 0 ? text : ''
}

/** Words of a setting such as Environment, with quotes and backslashes undone. */
export function settingWords(text: string): readonly string[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replace(/\\(.)|["']/g, (_, escaped: string | undefined) => escaped ?? ''),
  )
}
