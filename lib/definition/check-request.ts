// What can be said of an `http` action before its request is made: an address that is none, a body where none is sent,
// half of a client's certificate, a pattern that is none, and keys that only a command has a use for.

import type { RawAction, RawCleanup } from './action-keys.ts'
import type { BuildContext } from './build-context.ts'
import type { Path } from './located.ts'

const ofCommands = ['env', 'secret_env', 'cwd', 'user', 'shell', 'stdin', 'success_exit_codes'] as const

export function checkRequest(raw: RawAction | RawCleanup, path: Path, { report }: BuildContext): void {
  const { http } = raw
  if (http === undefined) return
  const refuse = (words: Path, message: string, hint = '') =>
    report.error({ path: [...path, ...words], of: 'key', message, hint })
  const name = raw.name ?? 'cleanup'
  for (const word of ofCommands)
    if (raw[word] !== undefined)
      refuse(
        [word],
        `Cannot use ${word} in action "${name}": it makes a request, expected only with a command`,
      )
  // What a template begins with is known when it is rendered.
  if (!/^(https?:\/\/|\{|%)/i.test(http.url))
    report.note({
      path: [...path, 'http', 'url'],
      message: `Each request to "${http.url}" fails: it is no address of the web, expected one that begins with http:// or https://`,
    })
  if (http.body !== undefined && !sendsBody(http.method))
    refuse(
      ['http', 'body'],
      `Cannot use body in action "${name}": a ${http.method ?? 'GET'} request sends none, expected another method`,
      'such as method: POST',
    )
  if ((http.cert_file === undefined) !== (http.key_file === undefined)) {
    const given = http.cert_file === undefined ? 'key_file' : 'cert_file'
    refuse(
      ['http', given],
      `Cannot use ${given} in action "${name}": it stands alone, expected cert_file and key_file together`,
    )
  }
  const fault = http.expect_body === undefined ? null : patternFault(http.expect_body)
  if (fault !== null)
    report.error({
      path: [...path, 'http', 'expect_body'],
      message: `Cannot read expect_body "${http.expect_body}": it is no regular expression, expected one (${fault})`,
    })
}

/** GET is the default. */
export function sendsBody(method = ''): boolean {
  return !['', 'GET', 'HEAD'].includes(method)
}

function patternFault(pattern: string): string | null {
  try {
    return new RegExp(pattern, 'u').source === '' ? 'empty' : null
  } catch (error) {
    // The engine answers a bad pattern by throwing; that is an ordinary answer here.
    if (error instanceof SyntaxError) return error.message
    throw error
  }
}
