// What one agent is told at its start, and what it does when it is told nothing. Where the values come from (flags,
// environment, a file) is the command line's business: a program that embeds an agent fills this in itself.

import os from 'node:os'
import { defaultClaimSettings, type ClaimSettings } from '../lib/base/limits.ts'

export type AgentSettings = {
  readonly dataDirectory: string
  /** What people call this node; two nodes of a cluster should not have the same. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** `host:port` for other agents; null for the default, which depends on whom the agent joined. */
  readonly listen: readonly string[] | null
  /** `host:port` at which others reach this agent, where that is not what it listens on. */
  readonly announce: readonly string[]
  /** A join token; null to use the cluster of the data directory, or to found one. */
  readonly join: string | null
  /** How many witnesses to found a cluster with. */
  readonly witnesses: 1 | 3 | 5
  /** Whether this agent may vote. */
  readonly canWitness: boolean
  /** How many runs this agent holds at a time; null for no bound. */
  readonly maxRunning: number | null
  /** `host:port` of the API; beyond loopback it needs TLS, or isInsecure. */
  readonly http: string
  /** Names by which it may be called beyond loopback. */
  readonly httpNames: readonly string[]
  /** Files with a certificate and its key, as PEM. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null
  /** Tokens may travel over a network that others read, or something in front speaks TLS. */
  readonly isInsecure: boolean
  /** Where runs have their lines in somebody's system of logs, a template (lib/view/log-url.ts); null for nowhere. */
  readonly logUrl: string | null
  /** The watched directory of config files; null to watch none. */
  readonly configDirectory: string | null
  readonly claim: ClaimSettings
}

export function defaultSettings(dataDirectory: string): AgentSettings {
  return {
    dataDirectory,
    name: os.hostname().split('.')[0] ?? 'node',
    labels: {},
    listen: null,
    announce: [],
    join: null,
    witnesses: 1,
    canWitness: true,
    maxRunning: null,
    http: '127.0.0.1:7460',
    httpNames: [],
    tls: null,
    isInsecure: false,
    logUrl: null,
    configDirectory: null,
    claim: defaultClaimSettings,
  }
}
