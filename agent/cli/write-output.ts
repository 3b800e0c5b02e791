// What a run or an instance wrote: byte for byte, its standard output on ours and its standard error on ours, or with
// --json one object for each of its lines, which says whose it is. The two are kept apart, so that which line came
// first is not known: the errors come behind, or with --follow as they come.

import { streamFromAgent } from './ask-agent.ts'
import { UsageError, type CommandCall } from './command.ts'

/** A longer line comes in several objects. */
const lineCharactersMax = 1_000_000

type Stream = 'stdout' | 'stderr'

/** `path` is that of the output, `of` says whose lines these are and which it is; answers how many bytes there were. */
export async function writeOutput(
  call: CommandCall,
  path: string,
  of: { readonly names: Readonly<Record<string, string>>; readonly query?: Readonly<Record<string, string>> },
): Promise<number> {
  const { flags } = call
  const one = async (stream: Stream) => {
    const query = partQuery(call, { ...of.query, stream })
    return writeStream(call, `${path}?${query.toString()}`, { stream, names: of.names })
  }
  if (flags['stderr'] === true) return one('stderr')
  if (flags['follow'] !== true) return (await one('stdout')) + (await one('stderr'))
  const [out, error] = await Promise.all([one('stdout'), one('stderr')])
  return out + error
}

function partQuery({ flags }: CommandCall, more: Readonly<Record<string, string>>): URLSearchParams {
  const query = new URLSearchParams(more)
  if (flags['follow'] === true) query.set('follow', 'true')
  for (const [flag, name] of [
    ['tail', 'tail'],
    ['try', 'tried'],
  ] as const) {
    const value = flags[flag]
    if (value === undefined) continue
    if (typeof value !== 'string' || !/^\d{1,6}$/.test(value))
      throw new UsageError(
        `Cannot use "${String(value)}" as --${flag}: it is no whole number, expected one such as 20`,
      )
    query.set(name, value)
  }
  return query
}

async function writeStream(
  call: CommandCall,
  path: string,
  { stream, names }: { readonly stream: Stream; readonly names: Readonly<Record<string, string>> },
): Promise<number> {
  const { flags, terminal } = call
  if (flags['json'] !== true) {
    // What alone was asked for is the output.
    const to = stream === 'stderr' && flags['stderr'] !== true ? 'error' : 'out'
    return streamFromAgent(call, path, async (chunk) => terminal.write(chunk, to))
  }
  const decoder = new TextDecoder()
  const write = (line: string) => terminal.out(`${JSON.stringify({ ...names, stream, line })}\n`)
  let rest = ''
  const bytes = await streamFromAgent(call, path, async (chunk) => {
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
  return bytes
}
