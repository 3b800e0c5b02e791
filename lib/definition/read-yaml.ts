// YAML 1.2 text (JSON is a part of it) to located values: large plain files by the quick reader,
// everything else by the library, whose faults are said in our words.

import { parseDocument, type Document, type YAMLError } from 'yaml'
import { definitionLimits } from '../base/limits.ts'
import type { Located } from './located.ts'
import { readBlockYaml } from './read-block-yaml.ts'
import type { ProblemList } from './problem-list.ts'
import { tooDeep, YamlConverter } from './yaml-converter.ts'

/** Null when the text cannot be read; the problems say why. An empty text is an empty map. */
export function readYaml(text: string, problems: ProblemList): Located | null {
  const quick = text.length > definitionLimits.quickLength ? readBlockYaml(text) : null
  return quick ?? readAnyYaml(text, problems)
}

/** By the library, whatever the text. */
export function readAnyYaml(text: string, problems: ProblemList): Located | null {
  if (text.length > definitionLimits.libraryLength) {
    problems.error({
      offset: 0,
      message: `Cannot read YAML: it has ${text.length} characters, expected ${definitionLimits.libraryLength} at most, or plain block style`,
      hint: 'divide it, or write it without anchors, aliases, folded text and text over several lines',
    })
    return null
  }
  const document = parsed(text, problems)
  if (document === null) return null
  for (const error of document.errors) problems.error({ offset: error.pos[0], ...yamlFault(error) })
  if (problems.hasErrors) return null
  const nothing: Located = { kind: 'map', offset: 0, entries: new Map() }
  if (document.contents === null) return nothing
  const root = new YamlConverter(problems).convert(document.contents, 0)
  if (problems.hasErrors) return null
  return root.kind === 'scalar' && root.value === null ? nothing : root
}

function parsed(text: string, problems: ProblemList): Document.Parsed | null {
  try {
    return parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error', version: '1.2' })
  } catch (error) {
    // The library follows nesting by recursion: the only error that it throws is a stack that ran out.
    if (!(error instanceof RangeError)) throw error
    problems.error({ offset: 0, message: tooDeep })
    return null
  }
}

function yamlFault(error: YAMLError): { message: string; hint: string } {
  const what = error.message.replace(/\s+/g, ' ').trim()
  if (what.startsWith('Maximum call stack')) return { message: tooDeep, hint: '' }
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'Cannot read YAML: a tab indents this line, expected spaces', hint: '' }
    case 'MULTIPLE_DOCS':
      return {
        message: 'Cannot read YAML: a second document begins here, expected one',
        hint: 'put it in a file of its own',
      }
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: `Cannot read YAML: ${what}`,
        hint: 'text with ": " or " #" in it needs quotes; lists and maps of one level begin in one column',
      }
    default:
      return { message: `Cannot read YAML: ${what}`, hint: '' }
  }
}
