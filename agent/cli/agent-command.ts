// `hocket agent`: runs one agent in this process until a signal ends it. The first signal asks it to stop, a second
// one to wait for nothing; what runs goes on either way and is found again at the next start.

import path from 'node:path'
import type { Logger } from 'pino'
import type { RunningAgent } from '../agent.ts'
import type { Command, CommandOption } from './command.ts'
import { showJoining } from './join-progress.ts'
import { paint } from './paint.ts'
import { Progress } from './progress.ts'
import { readSettings, type CommandSettings } from './read-settings.ts'
import { settingKeys } from './setting-keys.ts'
import { wantsColour, type Terminal } from './terminal.ts'

export const agentCommand: Command = {
  words: 'agent',
  summary: 'run an agent: it founds a cluster, joins one, or goes on in the one it knows',
  arguments: '',
  argumentsMax: 0,
  options: {
    settings: {
      type: 'string',
      takes: 'FILE',
      help: 'a settings file; config/agent.yaml documents them all',
    },
    json: { type: 'boolean', help: 'log in JSON lines, as --log-format json does' },
    ...Object.fromEntries(
      settingKeys.map((setting) => [setting.key.replaceAll('_', '-'), optionOf(setting)]),
    ),
  },
  examples: [
    ['hocket agent --config-dir jobs', 'found a cluster of one, and run what the files in jobs say'],
    [
      'hocket agent --listen 0.0.0.0:7461 --witnesses 3',
      'found one that others join, and that survives a node',
    ],
    ['hocket agent --join hkt1_…', 'join it from another host (hocket join-token prints the string)'],
    ['hocket agent --data-dir b --listen 127.0.0.1:0 --http 127.0.0.1:0', 'a second agent on the same host'],
  ],
  run: async (call) => {
    const { flags, terminal } = call
    const settings = readSettings({ flags, ...terminal })
    // The token is a secret: what the agent starts need not see it.
    delete process.env['HOCKET_JOIN']
    // Loaded only now: the other commands answer without the weight of an agent.
    const [{ startAgent }, { createLog }] = await Promise.all([import('../agent.ts'), import('../log.ts')])
    const isReadable =
      flags['json'] !== true && (settings.logFormat ?? (process.stdout.isTTY ? 'lines' : 'json')) === 'lines'
    const progress = new Progress('sync', terminal)
    const log = createLog({
      level: settings.logLevel,
      format: isReadable ? 'lines' : 'json',
      colour: wantsColour(process.stdout.isTTY, terminal.environment),
      write: (text) => {
        progress.clear()
        terminal.out(text)
      },
    })
    const agent = await startAgent(settings.agent, log)
    if (isReadable) greet(agent, settings, terminal)
    else log.info(readyFacts(agent, settings), 'the agent is ready')
    if (agent.how === 'joining') void followJoining(agent, isReadable ? progress : null, log)
    const unlisten = stopOnSignals(agent, settings.isDraining, log)
    const why = await agent.ended
    unlisten()
    if (why === null) {
      log.info('stopped')
      return 0
    }
    log.error({ err: expectedOrWhole(why) }, 'the agent stopped by itself')
    return 1
  },
}

/** How far the documents of its cluster are there; in the end a line of the log. */
async function followJoining(agent: RunningAgent, progress: Progress | null, log: Logger): Promise<void> {
  const sinceMs = performance.now()
  const documents = await showJoining(agent, progress).catch(() => null)
  if (documents === null) return
  log.info({ documents, tookMs: Math.round(performance.now() - sinceMs) }, 'has all that the cluster knows')
}

function optionOf(setting: (typeof settingKeys)[number]): CommandOption {
  const { takes, isList, help } = setting
  if (takes === null) return { type: 'boolean', help }
  return { type: 'string', takes, help, ...(isList === true && { multiple: true }) }
}

function readyFacts(agent: RunningAgent, { agent: { name, dataDirectory } }: CommandSettings) {
  const { nodeId, clusterId, httpAddress, how } = agent
  return { name, how, nodeId, clusterId, http: httpAddress, mesh: agent.meshAddresses(), dataDirectory }
}

/** Where to look. */
function greet(agent: RunningAgent, settings: CommandSettings, terminal: Terminal): void {
  const { dataDirectory, configDirectory, name, witnesses } = settings.agent
  const made = {
    founded: `it founded a new cluster with ${witnesses} witness${witnesses === 1 ? '' : 'es'}`,
    joining: 'it waits for the first agent of the cluster that it joins',
    known: 'it goes on in the cluster that it knows',
  }[agent.how]
  const shorter = (place: string) => {
    const relative = path.relative(terminal.workingDirectory, place)
    return relative === '' ? '.' : relative.startsWith('..') ? place : relative
  }
  // In a checkout, where npm started us, no `hocket` is on the PATH.
  const hocket = terminal.environment['npm_lifecycle_event'] === undefined ? 'hocket' : 'node agent/hocket.js'
  const where = shorter(dataDirectory) === '.hocket' ? '' : ` --data-dir ${shorter(dataDirectory)}`
  const lines: [string, string][] = [
    ['agent', `${name} (hocket ${agent.version}) is ready: ${made}`],
    ['data', shorter(dataDirectory)],
    [
      'jobs',
      configDirectory === null
        ? 'no directory is watched (--config-dir)'
        : `every config file in ${shorter(configDirectory)}`,
    ],
    ['mesh', agent.meshAddresses().map(readableAddress).join(', ')],
    ['look', `${agent.viewerAddress()}   (once, within ten minutes; then hocket open)`],
    ['', `${hocket} status${where}   (or jobs, runs, nodes, config status)`],
    ['join', `${hocket} join-token${where}`],
  ]
  for (const [title, text] of lines)
    terminal.out(`${paint('quiet', title.padEnd(6), terminal.isColoured)}${text}\n`)
}

/** `/ip4/10.0.0.1/tcp/7461` as `10.0.0.1:7461`. */
function readableAddress(address: string): string {
  const [, kind, host = '', , port = ''] = address.split('/')
  return kind === 'ip6' ? `[${host}]:${port}` : `${host}:${port}`
}

/** Errors that name what was tried are for people; of others the place in the program is wanted. */
function expectedOrWhole(error: Error): { readonly message: string; readonly stack?: string | undefined } {
  return error.message.startsWith('Cannot ') ? { message: error.message } : error
}

function stopOnSignals(agent: RunningAgent, isDraining: boolean, log: Logger): () => void {
  let count = 0
  const stop = () => {
    count++
    if (count === 1) {
      const hint = isDraining ? 'waiting for what runs; stop again to leave it running' : 'what runs goes on'
      log.info(`stopping: ${hint}`)
    } else log.info('stopping at once')
    void agent.stop({ drain: isDraining && count === 1 })
  }
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  for (const name of signals) process.on(name, stop)
  return () => {
    for (const name of signals) process.off(name, stop)
  }
}
