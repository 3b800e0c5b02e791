// The core to be simulated: the shipped one, or a copy of lib/ with a fault planted. Copies are written below dist/
// under a name made of their content, so that each is made once and none outlives a change of lib/.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { contentHash } from '../../../lib/base/hash.ts'
import { Node } from '../../../lib/node.ts'
import type { Core } from '../world/agent.ts'
import { mutations, type Mutation } from './mutation.ts'

/** Null for the core as it is. */
export async function loadCore(mutationName: string | null): Promise<Core> {
  if (mutationName === null) return Node
  const mutation = mutations.find(({ name }) => name === mutationName)
  if (mutation === undefined)
    throw new Error(
      `Cannot plant mutation "${mutationName}": there is none of that name, expected one of ${mutations.map(({ name }) => name).join(', ')}`,
    )
  const copy = makeCopy(mutation)
  const loaded = (await import(pathToFileURL(path.join(copy, 'lib/node.ts')).href)) as { readonly Node: Core }
  return loaded.Node
}

/** The text of a file of lib/ with the fault in it. */
export function mutatedText(mutation: Mutation): string {
  const text = readFileSync(path.join(projectRoot(), 'lib', mutation.file), 'utf8')
  const places = text.split(mutation.from).length - 1
  if (places !== 1)
    throw new Error(
      `Cannot plant mutation "${mutation.name}": its text stands ${places} times in lib/${mutation.file}, expected once`,
    )
  return text.replace(mutation.from, () => mutation.to)
}

function makeCopy(mutation: Mutation): string {
  const root = projectRoot()
  const lib = path.join(root, 'lib')
  const texts = readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file + readFileSync(path.join(lib, file), 'utf8'))
  const copy = path.join(
    root,
    'dist/mutants',
    `${mutation.name}-${contentHash(texts.join('') + JSON.stringify(mutation))}`,
  )
  if (existsSync(copy)) return copy
  // Several workers may make the same copy at once: the first to move it into place wins.
  const draft = `${copy}.${process.pid}.${Math.floor(performance.now() * 1000)}`
  mkdirSync(draft, { recursive: true })
  cpSync(lib, path.join(draft, 'lib'), { recursive: true })
  writeFileSync(path.join(draft, 'lib', mutation.file), mutatedText(mutation))
  try {
    renameSync(draft, copy)
  } catch (error) {
    rmSync(draft, { recursive: true })
    if (!existsSync(copy)) throw error
  }
  return copy
}

function projectRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder)
  return folder
}
