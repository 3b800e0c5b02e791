// Questions and commands to the local agent over its API, and the answers as JSON. What goes wrong becomes one line
// with a remedy: the agent's own words where it gave any. The token is that of HOCKET_API_TOKEN, or is found in the data
// directory.

import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import { errorCode } from '../../lib/base/error-code.ts'
import { problemText, type Problem } from '../../lib/base/problem.ts'
import { readToken } from '../store/data-directory.ts'
import type { CommandCall } from './command.ts'
import { findAgent, type FoundAgent } from './find-agent.ts'

const answerMs = 10_000
/** Above the time that the agent itself gives a change. */
const changeMs = 65_000

export type AgentChange = {
  readonly method: 'PUT' | 'POST' | 'DELETE'
  /** Below /api/v1. */
  readonly path: string
  readonly body?: { readonly type: string; readonly text: string }
  readonly headers?: Readonly<Record<string, string>>
}

/** The agent refused: its words, and its problem whole. */
export class AgentRefused extends Error {
  override readonly name = 'AgentRefused'
  readonly status: number
  readonly problems: readonly Problem[]

  constructor(message: string, status: number, problems: readonly Problem[]) {
    super(message)
    this.status = status
    this.problems = problems
  }
}

/** Asks for a path below /api/v1; throws one clear line. */
export async function askAgent<Answer>(call: CommandCall, path: string): Promise<Answer> {
  const agent = await findAgent(call)
  const token = await tokenOf(agent, call).catch(() => null)
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }
  return read(agent, await send(agent, { method: 'GET', path, headers }, answerMs)) as Answer
}

/** A list whole, however many pages it has. */
export async function askForAll<Item>(
  call: CommandCall,
  path: string,
  name: string,
): Promise<readonly Item[]> {
  const items: Item[] = []
  const separator = path.includes('?') ? '&' : '?'
  for (let cursor = ''; ;) {
    const at = cursor === '' ? '' : `${separator}cursor=${encodeURIComponent(cursor)}`
    const page = await askAgent<Record<string, readonly Item[]> & { nextCursor?: string | null }>(
      call,
      path + at,
    )
    items.push(...(page[name] ?? []))
    if (page.nextCursor === null || page.nextCursor === undefined) return items
    cursor = page.nextCursor
  }
}

/** What an agent answers as it comes, as fast as it is taken, and how many bytes that were; throws one clear line, also in the middle. */
export async function streamFromAgent(
  call: CommandCall,
  path: string,
  take: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  let bytes = 0
  try {
    for await (const chunk of bytesFromAgent(call, path)) {
      bytes += chunk.length
      await take(chunk)
    }
    return bytes
  } catch (error) {
    if (error instanceof AgentRefused || (error instanceof Error && error.message.startsWith('Cannot ')))
      throw error
    throw new Error(
      `Cannot read on after ${bytes} bytes: the node that has the output went away, expected one that stays (ask again: what is kept of a failure is shown then)`,
      { cause: error },
    )
  }
}

/** What an agent answers as it comes, until it ends or is not wanted any more. */
export async function* bytesFromAgent(
  call: CommandCall,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const agent = await findAgent(call)
  const headers = { authorization: `Bearer ${await tokenOf(agent, call)}` }
  const response = await open(agent, { method: 'GET', path, headers }, answerMs)
  signal?.addEventListener('abort', () => response.destroy())
  if (response.statusCode !== 200) {
    read(agent, { status: response.statusCode ?? 0, text: await textOf(response) })
    return
  }
  yield* response as AsyncIterable<Buffer>
}

/** Changes something in the name of the user who typed it; throws one clear line, or one for each problem. */
export async function tellAgent<Answer>(call: CommandCall, change: AgentChange): Promise<Answer> {
  const agent = await findAgent(call)
  const headers = {
    ...change.headers,
    authorization: `Bearer ${await tokenOf(agent, call)}`,
    'hocket-user': encodeURIComponent(userOf(call.terminal.environment)),
  }
  return read(agent, await send(agent, { ...change, headers }, changeMs)) as Answer
}

/** The one that the environment names, or the data directory's own. */
async function tokenOf({ directory }: FoundAgent, { terminal }: CommandCall): Promise<string> {
  const given = terminal.environment['HOCKET_API_TOKEN'] ?? ''
  if (given !== '') return given
  try {
    const token = await readToken(directory)
    if (token !== null) return token
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error
    throw new Error(
      `Cannot read the token of data directory "${directory}": this user may not, expected the user of the agent (sudo -u USER hocket …), or a token in HOCKET_API_TOKEN`,
      { cause: error },
    )
  }
  throw new Error(
    `Cannot read the token of data directory "${directory}": there is none, expected the directory of a running agent`,
  )
}

/** Who typed the command; whoever became another user by sudo keeps his name. */
function userOf(environment: CommandCall['terminal']['environment']): string {
  const sudoer = environment['SUDO_USER'] ?? ''
  if (sudoer !== '') return sudoer
  try {
    return os.userInfo().username
  } catch {
    // A user without an entry in the list of users.
    return `user ${process.getuid?.() ?? ''}`.trim()
  }
}

function read(agent: FoundAgent, reply: Reply): unknown {
  if (reply.status === 200) return JSON.parse(reply.text)
  throw (
    refusalOf(reply) ??
    new Error(`Cannot ask the agent at ${agent.httpAddress}: it answered ${reply.status}, expected 200`)
  )
}

type Reply = { readonly status: number; readonly text: string }
type Sent = Omit<AgentChange, 'method'> & { readonly method: string }

async function send(agent: FoundAgent, sent: Sent, timeoutMs: number): Promise<Reply> {
  const response = await open(agent, sent, timeoutMs)
  try {
    return { status: response.statusCode ?? 0, text: await textOf(response) }
  } catch (error) {
    throw unasked(agent, error instanceof Error ? error.message : String(error))
  }
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part
  return text
}

function unasked(agent: FoundAgent, why: string): Error {
  return new Error(
    `Cannot ask the agent of "${agent.directory}": ${why}, expected it to answer at ${agent.httpAddress} ` +
      `(process ${agent.pid}; if it is gone, start it with: hocket agent --data-dir ${agent.directory})`,
  )
}

/** Resolves when the answer begins. */
async function open(agent: FoundAgent, sent: Sent, timeoutMs: number): Promise<http.IncomingMessage> {
  const { method, path, body } = sent
  const bytes = body === undefined ? undefined : Buffer.from(body.text)
  const ofBody =
    body === undefined || bytes === undefined
      ? {}
      : { 'content-type': body.type, 'content-length': bytes.length }
  return new Promise((resolve, reject) => {
    // What the data directory names is on this host: nobody else can stand in its place.
    const isTls = agent.httpAddress.startsWith('https:')
    const ask = isTls ? https.request : http.request
    const request = ask(
      new URL(`/api/v1/${path}`, agent.httpAddress),
      {
        agent: false,
        rejectUnauthorized: false,
        method,
        headers: { ...sent.headers, ...ofBody },
      },
      (response) => {
        clearTimeout(timer)
        resolve(response)
      },
    )
    const timer = setTimeout(
      () => request.destroy(new Error(`it said nothing for ${timeoutMs / 1000} s`)),
      timeoutMs,
    )
    request.on('error', (error) => {
      clearTimeout(timer)
      const isAway = 'code' in error && error.code === 'ECONNREFUSED'
      reject(unasked(agent, isAway ? 'nobody listens there' : error.message))
    })
    request.end(bytes)
  })
}

/** The words of a problem+json; null for any other answer. */
function refusalOf(reply: Reply): AgentRefused | null {
  try {
    const problem = JSON.parse(reply.text) as {
      readonly detail?: string
      readonly remedy?: string
      readonly problems?: readonly Problem[]
    }
    if (problem.detail === undefined) return null
    const { detail, remedy, problems = [] } = problem
    const head = `${detail}${remedy === undefined ? '' : ` (${remedy.replace(/\.$/, '')})`}`
    return new AgentRefused([head, ...problems.map(problemText)].join('\n'), reply.status, problems)
  } catch {
    return null
  }
}
