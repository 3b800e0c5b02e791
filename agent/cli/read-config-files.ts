// The config files that a command names, read and parsed as the watched directory of an agent would: the category is
// the file's name without its ending, a directory stands for the config files in it, and what MASTER among them
// defines is known to the others. What cannot be read at all is a problem like any other.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { hostTimeZone } from '../clock.ts'
import { category as toCategory, nameFault, type Category } from '../../lib/base/ids.ts'
import { errorCode } from '../../lib/base/error-code.ts'
import type { Problem } from '../../lib/base/problem.ts'
import {
  categoryOfFileName,
  parseCategory,
  type CategorySource,
  type ParsedCategory,
} from '../../lib/definition/parse-category.ts'

export type ConfigFile = {
  /** As the person named it. */
  readonly place: string
  readonly fileName: string
  readonly category: Category
  readonly text: string
  readonly form?: CategorySource['form']
}

export type ReadFiles = { readonly files: readonly ConfigFile[]; readonly problems: readonly Problem[] }

export type ParsedFile = { readonly file: ConfigFile; readonly parsed: ParsedCategory }

/** The text of a file, or why there is none. */
export function readText(
  place: string,
  workingDirectory: string,
): { readonly text: string } | { readonly why: string } {
  let bytes: Uint8Array
  try {
    bytes = fs.readFileSync(path.resolve(workingDirectory, place))
  } catch (error) {
    return { why: reasons[errorCode(error)] ?? (error instanceof Error ? error.message : String(error)) }
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { why: 'it is not UTF-8, expected text' }
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file, expected one',
  EACCES: 'this user may not read it, expected a file that this user may read',
  EISDIR: 'it is a directory, expected a file',
}

/** The files at these places, and the files in those that are directories. */
export function readConfigFiles(places: readonly string[], workingDirectory: string): ReadFiles {
  const files: ConfigFile[] = []
  const problems: Problem[] = []
  for (const place of places.flatMap((each) => expanded(each, workingDirectory))) {
    const fileName = path.basename(place)
    const named = categoryOfFileName(fileName)
    const read = readText(place, workingDirectory)
    if ('why' in read) problems.push(problemOf(place, `Cannot read file "${place}": ${read.why}`))
    else if ('ignored' in named)
      problems.push(
        problemOf(place, `Cannot use file "${place}": ${named.ignored}`, 'an agent would pass it over'),
      )
    else {
      const twin = files.find(({ category }) => category === named.category)
      if (twin !== undefined)
        problems.push(
          problemOf(
            place,
            `Cannot use category "${named.category}" twice: it is file "${twin.place}" too, expected one file for each category`,
          ),
        )
      files.push({ place, fileName, category: named.category, text: read.text })
    }
  }
  return { files, problems }
}

/** A file of cronq's whatever its name; the category stands in it. */
export function readCronqFile(place: string, workingDirectory: string): ReadFiles {
  const read = readText(place, workingDirectory)
  if ('why' in read)
    return { files: [], problems: [problemOf(place, `Cannot read file "${place}": ${read.why}`)] }
  const category = toCategory(cronqCategory(read.text) ?? 'cronq')
  return {
    files: [{ place, fileName: path.basename(place), category, text: read.text, form: 'cronq-file' }],
    problems: [],
  }
}

/** MASTER first, since the others see its names. */
export function parseConfigFiles(files: readonly ConfigFile[]): readonly ParsedFile[] {
  const master = files.find(({ category }) => category === 'MASTER')
  const scope = master === undefined ? null : parseFile(master, null).scope
  return files.map((file) => ({
    file,
    parsed: parseFile(file, file.category === 'MASTER' ? null : scope),
  }))
}

function parseFile(file: ConfigFile, master: CategorySource['master']): ParsedCategory {
  const { category, place, text, form } = file
  return parseCategory({
    category,
    fileName: place,
    text,
    droppedBy: { nodeName: os.hostname(), timeZone: hostTimeZone() },
    master,
    ...(form !== undefined && { form }),
  })
}

function expanded(place: string, workingDirectory: string): string[] {
  const absolute = path.resolve(workingDirectory, place)
  if (!isDirectory(absolute)) return [place]
  const names = fs.readdirSync(absolute).filter((name) => 'category' in categoryOfFileName(name))
  return names.sort().map((name) => path.join(place, name))
}

/** What cannot be looked at is told when it is read. */
function isDirectory(absolute: string): boolean {
  try {
    return fs.statSync(absolute).isDirectory()
  } catch {
    return false
  }
}

function cronqCategory(text: string): string | null {
  try {
    const document = JSON.parse(text) as { readonly category?: unknown } | null
    const name = document?.category
    return typeof name === 'string' && nameFault(name) === null ? name : null
  } catch {
    return null
  }
}

function problemOf(file: string, message: string, hint = ''): Problem {
  return { file, line: 0, column: 0, path: '', message, hint }
}
