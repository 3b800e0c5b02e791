// Checks of values that came from outside as JSON: each says what is wrong with a value, and
// where in it, or null when nothing is. Members that a check does not name are left alone:
// a newer agent may say more.

/** Null, or the first thing that is wrong: `prepares.3.ballot.epoch is no number`; ` is no record` of the value itself. */
export type Check = (value: unknown) => string | null

/** What is wrong in a member, told of the whole: what is wrong with a value itself begins with a blank. */
function inside(name: string, fault: string): string {
  return fault.startsWith(' ') ? name + fault : `${name}.${fault}`
}

/** A check for each member that the type has. */
type Checks<Value> = { readonly [Key in keyof Value]-?: Check }

export const isText: Check = (value) => (typeof value === 'string' ? null : ' is no text')
export const isNumber: Check = (value) => (Number.isFinite(value) ? null : ' is no number')
export const isWhole: Check = (value) => (Number.isSafeInteger(value) ? null : ' is no whole number')
export const isFlag: Check = (value) => (typeof value === 'boolean' ? null : ' is neither true nor false')

export function isNullOr(check: Check): Check {
  return (value) => (value === null ? null : check(value))
}

/** It may be missing. */
export function isPerhaps(check: Check): Check {
  return (value) => (value === undefined ? null : check(value))
}

export function isOneOf(...texts: readonly string[]): Check {
  const known = new Set(texts)
  return (value) => (typeof value === 'string' && known.has(value) ? null : ` is none of ${texts.join(', ')}`)
}

/** A record with members of any names. */
export function isTable(check: Check): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no record'
    for (const [name, member] of Object.entries(value)) {
      const fault = check(member)
      if (fault !== null) return inside(name, fault)
    }
    return null
  }
}

export function isList(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return ' is no list'
    for (let at = 0; at < value.length; at++) {
      const fault = check(value[at])
      if (fault !== null) return inside(String(at), fault)
    }
    return null
  }
}

export function isRecord<Value>(checks: Checks<Value>): Check {
  const entries = Object.entries<Check>(checks)
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no record'
    const record = value as Readonly<Record<string, unknown>>
    for (const [name, check] of entries) {
      const fault = check(record[name])
      if (fault !== null) return inside(name, fault)
    }
    return null
  }
}

/** A record of one of these kinds. */
export function isKind(checks: Readonly<Record<string, Check>>): Check {
  const known = new Map(Object.entries(checks))
  return (value) => {
    const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind
    const check = typeof kind === 'string' ? known.get(kind) : undefined
    return check === undefined ? 'kind is none that is known here' : check(value)
  }
}
