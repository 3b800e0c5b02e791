// Python's format mini-language, as far as texts and whole numbers need it: `{shortdate:>12}`,
// `{unixtime:,}`, `{attempt:03d}`. Source: Python's library reference, "Format Specification
// Mini-Language".

export type FormatSpec = {
  readonly fill: string
  readonly align: '<' | '>' | '^' | '=' | ''
  readonly sign: '+' | ' ' | ''
  readonly width: number
  readonly comma: ',' | '_' | ''
  /** null = not cut. */
  readonly precision: number | null
  readonly type: 's' | 'd' | 'x' | 'X' | 'o' | 'b' | ''
}

const form = /^(?:(.)?([<>^=]))?([+\- ])?(0)?(\d{1,4})?([,_])?(?:\.(\d{1,4}))?([sdxXob])?$/su

export function parseFormatSpec(text: string): FormatSpec | 'unknown' {
  const match = form.exec(text)
  if (match === null) return 'unknown'
  const zero = match[4] === '0'
  return {
    fill: match[1] ?? (zero ? '0' : ' '),
    align: (match[2] ?? (zero ? '=' : '')) as FormatSpec['align'],
    sign: match[3] === '+' || match[3] === ' ' ? match[3] : '',
    width: Number(match[5] ?? 0),
    comma: (match[6] ?? '') as FormatSpec['comma'],
    precision: match[7] === undefined ? null : Number(match[7]),
    type: (match[8] ?? '') as FormatSpec['type'],
  }
}

/** null when the value does not fit the format: letters for a number's format. */
export function formatValue(value: string | number, spec: FormatSpec): string | null {
  const asNumber = spec.type !== 's' && (typeof value === 'number' || spec.type !== '')
  if (!asNumber) return formatText(String(value), spec)
  const number = typeof value === 'number' ? value : /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : null
  return number === null || spec.precision !== null ? null : formatNumber(number, spec)
}

function formatText(text: string, spec: FormatSpec): string | null {
  if (spec.sign !== '' || spec.comma !== '') return null
  const characters = Array.from(text).slice(0, spec.precision ?? undefined)
  // A zero before the width is for numbers; Python refuses it with "=" for text, old formats ignore it.
  const align = spec.align === '=' || spec.align === '' ? '<' : spec.align
  return padded(characters.join(''), characters.length, { ...spec, align })
}

const bases = { '': 10, d: 10, s: 10, x: 16, X: 16, o: 8, b: 2 } as const

function formatNumber(number: number, spec: FormatSpec): string {
  const digits = Math.abs(number).toString(bases[spec.type])
  const cased = spec.type === 'X' ? digits.toUpperCase() : digits
  const grouped = spec.comma === '' ? cased : cased.replace(/\B(?=(?:\d{3})+$)/g, spec.comma)
  const sign = number < 0 ? '-' : spec.sign
  if (spec.align === '=') return sign + grouped.padStart(spec.width - sign.length, spec.fill)
  const text = sign + grouped
  return padded(text, text.length, { ...spec, align: spec.align === '' ? '>' : spec.align })
}

function padded(text: string, length: number, spec: FormatSpec): string {
  const missing = Math.max(0, spec.width - length)
  const left = spec.align === '>' ? missing : spec.align === '^' ? Math.floor(missing / 2) : 0
  return spec.fill.repeat(left) + text + spec.fill.repeat(missing - left)
}
