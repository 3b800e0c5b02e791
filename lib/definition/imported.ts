// What a converter from another scheduler gives: jobs and services in our keys, with remarks on what
// could not be carried over, and its YAML with the remarks as comments.

import { stringify } from 'yaml'

export type ImportedRecord = {
  readonly name: string
  /** What the person should know or decide; each becomes a comment above the record. */
  readonly remarks: readonly string[]
  /** Keys of a job or service; those that are undefined are left out. */
  readonly keys: { readonly [key: string]: unknown }
}

export type Imported = {
  readonly from: string
  readonly jobs: readonly ImportedRecord[]
  readonly services: readonly ImportedRecord[]
}

export type ImportResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string }

/** Called for each record that is written, for whoever waits for thousands. */
export type OnRecord = (done: number, total: number) => void

export function importedYaml({ from, jobs, services }: Imported, onRecord: OnRecord): string {
  let done = 0
  const count = () => onRecord(++done, jobs.length + services.length)
  const sections = [section('jobs', jobs, count), section('services', services, count)].filter(
    (text) => text !== '',
  )
  return `# Carried over from ${from}. Comments name what is different or was left out.\n\n${sections.join('\n')}`
}

function section(key: string, records: readonly ImportedRecord[], count: () => void): string {
  const written = uniqueNames(records).map((record) => {
    count()
    return recordYaml(record)
  })
  return written.length === 0 ? '' : `${key}:\n${written.join('\n')}`
}

function recordYaml({ name, remarks, keys }: ImportedRecord): string {
  const comments = remarks.map((remark) => `  # ${remark.replace(/\s+/g, ' ').trim()}\n`)
  const present = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined))
  const text = stringify({ [name]: present }, { lineWidth: 0, aliasDuplicateObjects: false })
  return comments.join('') + text.replace(/^(?=.)/gm, '  ')
}

/** Names here have no dots and slashes, and each stands once. */
function uniqueNames(records: readonly ImportedRecord[]): readonly ImportedRecord[] {
  const seen = new Set<string>()
  return records.map((record) => {
    const plain = plainName(record.name)
    let name = plain
    for (let i = 2; seen.has(name); i++) name = `${plain}-${i}`
    seen.add(name)
    if (name === record.name) return record
    return { ...record, name, remarks: [`It was called "${record.name}".`, ...record.remarks] }
  })
}

export function plainName(name: string): string {
  const plain = name
    .replace(/[./\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]+/gu, '-')
    .trim()
    .slice(0, 200)
  return plain === '' ? 'unnamed' : plain
}
