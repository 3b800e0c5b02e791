// Parses a text as a file of the drop directory; the short way in which the tests of this folder begin.
import { category } from '../../../lib/base/ids.ts'
import type { CategorySource, ParsedCategory } from '../../../lib/definition/parse-category.ts'
import { nothingMissing } from '../../../lib/definition/not-yet.ts'
import { parseCategory } from '../../../lib/definition/parse-category.ts'

/** Keys that are not carried out yet are taken for working ones. */
export function parsed(text: string, more: Partial<CategorySource> = {}): ParsedCategory {
  const source: CategorySource = {
    category: category('shop'),
    fileName: 'shop.yaml',
    text,
    droppedBy: { nodeName: 'alpha', timeZone: 'UTC' },
    master: null,
    ...more,
  }
  return parseCategory(source, nothingMissing)
}

/** The problems, one line each: `line:column message`. */
export function faults(text: string, more: Partial<CategorySource> = {}): readonly string[] {
  return parsed(text, more).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}
