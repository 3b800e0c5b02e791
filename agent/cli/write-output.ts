// What a run or an instance wrote, on the standard output: byte for byte, or with --json one object for each of its
// lines, which says whose it is.

import { streamFromAgent } from './ask-agent.ts'
import type { CommandCall } from './command.ts'

/** A longer line comes in several objects. */
const lineCharactersMax = 1_000_000

/** `of` says whose lines these are. */
export async function writeOutput(
  call: CommandCall,
  path: string,
  of: Readonly<Record<string, string>>,
): Promise<void> {
  const { flags, terminal } = call
  if (flags['json'] !== true) return streamFromAgent(call, path, async (chunk) => terminal.write(chunk))
  const decoder = new TextDecoder()
  const write = (line: string) => terminal.out(`${JSON.stringify({ ...of, line })}\n`)
  let rest = ''
  await streamFromAgent(call, path, async (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) write(line)
    if (rest.length > lineCharactersMax) {
      write(rest)
      rest = ''
    }
  })
  rest += decoder.decode()
  if (rest !== '') write(rest)
}
