// The services of one seed, as the text of a config file and its edits: foreground programs and daemons, kept up
// through whatever goes wrong, some of them free to move, or made so, or bound to their nodes again by an edit.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Random } from '../../../lib/base/random.ts'
import type { Drop } from './workload.ts'

type ServicePlan = {
  readonly name: string
  readonly isForeground: boolean
  readonly failover: 'none' | 'spread'
  readonly count: number | 'all'
  readonly update: 'rolling' | 'all' | 'none'
  readonly longestMs: number
  readonly isEnabled: boolean
}

const updates = ['rolling', 'all', 'none'] as const

export function makeServices(options: {
  readonly random: Random
  readonly authors: readonly NodeId[]
  readonly dropAtMs: number
  readonly editFromMs: number
  readonly editUntilMs: number
  readonly quietAtMs: number
}): Drop[] {
  const { random } = options
  const node = random.pick(options.authors)
  const fileName = 'kept.yaml'
  let services = Array.from({ length: random.between(1, 4) }, (_, index) =>
    makeService(`kept${index}`, random),
  )
  const drops: Drop[] = [{ atMs: options.dropAtMs, node, fileName, text: textOf(services) }]
  const edits = Array.from({ length: random.between(0, 4) }, () =>
    random.between(options.editFromMs, options.editUntilMs),
  )
  for (const atMs of edits.toSorted((left, right) => left - right)) {
    services = services.map((service) => (random.chance(0.6) ? edited(service, random) : service))
    drops.push({ atMs, node, fileName, text: textOf(services) })
  }
  services = services.map((service) => ({ ...service, isEnabled: false }))
  return [...drops, { atMs: options.quietAtMs, node, fileName, text: textOf(services) }]
}

function makeService(name: string, random: Random): ServicePlan {
  return {
    name,
    isForeground: random.chance(0.5),
    failover: random.chance(0.5) ? 'spread' : 'none',
    count: random.chance(0.1) ? 'all' : random.between(1, 5),
    update: random.pick(updates),
    longestMs: random.pick([5_000, 60_000, 600_000]),
    isEnabled: true,
  }
}

function edited(service: ServicePlan, random: Random): ServicePlan {
  const { count } = service
  switch (random.between(0, 4)) {
    case 0:
      return { ...service, count: count === 'all' ? count : random.between(0, 5) }
    case 1:
      return { ...service, isEnabled: !service.isEnabled }
    case 2:
      return { ...service, failover: service.failover === 'spread' ? 'none' : 'spread' }
    default:
      return { ...service, longestMs: random.pick([4_000, 50_000, 500_000]) }
  }
}

function textOf(services: readonly ServicePlan[]): string {
  const lines = services.flatMap((service) => {
    const { name, isForeground, failover, count, update, longestMs, isEnabled } = service
    return [
      `  - name: ${name}`,
      `    count: ${count}`,
      `    enabled: ${isEnabled}`,
      `    failover: ${failover}`,
      `    update: ${update}`,
      '    monitor_interval: 1s',
      '    restart_delay: 500ms',
      '    stop_timeout: 2s',
      ...(isForeground
        ? ['    foreground: true', `    command: serve 100..${longestMs}`]
        : [
            '    pid_file: /run/{name}-{instance_number}.pid',
            `    command: "daemon {pid_file} 100..${longestMs}"`,
          ]),
    ]
  })
  return ['services:', ...lines, ''].join('\n')
}
