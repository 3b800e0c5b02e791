// What `--json` prints: one document, indented, with an end of line. What programs read is what the API answers,
// unchanged.

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
