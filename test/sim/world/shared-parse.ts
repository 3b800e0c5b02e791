// Every agent of a simulated cluster parses the same texts, to the same definitions: the first one does it for all.

import type { Parse } from '../../../lib/catalog/parse-cache.ts'
import { parseCategory, type ParsedCategory } from '../../../lib/definition/parse-category.ts'
import type { MasterScope } from '../../../lib/definition/scope.ts'

export function sharedParse(): Parse {
  const results = new Map<MasterScope | null, Map<string, ParsedCategory>>()
  return (source) => {
    const { master, ...text } = source
    const known = results.get(master) ?? new Map<string, ParsedCategory>()
    results.set(master, known)
    const key = JSON.stringify(text)
    const parsed = known.get(key) ?? parseCategory(source)
    known.set(key, parsed)
    return parsed
  }
}
