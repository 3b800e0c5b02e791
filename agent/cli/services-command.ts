// `hocket services` and `hocket service show|start|stop|restart|kill`: what is kept up, where, and how it fares. The
// orders are carried out by the agents that hold the instances; `service show` tells when they have.

import type { InstanceView, ServiceView } from '../../lib/view/service-view.ts'
import { askAgent, askForAll } from './ask-agent.ts'
import { askingOptions, listingOptions, UsageError, type Command } from './command.ts'
import { fieldLines, type Field } from './fields.ts'
import { jsonText } from './json-text.ts'
import { partOptions } from './logs-command.ts'
import { order } from './node-commands.ts'
import { toneOf } from './paint.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { localInstant, timeLength, timeText } from './time-words.ts'
import { writeOutput } from './write-output.ts'

const shownEvents = 12

export const servicesCommand: Command = {
  words: 'services',
  summary: 'what is kept up, where, and how it fares',
  arguments: '',
  argumentsMax: 0,
  options: listingOptions,
  examples: [
    ['hocket services', 'all services'],
    ['hocket service show shop.web', 'one service: its instances and what happened to them'],
  ],
  run: async (call) => {
    const answer = { services: await askForAll<ServiceView>(call, 'services', 'services') }
    call.terminal.out(
      call.flags['json'] === true ? jsonText(answer) : servicesText(answer.services, call.terminal),
    )
    return 0
  },
}

export const serviceShowCommand: Command = {
  words: 'service show',
  summary: 'one service: its instances, and what happened to them',
  arguments: 'SERVICE[.INSTANCE]',
  argumentsMax: 1,
  options: listingOptions,
  examples: [
    ['hocket service show shop.web', 'the service and all its instances'],
    ['hocket service show shop.web.0', 'one instance, with its events and its last words'],
  ],
  run: async (call) => {
    const name = nameOf(call.positionals, 'show')
    const service = await askAgent<ServiceView>(call, `services/${encodeURIComponent(name)}`)
    const asked = service.instances.find((instance) => instance.name === name)
    call.terminal.out(
      call.flags['json'] === true
        ? jsonText(asked ?? service)
        : serviceText(service, asked ?? null, call.terminal),
    )
    return 0
  },
}

export const serviceLogsCommand: Command = {
  words: 'service logs',
  summary: 'what an instance of a service wrote since its last start',
  arguments: 'SERVICE.INSTANCE',
  argumentsMax: 1,
  options: partOptions,
  examples: [
    ['hocket service logs shop.web.1 -f', 'and what it writes from now on'],
    ['hocket service logs shop.web.1 --stderr --tail 20', 'its last errors'],
  ],
  run: async (call) => {
    const name = nameOf(call.positionals, 'logs')
    await writeOutput(call, `services/${encodeURIComponent(name)}/output`, { names: { instance: name } })
    return 0
  },
}

export const serviceStartCommand = orderOf('start', 'start a service, or one instance of it; it stays so', [
  ['hocket service start shop.web', 'all its instances'],
  ['hocket service start shop.web.1', 'one of them'],
])
export const serviceStopCommand = orderOf('stop', 'stop a service, or one instance of it; it stays so', [
  ['hocket service stop shop.web', 'asked politely first, then killed'],
  ['hocket service stop shop.web.1', 'one of them'],
])
export const serviceRestartCommand = orderOf('restart', 'stop what runs of a service, and start it', [
  ['hocket service restart shop.web', 'all its instances at once'],
  ['hocket service restart shop.web.1', 'one of them'],
])
export const serviceKillCommand = orderOf('kill', 'stop a service with SIGKILL, at once; it stays so', [
  ['hocket service kill shop.web', 'all its instances'],
  ['hocket service start shop.web', 'and up again'],
])

function orderOf(
  word: 'start' | 'stop' | 'restart' | 'kill',
  summary: string,
  examples: Command['examples'],
): Command {
  return {
    words: `service ${word}`,
    summary,
    arguments: 'SERVICE[.INSTANCE]',
    argumentsMax: 1,
    options: askingOptions,
    examples,
    run: async (call) =>
      order(call, `services/${encodeURIComponent(nameOf(call.positionals, word))}/${word}`),
  }
}

function nameOf([name]: readonly string[], word: string): string {
  if (name !== undefined) return name
  throw new UsageError(
    `Cannot ${word}: no service is named, expected one of those that hocket services shows`,
  )
}

function servicesText(services: readonly ServiceView[], terminal: Terminal): string {
  if (services.length === 0) return 'no services yet: a config file may have them under "services"\n'
  const columns = [
    { title: 'SERVICE', shrinks: true },
    { title: 'STATE' },
    { title: 'UP' },
    { title: 'ON', shrinks: true },
  ]
  const rows = services.map((service) => [
    { text: service.name },
    { text: service.state, tone: toneOf(service.state.toLowerCase()) },
    { text: `${service.up}/${service.wanted}` },
    { text: nodesText(service.instances) || '-' },
  ])
  return table(columns, rows, terminal)
}

/** `alpha, beta (2)`: where they are. */
function nodesText(instances: readonly InstanceView[]): string {
  const counts = new Map<string, number>()
  for (const { node, isWanted } of instances)
    if (node !== null && isWanted) counts.set(node, (counts.get(node) ?? 0) + 1)
  return [...counts]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([node, count]) => (count === 1 ? node : `${node} (${count})`))
    .join(', ')
}

function serviceText(service: ServiceView, asked: InstanceView | null, terminal: Terminal): string {
  const { isColoured } = terminal
  const restart = service.restartDelayMs === null ? 'never' : `after ${timeLength(service.restartDelayMs)}`
  const checked =
    service.monitorIntervalMs === null ? 'never' : `each ${timeLength(service.monitorIntervalMs)}`
  const fields: Field[] = [
    ['service', service.name, 'strong'],
    ['state', `${service.state}, ${service.up} of ${service.wanted} up`, toneOf(service.state.toLowerCase())],
    ['pool', service.pool === '' ? 'any node' : service.pool],
    ['count', String(service.count)],
    ['command', service.command],
    ...(service.pidFile === null ? [] : [['pid file', service.pidFile] as const]),
    ['checked', checked],
    ['restarted', restart],
    ['failover', service.failover],
  ]
  const shown = asked === null ? service.instances : [asked]
  const events = shown
    .flatMap((instance) => instance.events.map((event) => ({ ...event, of: instance.name })))
    .toSorted((left, right) => (left.at < right.at ? 1 : -1))
    .slice(0, shownEvents)
    .map(({ at, of, text }): Field => [localInstant(at), shown.length === 1 ? text : `${of}: ${text}`])
  const output = shown.filter((instance) => instance.output !== '')
  const words = output.map(({ name, output: text }) => `\nlast words of ${name}\n${indented(text)}`)
  const parts = [fieldLines(fields, isColoured), instancesTable(shown, terminal)]
  if (events.length > 0) parts.push(fieldLines(events, isColoured))
  return parts.join('\n') + words.join('')
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${plainText(line)}\n`)
    .join('')
}

function instancesTable(instances: readonly InstanceView[], terminal: Terminal): string {
  const columns = [
    { title: 'INSTANCE', shrinks: true },
    { title: 'STATE' },
    { title: 'ON' },
    { title: 'PID' },
    { title: 'SINCE' },
    { title: 'WHY', shrinks: true },
  ]
  const rows = instances.map(({ name, state, node, pid, since, why }) => [
    { text: name },
    { text: state, tone: toneOf(state) },
    { text: node ?? '-' },
    { text: pid === null ? '-' : String(pid) },
    { text: since === null ? '-' : timeText(since, terminal) },
    { text: why, tone: 'quiet' as const },
  ])
  return table(columns, rows, terminal)
}
