// A settings file, as config/agent.yaml documents it: from YAML to the texts of settings, each with its place. Every
// value is read as the text that it is, so that `no` or `08` mean the same as in a flag.

import fs from 'node:fs'
import path from 'node:path'
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { nearestName } from '../../lib/base/problem.ts'
import { settingKeys, type SettingKey } from './setting-keys.ts'

/** A setting's texts and where they stand, for people. */
export type GivenSetting = {
  readonly texts: readonly string[]
  /** `agent.yaml:3:1`, `--http` or `HOCKET_HTTP`. */
  readonly place: string
  readonly isFile: boolean
}

/** Adds a line to the problems for each thing that is wrong. */
export function readSettingsFile(
  name: string,
  workingDirectory: string,
  problems: string[],
): Map<string, GivenSetting> {
  const found = new Map<string, GivenSetting>()
  const text = readText(path.resolve(workingDirectory, name), name, problems)
  if (text === null) return found
  const lineCounter = new LineCounter()
  const placeOf = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const { contents, errors } = parseDocument(text, { lineCounter, prettyErrors: false, schema: 'failsafe' })
  for (const error of errors)
    problems.push(`${placeOf(error.pos[0])}: Cannot read settings: ${error.message}`)
  // A file in which everything is commented out says nothing, and that is well.
  if (errors.length > 0 || contents === null || textOf(contents) === '') return found
  if (!isMap(contents)) {
    problems.push(
      `${placeOf(0)}: Cannot read settings: they are a list or a text, expected "key: value" on each line`,
    )
    return found
  }
  for (const { key, value } of contents.items) {
    const place = placeOf(isScalar(key) ? (key.range?.[0] ?? 0) : 0)
    const keyText = textOf(key) ?? ''
    const setting = settingKeys.find((one) => one.key === keyText)
    const texts = setting === undefined ? null : textsOf(value, setting)
    if (setting === undefined) problems.push(`${place}: ${unknownKey(keyText)}`)
    else if (texts !== null) found.set(keyText, { texts, place, isFile: true })
    else
      problems.push(`${place}: Cannot use ${keyText}: it is of another shape, expected ${shapeOf(setting)}`)
  }
  return found
}

function readText(file: string, name: string, problems: string[]): string | null {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = isMissing ? 'there is no such file' : error instanceof Error ? error.message : String(error)
    problems.push(
      `Cannot read settings file "${name}": ${why}, expected a YAML file such as config/agent.yaml`,
    )
    return null
  }
}

function unknownKey(key: string): string {
  const keys = settingKeys.map((setting) => setting.key)
  const nearest = nearestName(key, keys)
  const expected = nearest === null ? `one of ${keys.join(', ')}` : `perhaps "${nearest}"`
  return `Cannot use setting "${key}": there is no such setting, expected ${expected}`
}

/** A scalar is one text, a sequence several; a map is labels. Null when the node is of another shape. */
function textsOf(node: unknown, setting: SettingKey): string[] | null {
  const single = textOf(node)
  if (single !== null) return [single]
  if (setting.isList !== true) return null
  if (isSeq(node)) return allOrNull(node.items.map(textOf))
  if (!isMap(node) || setting.key !== 'label') return null
  return allOrNull(
    node.items.map(({ key, value }) => {
      const [label, text] = [textOf(key), textOf(value)]
      return label === null || text === null ? null : `${label}=${text}`
    }),
  )
}

function allOrNull(texts: readonly (string | null)[]): string[] | null {
  const known = texts.filter((text) => text !== null)
  return known.length === texts.length ? known : null
}

function textOf(node: unknown): string | null {
  return isScalar(node) && typeof node.value === 'string' ? node.value : null
}

function shapeOf(setting: SettingKey): string {
  if (setting.key === 'label') return 'labels such as { disk: ssd, rack: r1 }'
  return setting.isList === true ? 'one text or a list of texts' : 'one value'
}
