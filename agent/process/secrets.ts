// Secrets as the process room knows them: the values that a command gets in its environment, and their traces in what it
// writes. Whoever reads output here gets each value as stars, as many as it has bytes, so that places in the output stay
// what they are. What is read is a part: a value may begin before it and end behind it.

export type Secrets = {
  /** Undefined when this node has none of that name. */
  valueOf(name: string): string | undefined
  /** All that must not be seen. */
  values(): readonly string[]
}

export const noSecrets: Secrets = { valueOf: () => undefined, values: () => [] }

/** Of a value of several lines each line counts that is not shorter. */
const lineBytesMin = 8
/** The beginning of a value at the end of what there is so far, from so many bytes on. */
const prefixBytesMin = 4
const star = 0x2a

/** Bytes around a part that must be looked at with it. */
export function overlapBytes(secrets: Secrets): number {
  return Math.max(0, ...tracesOf(secrets).map((trace) => trace.length - 1))
}

/** Stars over every trace, in place; at the end of what there is also over the beginning of one. */
export function maskSecrets(bytes: Buffer, secrets: Secrets, isEnd: boolean): Buffer {
  for (const trace of tracesOf(secrets)) {
    for (let at = bytes.indexOf(trace); at >= 0; at = bytes.indexOf(trace, at + trace.length))
      bytes.fill(star, at, at + trace.length)
    if (!isEnd) continue
    for (let length = Math.min(trace.length - 1, bytes.length); length >= prefixBytesMin; length--) {
      const from = bytes.length - length
      if (trace.compare(bytes, from, bytes.length, 0, length) === 0) bytes.fill(star, from)
    }
  }
  return bytes
}

/** The longest first: one may be a part of another. */
function tracesOf(secrets: Secrets): readonly Buffer[] {
  const values = secrets.values().map((value) => value.trimEnd())
  const lines = values.flatMap((value) => value.split('\n')).filter((line) => line.length >= lineBytesMin)
  return [...new Set([...values, ...lines])]
    .filter((text) => text !== '')
    .map((text) => Buffer.from(text))
    .toSorted((left, right) => right.length - left.length)
}

export function unknownSecret(name: string): string {
  return `secret "${name}" is not known on this node, expected one that was set there (hocket secret set ${name})`
}

/** The variables with their values, or the name of a secret that is missing here. */
export function resolveSecrets(
  wanted: Readonly<Record<string, string>> | undefined,
  secrets: Secrets,
): { readonly values: Readonly<Record<string, string>> } | { readonly missing: string } {
  const values: Record<string, string> = {}
  for (const [variable, name] of Object.entries(wanted ?? {})) {
    const value = secrets.valueOf(name)
    if (value === undefined) return { missing: name }
    values[variable] = value
  }
  return { values }
}
