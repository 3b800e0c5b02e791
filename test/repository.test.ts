// The rules of the house that no compiler or linter knows, as ordinary tests over the files of the checkout:
// the import order, the size, name and opening comment of files, what lib/ must not touch, what may lie at the top.
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { findBrokenImports, findImports } from './import-order.ts'

const root = path.resolve(import.meta.dirname, '..')
const topFolders = ['agent', 'bench', 'config', 'lib', 'test', 'web']
const builtFolders = ['node_modules', 'dist']
const linesMax = 400
const headerLinesMax = 8
const longHeaders = /^lib\/(claim|base\/log-lines|catalog\/document(-shelf)?)\b/

type LockedPackage = { readonly optionalDependencies?: Readonly<Record<string, string>> }

const texts = readTexts()
const sources = [...texts].filter(([file]) => /\.(ts|tsx|js)$/.test(file))
const housed = sources.filter(([file]) => /^(lib|agent|web)\//.test(file))

describe('the import order', () => {
  test('holds in lib, agent and web', () => {
    const imports = housed.flatMap(([file, text]) => findImports(file, text))
    console.log(`import order: ${imports.length} imports in ${housed.length} files`)
    expect(housed.length).toBeGreaterThan(0)
    expect(imports.length).toBeGreaterThan(0)
    expect(findBrokenImports(imports)).toEqual([])
  })

  test('sees every import that a file writes', () => {
    const seen = housed.flatMap(([file, text]) => findImports(file, text)).length
    const written = housed.map(([, text]) =>
      text.match(/^\} from '|^(import|export) .*from '|^import '|\bimport\('/gm),
    )
    expect(seen).toBe(written.flatMap((lines) => lines ?? []).length)
  })

  test.each([
    ['lib/claim/a.ts', `import { b } from '../base/b.ts'`, 0],
    ['lib/claim/a.ts', `import {\n  b,\n  type C,\n} from './b.ts'`, 0],
    ['lib/base/a.ts', `import type { B } from '../claim/b.ts'`, 1],
    ['lib/run/a.ts', `import { step } from '../node.ts'`, 1],
    ['lib/node.ts', `import { b } from './effect.ts'`, 0],
    ['lib/nowhere/a.ts', `import { b } from '../base/b.ts'`, 1],
    ['lib/base/a.ts', `import fs from 'node:fs'`, 1],
    ['lib/base/a.ts', `import { b } from '../../agent/log.ts'`, 1],
    ['lib/definition/a.ts', `import * as v from 'valibot'`, 0],
    ['lib/claim/a.ts', `import * as v from 'valibot'`, 1],
    ['agent/mesh/a.ts', `import { b } from '../store/b.ts'`, 1],
    ['agent/mesh/a.ts', `const b = await import('../store/b.ts')`, 1],
    ['agent/mesh/a.ts', `import { b } from './b.ts'\nimport { log } from '../log.ts'`, 0],
    ['agent/log.ts', `import { b } from './mesh/b.ts'`, 1],
    ['agent/agent.ts', `import { b } from './mesh/b.ts'`, 0],
    ['agent/cli/a.ts', `import { b } from '../mesh/b.ts'`, 0],
    ['agent/cli/a.ts', `import { b } from '../../test/b.ts'`, 1],
    ['agent/loop.ts', `import { step } from '../lib/node.ts'`, 0],
    ['agent/agent.ts', `import { step } from '../lib/node.ts'`, 1],
    ['agent/agent.ts', `import type { Node } from '../lib/node.ts'`, 0],
    ['web/a.ts', `import type { B } from '../lib/view/b.ts'`, 0],
    ['web/a.ts', `import { b } from '../lib/view/b.ts'`, 1],
    ['web/a.ts', `import type { B } from '../lib/run/b.ts'`, 1],
  ])('%s with %j breaks it %d times', (file, text, times) => {
    expect(findBrokenImports(findImports(file, text))).toHaveLength(times)
  })
})

describe('a source file', () => {
  test('is at most 400 lines long', () => {
    const long = housed.map(([file, text]) => ({ file, lines: text.split('\n').length - 1 }))
    expect(long.filter(({ lines }) => lines > linesMax)).toEqual([])
  })

  test('is named for what it holds, in kebab-case', () => {
    const vague = /(^|\/)(index|utils?|helpers?|common|types?|misc)(\.|\/)/
    const kebab = /(^|\/)[a-z0-9]+(-[a-z0-9]+)*(\.property)?(\.test|\.config)?\.(ts|tsx|js)$/
    expect(sources.map(([file]) => file).filter((file) => vague.test(file) || !kebab.test(file))).toEqual([])
  })

  test('exports by name, and only what is its own', () => {
    const foreign = /^export default|^export (type )?(\*|\{[^}]*\}) ?(as \w+ )?from /m
    expect(filesMatching(housed, foreign)).toEqual([])
  })

  test('opens with two to eight lines that say what it decides', () => {
    const wrong = housed.flatMap(([file, text]) => {
      const lines = headerLines(text)
      return lines < 2 || (lines > headerLinesMax && !longHeaders.test(file)) ? [`${file}: ${lines}`] : []
    })
    expect(wrong).toEqual([])
  })
})

describe('lib', () => {
  const lib = sources
    .filter(([file]) => file.startsWith('lib/'))
    .map(([file, text]) => [file, bare(text)] as const)

  test('knows neither time nor chance nor waiting', () => {
    expect(lib.length).toBeGreaterThan(0)
    expect(filesMatching(lib, /\bMath\.random\b|\basync\b|\bawait\b|\bPromise\b/)).toEqual([])
    expect(filesMatching(lib, /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/)).toEqual([])
  })

  test('builds a Date and reads zones in lib/schedule alone', () => {
    const others = lib.filter(([file]) => !file.startsWith('lib/schedule/'))
    expect(filesMatching(others, /\bDate\b|\bIntl\b/)).toEqual([])
  })
})

describe('the checkout', () => {
  test('has the folders of the house at its top and no other', () => {
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const other = folders.map(({ name }) => name).filter((name) => !name.startsWith('.'))
    expect(other.filter((name) => !topFolders.includes(name) && !builtFolders.includes(name))).toEqual([])
  })

  test('names no place of the machine that it was written on', () => {
    const places = [root, path.dirname(root), homedir()].filter((place) => place.split('/').length > 2)
    const named = [...texts].filter(([, text]) => places.some((place) => text.includes(`${place}/`)))
    expect(named.map(([file]) => file)).toEqual([])
    expect(filesMatching([...texts], /(?<![\w.~])\/(home|Users)\/\w+\//)).toEqual([])
  })

  test('pins every package to one version and no registry', () => {
    const pinned = JSON.parse(texts.get('package.json') ?? '{}') as Record<string, Record<string, string>>
    const wanted = Object.values({ ...pinned['dependencies'], ...pinned['devDependencies'] })
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.filter((version) => !/^\d+\.\d+\.\d+$|^file:\.ci\//.test(version))).toEqual([])
    expect(texts.get('package-lock.json')).not.toMatch(/"resolved": "http/)
  })

  test('locks the binaries of every platform, without which npm ci refuses the lock file', () => {
    const lock = JSON.parse(texts.get('package-lock.json') ?? '{}') as {
      packages: Record<string, LockedPackage>
    }
    const names = new Set(Object.keys(lock.packages).map((place) => place.replace(/^.*node_modules\//, '')))
    const wanted = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}))
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.filter((name) => !names.has(name))).toEqual([])
  })
})

function filesMatching(files: readonly (readonly [string, string])[], pattern: RegExp): string[] {
  return files.filter(([, text]) => pattern.test(text)).map(([file]) => file)
}

function headerLines(text: string): number {
  const lines = text.split('\n')
  const start = lines[0]?.startsWith('#!') === true ? 1 : 0
  const end = lines.findIndex((line, i) => i >= start && !line.startsWith('//'))
  return (end === -1 ? lines.length : end) - start
}

/** A text without its comments and strings, as far as a pattern can tell. */
function bare(text: string): string {
  return text.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    ' ',
  )
}

function readTexts(): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (folder: string) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = path.posix.join(folder, entry.name)
      if (entry.isDirectory()) {
        if (![...builtFolders, '.git', '.hocket'].includes(entry.name)) visit(file)
      } else if (
        /\.(ts|tsx|js|json|md|ya?ml|css|html|service|txt|rc)$|(^|\/)(run|LICENSE)$/.test(entry.name)
      ) {
        found.set(file, readFileSync(path.join(root, file), 'utf8'))
      }
    }
  }
  visit('')
  return found
}
