// The version of the program, from its package.json: the nearest one above this file, whether it runs from the
// sources or as built.

import fs from 'node:fs'
import path from 'node:path'

export function readVersion(): string {
  for (let folder = import.meta.dirname; path.dirname(folder) !== folder; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json')
    if (!fs.existsSync(file)) continue
    return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version
  }
  throw new Error(
    `Cannot find the version: there is no package.json above "${import.meta.dirname}", expected one`,
  )
}
