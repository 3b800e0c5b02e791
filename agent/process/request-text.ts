// What a run is to execute, as the fragment of shell that its worker reads (worker-script.ts): its user, working
// directory and standard input, the environment and nothing else of it, and in the end the words of the command as
// parameters. Text from people stands in single quotes only, where the shell reads no character but the closing one.

import type { ProcessPlan } from '../../lib/run/render-action.ts'
import type { Account } from './account.ts'
import { processLimits } from './limits.ts'

export type SpawnRequest = ProcessPlan & {
  /** The key of the process, made by the core: it means one process for ever. */
  readonly process: string
  /** Called as SHELL -c COMMAND. */
  readonly command: string
  /** Over HOME, USER, LOGNAME and SHELL; PWD and the like are added by the shell itself. */
  readonly environment: Readonly<Record<string, string>>
  /** On the steady clock: what waits for its turn until then is not executed any more. */
  readonly startByMs?: number | null
  /** Instants of the uptime (uptime.ts) from which on it is not executed any more: of its session, and of its slot. */
  readonly notAfter?: { readonly sessionMs: number; readonly slotMs: number | null }
}

export type Requester = { readonly bootId: string; readonly account: Account }

/** The fragment; the first line names the boot, so that a later agent knows whether files can have been lost. */
export function requestText(request: SpawnRequest, { bootId, account }: Requester): string {
  const { user, command, shell = '/bin/sh', stdin = '' } = request
  const isOwn = user === undefined || user === account.name
  const place = isOwn ? ownPlace(request, account) : otherPlace(request, { user, account })
  const words = [...place.words, quote(shell), '-c', quote(command)].join(' ')
  return [
    `# boot ${bootId}`,
    ...place.lines,
    `exec <${stdin === '' ? '/dev/null' : '"$run/stdin"'}`,
    `set -- "$@" ${lateWords(request)} ${words}`,
    `export HOME="$home" USER="$name" LOGNAME="$name" SHELL=${quote(shell)}`,
    'unset PWD OLDPWD',
    // What nobody else may see is gone from the disk before the command begins.
    ...(hasSecrets(request) ? ['. "$run/secrets"', 'rm -f -- "$run/secrets" 2>/dev/null'] : []),
    ...exports(request.environment),
    '',
  ].join('\n')
}

/** The fragment that brings the secrets. */
export function secretsText(values: Readonly<Record<string, string>>): string {
  return exports(values)
    .map((line) => `${line}\n`)
    .join('')
}

function hasSecrets({ secrets }: SpawnRequest): boolean {
  return Object.keys(secrets ?? {}).length > 0
}

function exports(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${quote(`${name}=${value}`)}`)
}

/** Finds out `name` and `home`, goes where the command starts, and says which words come before it. */
type Place = { readonly lines: readonly string[]; readonly words: readonly string[] }

function ownPlace({ cwd, shell = '/bin/sh' }: SpawnRequest, { name, home }: Account): Place {
  const enter =
    cwd === undefined
      ? ['cd -P -- "$home" 2>/dev/null || cd /']
      : unless(`cd -P -- ${quote(cwd)} 2>/dev/null`, noDirectory(cwd))
  const isProgram = `{ [ -f ${quote(shell)} ] && [ -x ${quote(shell)} ]; }`
  return {
    lines: [`name=${quote(name)} home=${quote(home)}`, ...enter, ...unless(isProgram, noShell(shell))],
    words: [],
  }
}

/** Only its user can say what it may enter and execute: asked before the gate, and entered by it behind the gate. */
function otherPlace(
  { cwd, shell = '/bin/sh' }: SpawnRequest,
  { user, account }: { readonly user: string; readonly account: Account },
): Place {
  const { become } = account
  if (become === null)
    return {
      lines: unless('false', 'there is none of setpriv and perl to become another user, expected one'),
      words: [],
    }
  const place = cwd === undefined ? '"$home"' : quote(cwd)
  const enter = `cd -P -- "$1" 2>/dev/null || ${cwd === undefined ? 'cd /' : 'exit 1'}`
  const look = (test: string) => `${become} /bin/sh -c ${quote(test)} sh ${place} ${quote(shell)} 2>/dev/null`
  return {
    lines: [
      'cd /',
      ...unless(
        `account ${quote(user)}`,
        `user "${user}" is unknown on this host, expected one of its accounts`,
      ),
      ...unless(
        `fault=$(${become} /bin/sh -c : 2>&1)`,
        `the agent's user "${account.name}" cannot become user "${user}", expected an agent that runs as root`,
        '" ($fault)"',
      ),
      ...unless(look(enter), noDirectory(cwd ?? '/')),
      ...unless(look('[ -f "$2" ] && [ -x "$2" ]'), noShell(shell)),
    ],
    words: [become, '/bin/sh -c', quote(`${enter}; shift; exec "$@"`), 'sh', place],
  }
}

function noDirectory(cwd: string): string {
  return `working directory "${cwd}" cannot be entered, expected a directory that its user may enter`
}

function noShell(shell: string): string {
  return `shell "${shell}" cannot be executed, expected a program that its user may execute`
}

/** In hundredths of a second, as /proc/uptime counts; empty for what may start whenever it may. */
function lateWords({ notAfter }: SpawnRequest): string {
  if (notAfter === undefined) return `'' ''`
  const { sessionMs, slotMs } = notAfter
  return [sessionMs, slotMs ?? sessionMs].map((ms) => String(Math.floor(ms / 10))).join(' ')
}

/** Why a request cannot be carried out, as `what it is, expected what it must be`; null when it can. */
export function requestFault(request: SpawnRequest): string | null {
  const { command, environment, cwd = '/', shell = '/bin/sh', user = '' } = request
  for (const [what, text] of [
    ['command', command],
    ['working directory', cwd],
    ['shell', shell],
    ['user', user],
    ...Object.entries(environment).map(
      ([name, value]) => [`environment variable "${name}"`, `${name}=${value}`] as const,
    ),
  ] as const) {
    if (text.includes('\0')) return `its ${what} has a NUL character, expected text without one`
    const bytes = Buffer.byteLength(text)
    if (bytes <= processLimits.wordBytes) continue
    return `its ${what} has ${bytes} bytes, expected at most ${processLimits.wordBytes}`
  }
  if (!cwd.startsWith('/')) return `its working directory is "${cwd}", expected an absolute path`
  if (!shell.startsWith('/')) return `its shell is "${shell}", expected an absolute path`
  const odd = Object.keys(environment).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  if (odd !== undefined) {
    return `its environment has a variable "${odd}", expected a name of letters, digits and _ that begins with no digit`
  }
  const bytes = Object.entries(environment).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name + value) + 2,
    0,
  )
  if (bytes <= processLimits.environmentBytes) return null
  return `its environment has ${bytes} bytes, expected at most ${processLimits.environmentBytes}`
}

/** The boot that a fragment names, or null for what is none. */
export function requestBoot(text: string): string | null {
  return /^# boot (\S+)\n/.exec(text)?.[1] ?? null
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Unless this succeeds nothing is executed; `more` is a word of the shell behind the reason. */
function unless(test: string, why: string, more = ''): string[] {
  return [`${test} || {`, `  printf '%s\\n' ${quote(why)}${more} >&2`, '  exit 2', '}']
}
