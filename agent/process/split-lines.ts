// A stream's chunks as whole lines of UTF-8, for the launcher and its workers: a chunk ends
// anywhere, also within a character.

/** A listener for `data` events that calls back with each line, without its end. */
export function splitLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}
