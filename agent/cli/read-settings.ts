// From flags, the environment and a settings file to what an agent is told: flags stand over the environment, the
// environment over the file, and the file over the defaults. All that is wrong is said at once, each with its place.

import path from 'node:path'
import type { LogLevel } from '../log.ts'
import { defaultSettings, type AgentSettings } from '../settings.ts'
import { settingKeys, type SettingKey } from './setting-keys.ts'
import { readSettingsFile, type GivenSetting } from './settings-file.ts'

export type CommandSettings = {
  readonly agent: AgentSettings
  readonly isDraining: boolean
  readonly logLevel: LogLevel
  /** Null: readable lines on a terminal, JSON elsewhere. */
  readonly logFormat: 'lines' | 'json' | null
}

export type SettingSources = {
  /** As parseArgs gives them, without the dashes: `data-dir`. */
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Relative paths start here. */
  readonly workingDirectory: string
}

type Values = Map<string, readonly (string | number | boolean)[]>

/** Throws one error with a line for each problem. */
export function readSettings(sources: SettingSources): CommandSettings {
  const problems: string[] = []
  const file = textOf(sources.flags['settings']) ?? variable(sources.environment, 'HOCKET_SETTINGS')
  const fromFile =
    file === undefined
      ? new Map<string, GivenSetting>()
      : readSettingsFile(file, sources.workingDirectory, problems)
  const values: Values = new Map()
  for (const setting of settingKeys) {
    const given =
      fromFlags(setting, sources) ?? fromEnvironment(setting, sources) ?? fromFile.get(setting.key)
    if (given !== undefined) values.set(setting.key, readTexts(setting, given, problems))
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return settingsOf(values, sources.workingDirectory)
}

/** Where the data directory of a command is, and whether somebody said so. */
export function readDataDirectory(sources: SettingSources): {
  readonly directory: string
  readonly isGiven: boolean
} {
  const given = textOf(sources.flags['data-dir']) ?? variable(sources.environment, 'HOCKET_DATA_DIR')
  return {
    directory: path.resolve(sources.workingDirectory, given ?? '.hocket'),
    isGiven: given !== undefined,
  }
}

function fromFlags({ key }: SettingKey, { flags }: SettingSources): GivenSetting | undefined {
  const flag = key.replaceAll('_', '-')
  const value = flags[flag]
  if (value === undefined) return undefined
  const texts = Array.isArray(value) ? (value as readonly string[]) : [String(value)]
  return { texts, place: `--${flag}`, isFile: false }
}

function fromEnvironment(
  { key, isList }: SettingKey,
  { environment }: SettingSources,
): GivenSetting | undefined {
  const name = `HOCKET_${key.toUpperCase()}`
  const value = variable(environment, name)
  if (value === undefined) return undefined
  return {
    texts: isList === true ? value.split(',').map((part) => part.trim()) : [value],
    place: name,
    isFile: false,
  }
}

function readTexts(
  setting: SettingKey,
  given: GivenSetting,
  problems: string[],
): (string | number | boolean)[] {
  return given.texts.flatMap((text) => {
    try {
      return [setting.read(text)]
    } catch (error) {
      const what = given.isFile ? setting.key : given.place
      // A token is a secret, and errors go into logs.
      const shown = setting.key === 'join' ? '' : ` "${text}"`
      const place = given.isFile ? `${given.place}: ` : ''
      problems.push(
        `${place}Cannot use ${what}${shown}: ${error instanceof Error ? error.message : String(error)}`,
      )
      return []
    }
  })
}

function settingsOf(values: Values, workingDirectory: string): CommandSettings {
  const one = <Value>(key: string, otherwise: Value): Value =>
    (values.get(key)?.[0] as Value | undefined) ?? otherwise
  const all = (key: string) => (values.get(key) ?? []) as readonly string[]
  const defaults = defaultSettings(path.resolve(workingDirectory, one('data_dir', '.hocket')))
  const configDirectory = one<string | null>('config_dir', null)
  return {
    agent: {
      ...defaults,
      name: one('name', defaults.name),
      labels: Object.fromEntries(all('label').map(splitLabel)),
      listen: values.has('listen') ? all('listen') : defaults.listen,
      announce: all('announce'),
      join: one('join', defaults.join),
      witnesses: one('witnesses', defaults.witnesses),
      canWitness: one('witness', 'auto') === 'auto',
      maxRunning: one('max_running', defaults.maxRunning),
      http: one('http', defaults.http),
      httpNames: all('http_name'),
      tls: tlsOf(one<string | null>('tls_cert', null), one<string | null>('tls_key', null), workingDirectory),
      isInsecure: one('insecure', false),
      logUrl: one('log_url', defaults.logUrl),
      configDirectory: configDirectory === null ? null : path.resolve(workingDirectory, configDirectory),
      claim: {
        ...defaults.claim,
        sessionTtlMs: one('session_ttl', defaults.claim.sessionTtlMs),
        claimAheadMs: one('claim_ahead', defaults.claim.claimAheadMs),
        rankDelayMs: one('rank_delay', defaults.claim.rankDelayMs),
      },
    },
    isDraining: one('drain', false),
    logLevel: one('log_level', 'info'),
    logFormat: one<'lines' | 'json' | null>('log_format', null),
  }
}

function tlsOf(certificate: string | null, key: string | null, directory: string): AgentSettings['tls'] {
  if (certificate === null && key === null) return null
  if (certificate === null || key === null)
    throw new Error(
      `Cannot use ${certificate === null ? 'tls_key' : 'tls_cert'} alone: the other is missing, expected tls_cert and tls_key`,
    )
  const place = (file: string) => path.resolve(directory, file)
  return { certificateFile: place(certificate), keyFile: place(key) }
}

function splitLabel(label: string): [string, string] {
  const at = label.indexOf('=')
  return [label.slice(0, at), label.slice(at + 1)]
}

function textOf(value: SettingSources['flags'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** An empty variable counts as none. */
function variable(environment: SettingSources['environment'], name: string): string | undefined {
  return environment[name] === '' ? undefined : environment[name]
}
