// What can be said of a process before it is started: places that are no paths, and variables that no shell can
// pass on.

import type { BuildContext } from './build-context.ts'
import type { Path } from './located.ts'
import type { TextMap } from './value-kinds.ts'
import type { VariableMap } from './variable-map.ts'

export type ProcessWords = {
  readonly env?: VariableMap | undefined
  readonly secret_env?: TextMap | undefined
  readonly cwd?: string | undefined
  readonly shell?: string | undefined
}

export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}

export function checkProcess(words: ProcessWords, path: Path, { report }: BuildContext): void {
  for (const word of ['cwd', 'shell'] as const) {
    const place = words[word]
    // What a template begins with is known when it is rendered.
    if (place === undefined || /^(\/|\{|%)/.test(place)) continue
    report.error({
      path: [...path, word],
      message: `Cannot use ${word} "${place}": it is relative, expected an absolute path`,
      hint: word === 'cwd' ? "without cwd a command starts in its user's home" : '',
    })
  }
  for (const word of ['env', 'secret_env'] as const)
    for (const name of Object.keys(words[word] ?? {})) {
      const refuse = (message: string) => report.error({ path: [...path, word, name], of: 'key', message })
      if (!isVariableName(name))
        refuse(
          `Cannot use variable "${name}": no shell passes it on, expected letters, digits and _ that begin with no digit`,
        )
      else if (word === 'secret_env' && words.env?.[name] !== undefined)
        refuse(`Cannot use variable "${name}": it stands in env too, expected one of them`)
    }
}
