// The import order of the house as a function: from the texts of the source files to a list of broken imports.
// The rooms of lib/ stand in the order of the flow, and a file imports from its own room or from one to its left;
// the folders of agent/ know lib/ and their own; web/ knows the types of lib/view. Used by repository.test.ts.
import path from 'node:path'

export type Import = { readonly from: string; readonly target: string; readonly isType: boolean }

const rooms =
  'base schedule definition catalog membership placement claim run service ledger view message event effect stages node'.split(
    ' ',
  )

const packagesOfRoom: Readonly<Record<string, readonly string[]>> = {
  schedule: ['cron-parser'],
  definition: ['yaml', 'valibot'],
  catalog: ['@automerge/automerge'],
  ledger: ['@automerge/automerge'],
}

const knowsSeveral = /^agent\/(agent|loop|perform|main|hocket)\.[jt]s$|^agent\/cli\//
const knownToAll = ['agent/log.ts', 'agent/clock.ts']
const doorFile = 'lib/node.ts'
const doorKeeper = 'agent/loop.ts'

/** Every import and re-export of a file; relative targets as paths from the root of the project. */
export function findImports(file: string, text: string): Import[] {
  const statement = /^(?:import|export)\s+(type\s)?(?:[\w$*{},\s]+?\sfrom\s+)?['"]([^'"\n]+)['"]/gm
  const call = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g
  const found: Import[] = []
  for (const [, type, target = ''] of text.matchAll(statement)) {
    found.push({ from: file, target: resolve(file, target), isType: type !== undefined })
  }
  for (const [, target = ''] of text.matchAll(call)) {
    found.push({ from: file, target: resolve(file, target), isType: false })
  }
  return found
}

function resolve(file: string, target: string): string {
  return target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target
}

/** One sentence for each import that goes the wrong way, and for a door to the core that more than one file uses. */
export function findBrokenImports(imports: readonly Import[]): string[] {
  const broken = imports.flatMap((one) => {
    const why = whyBroken(one)
    return why === undefined ? [] : [`${one.from} imports ${one.target}: ${why}`]
  })
  for (const { from, target, isType } of imports) {
    if (target === doorFile && !isType && from.startsWith('agent/') && from !== doorKeeper) {
      broken.push(`${from} imports ${target}: only ${doorKeeper} steps the core, expected an import of types`)
    }
  }
  return broken
}

function whyBroken(one: Import): string | undefined {
  if (one.from.startsWith('lib/')) return whyBrokenInLib(one)
  if (one.from.startsWith('agent/')) return whyBrokenInAgent(one)
  if (one.from.startsWith('web/')) return whyBrokenInWeb(one)
  return undefined
}

function whyBrokenInLib({ from, target }: Import): string | undefined {
  const own = roomOf(from)
  if (!rooms.includes(own)) return `"${own}" is no room of lib/, expected one of ${rooms.join(', ')}`
  if (target.startsWith('lib/')) {
    return rooms.indexOf(roomOf(target)) <= rooms.indexOf(own) ? undefined : `${own} stands left of it`
  }
  return packagesOfRoom[own]?.includes(target) === true ? undefined : `nothing of it belongs in lib/${own}`
}

function whyBrokenInAgent({ from, target }: Import): string | undefined {
  if (!/^(agent|web|test|bench)\//.test(target)) return undefined
  if (!target.startsWith('agent/')) return 'the agent knows lib/ and agent/ only'
  if (knowsSeveral.test(from) || knownToAll.includes(target)) return undefined
  const folder = folderOf(from)
  return folder !== undefined && folder === folderOf(target)
    ? undefined
    : `expected lib/, ${knownToAll.join(', ')} or its own folder`
}

function whyBrokenInWeb({ target, isType }: Import): string | undefined {
  if (/^(agent|test|bench)\//.test(target)) return 'the viewer knows the types of lib/view only'
  if (!target.startsWith('lib/')) return undefined
  return isType && roomOf(target) === 'view' ? undefined : 'expected types of lib/view'
}

function roomOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '')
}

function folderOf(file: string): string | undefined {
  return file.split('/').length > 2 ? file.split('/')[1] : undefined
}
