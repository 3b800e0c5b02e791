// A template to its parts: text, and fields in either of Tron's syntaxes, {day-1} and %(day-1)s.
// `{{`, `}}` and `%%` stand for one of their character; any other % is text, so that `date +%Y` is.
// Where the old syntax is used, braces around what cannot be a variable are text too: in the files
// of that time `awk '{print $1}' %(file)s` was right.

import type { FormatSpec } from './format-spec.ts'
import { parseFormatSpec } from './format-spec.ts'

export type TemplateField = {
  readonly kind: 'field'
  /** What stands between the braces or parentheses, as written. */
  readonly source: string
  /** The variable; what looks like none is given whole. */
  readonly name: string
  readonly isLastSuccess: boolean
  /** null = no arithmetic was written. */
  readonly offset: number | null
  /** Letters behind the offset, as in `{shortdate-1d}`. */
  readonly unit: string
  readonly spec: FormatSpec | null
  /** A dollar stands before it: perhaps the shell's variable was meant. */
  readonly isShell?: boolean
}
export type TemplatePart = { readonly kind: 'text'; readonly text: string } | TemplateField
export type TemplateFault = { readonly message: string; readonly hint: string }
export type ParsedTemplate = {
  readonly parts: readonly TemplatePart[]
  readonly faults: readonly TemplateFault[]
}

// Every alternative stops at the next character that begins one, so the search is linear. A brace with a % behind
// it stands alone: the old syntax may stand between braces that are text.
const tokens = /\{\{|\}\}|%%|%\(([^()%]*)\)([-+ 0#]*\d*(?:\.\d+)?[A-Za-z])?|\{([^{}%]*)\}|[{}]/g
const looksLikeVariable = /^\s*[A-Za-z_][\w#:+\- ]*$/
/** Longer is no variable; this bounds the work of the expression. */
const SOURCE_MAX = 300
const expression =
  /^\s*(?:(last_success)\s*[#:]\s*)?([A-Za-z_]\w*)\s*(?:([+-])\s*(\d{1,12})\s*([A-Za-z]*))?\s*$/

export function parseTemplate(template: string): ParsedTemplate {
  const matches = [...template.matchAll(tokens)]
  const isOld = matches.some(
    ([, source = '', conversion = '']) => looksLikeVariable.test(source) && /[sd]$/.test(conversion),
  )
  const parts: TemplatePart[] = []
  const faults: TemplateFault[] = []
  let text = ''
  let end = 0
  for (const match of matches) {
    text += template.slice(end, match.index)
    end = match.index + match[0].length
    const part = readToken(match, isOld)
    if (typeof part === 'string') text += part
    else if ('message' in part) faults.push(part)
    else {
      if (text !== '') parts.push({ kind: 'text', text })
      text = ''
      parts.push(part)
    }
  }
  text += template.slice(end)
  if (text !== '') parts.push({ kind: 'text', text })
  return { parts, faults }
}

/** The text that renders as itself. */
export function escapeTemplate(text: string): string {
  return text.replace(/[{}]|%(?=[%(])/g, '$&$&')
}

function readToken(match: RegExpExecArray, isOld: boolean): TemplateField | TemplateFault | string {
  const [whole, oldSource, conversion = '', newSource] = match
  if (whole === '{{' || whole === '}}' || whole === '%%') return whole[0]!
  if (oldSource !== undefined) return readOld(whole, oldSource, conversion)
  if (newSource === undefined)
    return isOld
      ? whole
      : {
          message: `a single "${whole}" stands in it`,
          hint: `for the character itself write "${whole}${whole}"`,
        }
  const canBeVariable = looksLikeVariable.test(newSource)
  if (isOld && !canBeVariable) return whole
  const read = readNew(newSource)
  const isShell = match.input[match.index - 1] === '$'
  if (!isShell) return read
  return 'message' in read ? { ...read, hint: shellHint(newSource) } : { ...read, isShell }
}

export function shellHint(source: string): string {
  return `for the shell's own write "\${{${source}}}"`
}

function readOld(whole: string, source: string, conversion: string): TemplateField | TemplateFault | string {
  if (!looksLikeVariable.test(source)) return whole
  if (!/[sd]$/.test(conversion))
    return { message: `"%(${source})" has no "s" behind it`, hint: `write "{${source}}" or "%(${source})s"` }
  return fieldOf(source, conversion === 's' ? '' : oldSpec(conversion))
}

/** `-10s` of the old syntax is `<10` in the new one. */
function oldSpec(conversion: string): string {
  const flags = /^[-+ 0#]*/.exec(conversion)?.[0] ?? ''
  const rest = conversion.slice(flags.length)
  const align = flags.includes('-') ? '<' : rest.endsWith('s') ? '>' : ''
  return `${align}${flags.includes('+') ? '+' : ''}${flags.includes('0') && align === '' ? '0' : ''}${rest}`
}

function readNew(source: string): TemplateField | TemplateFault {
  if (source.trim() === '')
    return { message: '"{}" names no variable', hint: 'for the characters themselves write "{{}}"' }
  const last = /^(\s*last_success\s*:[^:!]*)(.*)$/s.exec(source)
  const cut = last === null ? source.search(/[!:]/) : last[1]!.length
  const [name, rest] = cut < 0 ? [source, ''] : [source.slice(0, cut), source.slice(cut)]
  const conversion = /^!([a-z])/.exec(rest)
  const spec = conversion === null ? rest : rest.slice(2)
  if ((conversion !== null && conversion[1] !== 's') || (spec !== '' && !spec.startsWith(':')))
    return {
      message: `"{${source}}" has "${rest}" behind its name`,
      hint: 'expected a format such as :>12, or nothing',
    }
  return fieldOf(name, spec.slice(1))
}

function fieldOf(source: string, specText: string): TemplateField | TemplateFault {
  const spec = specText === '' ? null : parseFormatSpec(specText)
  if (spec === 'unknown')
    return { message: `"${specText}" is no format`, hint: 'expected one such as >12, 05d or .3' }
  const match = source.length > SOURCE_MAX ? null : expression.exec(source)
  const trimmed = source.trim()
  if (match === null)
    return {
      kind: 'field',
      source: trimmed,
      name: trimmed,
      isLastSuccess: false,
      offset: null,
      unit: '',
      spec,
    }
  const offset = match[4] === undefined ? null : Number(match[4]) * (match[3] === '-' ? -1 : 1)
  return {
    kind: 'field',
    source: trimmed,
    name: match[2]!,
    isLastSuccess: match[1] !== undefined,
    offset: offset === 0 ? 0 : offset,
    unit: match[5] ?? '',
    spec,
  }
}
