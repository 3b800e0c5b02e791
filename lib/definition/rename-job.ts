// A config text with one job under another name: the word itself is replaced where it stands, and
// everything else stays as the person wrote it, comments and order and all.

import type { Located } from './located.ts'
import { nameOf } from './located.ts'
import { ProblemList } from './problem-list.ts'
import { readYaml } from './read-yaml.ts'

/** Null when the text has no job of that name that can be found by itself (JSON is read as the YAML that it is). */
export function renameJob(
  text: string,
  { from, to }: { readonly from: string; readonly to: string },
): string | null {
  const problems = new ProblemList('', text)
  const root = readYaml(text, problems)
  const jobs = root?.kind === 'map' ? root.entries.get('jobs')?.value : undefined
  const offset = offsetOfName(jobs, from)
  if (offset === null) return null
  const written = [`"${from}"`, `'${from}'`, from].find((word) => text.startsWith(word, offset))
  if (written === undefined) return null
  const isPlain = written === from && /^[A-Za-z_][\w-]*$/.test(to)
  const word = isPlain ? to : written.startsWith("'") && !to.includes("'") ? `'${to}'` : JSON.stringify(to)
  return text.slice(0, offset) + word + text.slice(offset + written.length)
}

/** Jobs are a list with names, or a map keyed by name. */
function offsetOfName(jobs: Located | undefined, name: string): number | null {
  if (jobs?.kind === 'map') return jobs.entries.get(name)?.keyOffset ?? null
  if (jobs?.kind !== 'list') return null
  const job = jobs.items.find((item) => nameOf(item) === name)
  return job?.kind === 'map' ? (job.entries.get('name')?.value.offset ?? null) : null
}
