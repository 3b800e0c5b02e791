// Sentences in lines that fit the terminal, broken between words; into a pipe they go as they are, since whoever reads
// there looks for whole ones.

import { displayWidth } from './table.ts'

/** The text, its later lines indented; what has no room for a word stays whole. */
export function wrapped(text: string, columns: number | null, indent = '  '): string {
  if (columns === null) return text
  const lines: string[] = []
  const [, own = '', rest = ''] = /^( *)(.*)$/s.exec(text) ?? []
  let line = own
  for (const word of rest.split(' ')) {
    const longer = line.trim() === '' ? line + word : `${line} ${word}`
    if (line.trim() !== '' && displayWidth(longer) > columns) {
      lines.push(line)
      line = indent + word
    } else line = longer
  }
  return [...lines, line].join('\n')
}
