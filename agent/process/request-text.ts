// What a run is to execute, as the fragment of shell that its worker reads: the working
// directory, the environment and nothing else of it, and at the end the shell and the
// command as parameters. Text from people stands in single quotes only, where the shell
// reads no character but the closing one.

import { processLimits } from './limits.ts'

export type SpawnRequest = {
  /** The key of the process, made by the core: it means one process for ever. */
  readonly process: string
  readonly command: string
  /** The whole environment; PWD and the like are added by the shell itself. */
  readonly environment: Readonly<Record<string, string>>
  /** An absolute path; `/` if not given. */
  readonly cwd?: string
  /** An absolute path; `/bin/sh` if not given. Called as SHELL -c COMMAND. */
  readonly shell?: string
  /** Instants of the uptime (uptime.ts) from which on it is not executed any more: of its session, and of its slot. */
  readonly notAfter?: { readonly sessionMs: number; readonly slotMs: number | null }
}

/** The fragment; the first line names the boot, so that a later agent knows whether files can have been lost. */
export function requestText(request: SpawnRequest, bootId: string): string {
  const cwd = request.cwd ?? '/'
  const shell = request.shell ?? '/bin/sh'
  return [
    `# boot ${bootId}`,
    `cd -P -- ${quote(cwd)} 2>/dev/null || {`,
    refuse(`working directory "${cwd}" cannot be entered, expected a directory that this user may enter`),
    `}`,
    `{ [ -f ${quote(shell)} ] && [ -x ${quote(shell)} ]; } || {`,
    refuse(`shell "${shell}" cannot be executed, expected a program that this user may execute`),
    `}`,
    'unset PWD OLDPWD',
    ...Object.entries(request.environment).map(([name, value]) => `export ${quote(`${name}=${value}`)}`),
    `set -- "$@" ${[quote(shell), quote(request.command), ...lateWords(request)].join(' ')}`,
    '',
  ].join('\n')
}

/** In hundredths of a second, as /proc/uptime counts. */
function lateWords({ notAfter }: SpawnRequest): string[] {
  if (notAfter === undefined) return []
  const { sessionMs, slotMs } = notAfter
  return [sessionMs, slotMs ?? sessionMs].map((ms) => String(Math.floor(ms / 10)))
}

/** The boot that a fragment names, or null for what is none. */
export function requestBoot(text: string): string | null {
  return /^# boot (\S+)\n/.exec(text)?.[1] ?? null
}

/** Why a request cannot be carried out, as `what it is, expected what it must be`; null when it can. */
export function requestFault(request: SpawnRequest): string | null {
  const { command, environment, cwd = '/', shell = '/bin/sh' } = request
  for (const [what, text] of [
    ['command', command],
    ['working directory', cwd],
    ['shell', shell],
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

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function refuse(why: string): string {
  return `  printf '%s\\n' ${quote(why)} >&2\n  exit 2`
}
