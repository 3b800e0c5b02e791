// What a systemd service runs, as actions of ours, each after the one before: ExecStartPre,
// ExecStart, ExecStartPost; and ExecStopPost as the cleanup action.

import { escapeTemplate } from './parse-template.ts'
import { settingOf, settingWords, spanOf, type SystemdUnit } from './systemd-unit.ts'

type Keys = { readonly [key: string]: unknown }

const carriedOver = new Set(
  (
    'Type ExecStart ExecStartPre ExecStartPost ExecStop ExecStopPost User WorkingDirectory Environment TimeoutStartSec ' +
    'TimeoutSec RuntimeMaxSec SuccessExitStatus PIDFile Restart RestartSec StandardOutput StandardError RemainAfterExit'
  ).split(' '),
)

export function execKeys(
  service: SystemdUnit,
  days: readonly number[] | null,
  remarks: string[],
): { readonly actions: Readonly<Record<string, Keys>>; readonly cleanup_action?: Keys } {
  const shared = sharedKeys(service, remarks)
  const commands = (setting: string) => service.settings.get(`Service.${setting}`) ?? []
  const lines = [...commands('ExecStartPre'), ...commands('ExecStart'), ...commands('ExecStartPost')]
  if (lines.length === 0) remarks.push(`${service.fileName} has no ExecStart: put a command in.`)
  const guard =
    days === null
      ? ''
      : `case {day} in ${days.map((day) => String(day).padStart(2, '0')).join('|')}) ;; *) exit 0 ;; esac; `
  const actions: Record<string, Keys> = {}
  let before: string | null = null
  for (const [i, line] of (lines.length === 0 ? ['false'] : lines).entries()) {
    const name = lines.length <= 1 ? 'run' : `step-${i + 1}`
    actions[name] = present({
      command: guard + commandOf(line),
      ...shared,
      requires: before === null ? undefined : [before],
    })
    before = name
  }
  const after = commands('ExecStopPost')
  if (after.length === 0) return { actions }
  return {
    actions,
    cleanup_action: present({
      command: after.map(commandOf).join('; '),
      ...shared,
      success_exit_codes: undefined,
    }),
  }
}

/** Its prefixes undone: `-` lets a failure pass, the others are about privileges. */
export function commandOf(line: string): string {
  const match = /^([-@:+!|]*)(.*)$/s.exec(line.trim())
  const prefixes = match?.[1] ?? ''
  const words = (match?.[2] ?? '').trim()
  // With "@" the second word is only the name that the program sees.
  const text = prefixes.includes('@') ? words.replace(/^(\S+)\s+\S+/, '$1') : words
  const command = text.replaceAll('$$', '$').replaceAll('%%', '%')
  return escapeTemplate(prefixes.includes('-') ? `${command} || true` : command)
}

function sharedKeys(service: SystemdUnit, remarks: string[]): Keys {
  const env = environment(service)
  const [timeout] = ['TimeoutStartSec', 'TimeoutSec', 'RuntimeMaxSec']
    .map((key) => spanOf(service, `Service.${key}`))
    .filter((span) => span !== '')
  const codes = settingWords(settingOf(service, 'Service.SuccessExitStatus'))
    .map(Number)
    .filter((code) => Number.isInteger(code) && code > 0 && code < 256)
  const cwd = settingOf(service, 'Service.WorkingDirectory')
  for (const [key, values] of service.settings) {
    const [section = '', setting = ''] = key.split('.')
    if (section === 'Service' && !carriedOver.has(setting))
      remarks.push(`Left out: ${setting}=${values.join(' ')}`)
  }
  const specifier = [...service.settings].find(
    ([key, values]) =>
      key.startsWith('Service.Exec') && values.some((value) => /%[a-zA-Z]/.test(value.replaceAll('%%', ''))),
  )
  if (specifier !== undefined)
    remarks.push('Its command has a specifier such as %i or %h, which has no meaning here: write it out.')
  return {
    user: settingOf(service, 'Service.User') || undefined,
    cwd: cwd === '' || cwd.startsWith('~') ? undefined : escapeTemplate(cwd.replace(/^-/, '')),
    env: Object.keys(env).length === 0 ? undefined : env,
    timeout,
    success_exit_codes: codes.length === 0 ? undefined : [0, ...codes],
  }
}

function environment(service: SystemdUnit): Readonly<Record<string, string>> {
  const words = (service.settings.get('Service.Environment') ?? []).flatMap(settingWords)
  const pairs = words.filter((word) => word.includes('='))
  return Object.fromEntries(
    pairs.map((word) => [
      word.slice(0, word.indexOf('=')),
      escapeTemplate(word.slice(word.indexOf('=') + 1)),
    ]),
  )
}

function present(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined))
}
