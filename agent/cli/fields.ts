// One thing with its properties: a name and a text on each line, the names aligned. What a text says is shown as it
// is, but for what would break the line.

import { paint, type Tone } from './paint.ts'
import { plainText } from './plain-text.ts'

export type Field = readonly [name: string, text: string, tone?: Tone]

export function fieldLines(fields: readonly Field[], isColoured: boolean): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + 2
  return fields
    .map(([name, text, tone]) => {
      const shown = paint(tone ?? 'plain', plainText(text), isColoured)
      return `${paint('quiet', name.padEnd(width), isColoured)}${shown}`.trimEnd() + '\n'
    })
    .join('')
}
