// Parses a text as a file of the drop directory; the short way in which the tests of this folder begin.
import { category } from '../../../lib/base/ids.ts'
import type { CategorySource, ParsedCategory } from '../../../lib/definition/parse-category.ts'
import { parseCategory } from '../../../lib/definition/parse-category.ts'

export function parsed(text: string, more: Partial<CategorySource> = {}): ParsedCategory {
  return parseCategory({
    category: category('shop'),
    fileName: 'shop.yaml',
    text,
    droppedBy: { nodeName: 'alpha' },
    master: null,
    ...more,
  })
}

/** The problems, one line each: `line:column message`. */
export function faults(text: string, more: Partial<CategorySource> = {}): readonly string[] {
  return parsed(text, more).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}
