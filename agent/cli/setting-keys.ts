// The settings of an agent, one by one: what each is called, what it takes, and how its text becomes a value. One
// list serves the flags, the environment, the settings file and the help.

import { nameFault } from '../../lib/base/ids.ts'
import { parseDuration } from '../../lib/schedule/duration.ts'

/** Throws `it is …, expected …` for a text that will not do. */
type Read = (text: string) => string | number | boolean

export type SettingKey = {
  /** As in the file, `data_dir`; the flag is `--data-dir`, the variable HOCKET_DATA_DIR. */
  readonly key: string
  /** What the flag is followed by; null for one that is only there or not. */
  readonly takes: string | null
  readonly help: string
  /** Given several times as a flag, a list in the file, separated by commas in the environment. */
  readonly isList?: boolean
  readonly read: Read
}

const text: Read = (value) => {
  if (value.trim() === '') throw new Error('it is empty, expected some text')
  return value
}

const oneOf =
  (...allowed: readonly string[]): Read =>
  (value) => {
    if (!allowed.includes(value)) throw new Error(`it is none of what it may be, expected ${listed(allowed)}`)
    return value
  }

const yesOrNo: Read = (value) => {
  if (['true', 'yes', 'on', '1'].includes(value)) return true
  if (['false', 'no', 'off', '0'].includes(value)) return false
  throw new Error('it is neither yes nor no, expected true or false')
}

const duration =
  (bounds: { readonly minMs: number; readonly maxMs: number; readonly words: string }): Read =>
  (value) => {
    const result = parseDuration(value)
    if (!result.ok) throw new Error(result.problem.replace(/^Cannot read duration "[^"]*": /, ''))
    if (result.ms < bounds.minMs || result.ms > bounds.maxMs)
      throw new Error(`it is outside, expected ${bounds.words}`)
    return result.ms
  }

export const settingKeys: readonly SettingKey[] = [
  { key: 'data_dir', takes: 'DIR', help: 'what must survive lies here (default .hocket)', read: text },
  { key: 'name', takes: 'NAME', help: "this node's name (default: the host's)", read: readName },
  {
    key: 'label',
    takes: 'K=V',
    help: 'a label by which pools can select this node; repeatable',
    isList: true,
    read: readLabel,
  },
  {
    key: 'listen',
    takes: 'ADDRESS',
    help: 'where other agents connect (default 127.0.0.1:7461)',
    isList: true,
    read: text,
  },
  {
    key: 'announce',
    takes: 'ADDRESS',
    help: 'where they reach this agent, if not where it listens',
    isList: true,
    read: text,
  },
  { key: 'join', takes: 'TOKEN', help: 'join the cluster whose agent printed the token', read: text },
  {
    key: 'witnesses',
    takes: '1|3|5',
    help: 'how many agents vote, when founding a cluster (default 1)',
    read: readWitnesses,
  },
  {
    key: 'witness',
    takes: 'auto|never',
    help: 'whether this agent may vote (default auto)',
    read: oneOf('auto', 'never'),
  },
  {
    key: 'max_running',
    takes: 'N',
    help: 'how many runs this agent holds at a time (default: no bound)',
    read: readCount,
  },
  {
    key: 'http',
    takes: 'ADDRESS',
    help: 'where the API answers (default 127.0.0.1:7460); beyond loopback it needs TLS',
    read: text,
  },
  {
    key: 'http_name',
    takes: 'NAME',
    help: 'a name by which the API may be called beyond loopback; repeatable',
    isList: true,
    read: text,
  },
  { key: 'tls_cert', takes: 'FILE', help: "the API's certificate, PEM", read: text },
  { key: 'tls_key', takes: 'FILE', help: "its key, PEM; the agent's user alone should read it", read: text },
  {
    key: 'insecure',
    takes: null,
    help: 'let the API answer beyond loopback without TLS, such as behind a proxy',
    read: yesOrNo,
  },
  {
    key: 'log_url',
    takes: 'TEMPLATE',
    help: 'where runs have their logs elsewhere: {job_id} {run_id} {start_time} {end_time} {job} {node} {attempt}',
    read: text,
  },
  { key: 'config_dir', takes: 'DIR', help: 'watch this directory for config files', read: text },
  { key: 'drain', takes: null, help: 'when stopped, wait for running jobs to end', read: yesOrNo },
  {
    key: 'log_level',
    takes: 'LEVEL',
    help: 'debug, info, warn or error (default info)',
    read: oneOf('debug', 'info', 'warn', 'error'),
  },
  {
    key: 'log_format',
    takes: 'FORMAT',
    help: 'lines or json (default: lines on a terminal, else json)',
    read: oneOf('lines', 'json'),
  },
  {
    key: 'session_ttl',
    takes: 'TIME',
    help: 'a node not heard of for so long may be declared lost (default 20s)',
    read: duration({ minMs: 2000, maxMs: 120_000, words: '2s to 120s' }),
  },
  {
    key: 'claim_ahead',
    takes: 'TIME',
    help: 'how long before its instant a run is claimed (default 2s)',
    read: duration({ minMs: 0, maxMs: 60_000, words: '0s to 60s' }),
  },
  {
    key: 'rank_delay',
    takes: 'TIME',
    help: 'how long the next node waits for the first (default 1.5s)',
    read: duration({ minMs: 100, maxMs: 60_000, words: '100ms to 60s' }),
  },
]

function readName(value: string): string {
  const fault = nameFault(value)
  if (fault !== null) throw new Error(`it ${fault}`)
  return value
}

function readLabel(value: string): string {
  if (!/^[^=\s]+=[^\s]*$/.test(value)) throw new Error('it is no label, expected one such as disk=ssd')
  return value
}

function readWitnesses(value: string): number {
  if (!['1', '3', '5'].includes(value)) throw new Error('it is no number of witnesses, expected 1, 3 or 5')
  return Number(value)
}

function readCount(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new Error('it is no number of runs, expected 1 to 999999')
  return Number(value)
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}
