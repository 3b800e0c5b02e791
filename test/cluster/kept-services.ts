// Services on three real agents: a daemon that forks twice and writes its pid file, and a program that stays in the
// foreground, four instances of each, killed at random; an agent that is killed and comes back; and what is to move to
// another node when its own is gone. Each instance checks by a lock on a file of its own that it is alone, and writes
// down each start and each violation: that is what is believed.
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { StatusView } from '../../lib/view/question.ts'
import type { ServiceView } from '../../lib/view/service-view.ts'
import { AgentHome, hocket, until, type AgentProcess } from './agent-process.ts'

export type KeptStory = {
  /** How long instances are killed at random. */
  readonly killsMs: number
  /** How much later than promised an instance may be back, on a machine that does other work. */
  readonly slackMs: number
  readonly onChapter: (text: string) => void
}

export type KeptEnding = {
  /** Words of instances that found that they were not alone. */
  readonly violations: readonly string[]
  /** What was not back in time, after which kill. */
  readonly late: readonly string[]
  readonly kills: number
  /** How long the slowest was away. */
  readonly slowestMs: number
  /** Starts while an agent was killed and came back. */
  readonly startsOverRestart: number
  /** What ran on the agent that went for good, and where it is to be found now. */
  readonly moved: readonly string[]
  /** Minus those that ended there, of what was to stay: 0. */
  readonly stayed: number
  /** What lives after all was stopped. */
  readonly leftOver: number
}

const intervalMs = 1_000
const delayMs = 500
const promisedMs = intervalMs + delayMs + 1_000
const killEveryMs = 300
/** Worker, launcher, agent, worker and the program's own shell. */
const processesOnTheWay = 5
/** Of every agent, also of one that comes back: a session lasts as long as the witnesses say that it does. */
const words = ['--session-ttl', '4s', '--rank-delay', '200ms']
const services = ['daemon', 'fore', 'mover', 'movingfore'] as const
const counts = { daemon: 4, fore: 4, mover: 3, movingfore: 3 } as const

const script = `#!/bin/sh
base=$1 mode=$2 pidfile=$3
if [ "$mode" = daemon ]; then
  ( setsid /bin/sh "$0" "$base" child "$pidfile" </dev/null >/dev/null 2>&1 & )
  exit 0
fi
if [ "$mode" = child ]; then
  ( /bin/sh "$0" "$base" serve "$pidfile" & )
  exit 0
fi
exec 9>>"$base.lock"
flock -n 9 || { echo "violation $$ $(date +%s%3N) $HOCKET_NODE" >>"$base.log"; exit 1; }
[ -z "$pidfile" ] || echo $$ >"$pidfile"
echo "start $$ $(date +%s%3N) $HOCKET_NODE" >>"$base.log"
while :; do sleep 1 9>&-; done
`

type Line = {
  readonly what: string
  readonly pid: number
  readonly atMs: number
  readonly node: string
  readonly instance: string
}

export async function keepServices(story: KeptStory): Promise<KeptEnding> {
  const home = new AgentHome()
  try {
    return await new Kept(home, story).tell()
  } finally {
    killAll(home)
    await home.close()
  }
}

class Kept {
  readonly #home: AgentHome
  readonly #story: KeptStory
  readonly #late: string[] = []
  #kills = 0
  #running: AgentProcess[] = []
  #slowestMs = 0

  constructor(home: AgentHome, story: KeptStory) {
    this.#home = home
    this.#story = story
  }

  async tell(): Promise<KeptEnding> {
    const agents = await gather(this.#home)
    this.#running = [...agents]
    const [alpha, beta] = agents
    fs.writeFileSync(this.#home.at('serve.sh'), script, { mode: 0o755 })
    beta.drop('kept.yaml', configText(this.#home))
    await allUp(alpha)
    this.#story.onChapter('all instances are up on three agents')
    await this.#killAtRandom()
    await allUp(alpha)
    this.#story.onChapter(
      `${this.#kills} kills; the slowest was back after ${Math.round(this.#slowestMs)} ms`,
    )
    const startsOverRestart = await this.#restartBeta(beta)
    const isLost = this.#whereMostMay()
    const lost = this.#running.find(({ name }) => name === isLost)!
    const left = this.#running.find(({ name }) => name !== isLost)!
    const { moved, stayed } = await this.#lose(lost, left)
    for (const service of services)
      await hocket(['service', 'kill', `kept.${service}`, '--data-dir', left.dataDirectory])
    const onLost = () =>
      newestStarts(this.#home).filter(({ node, pid }) => node === lost.name && isOurs(pid, this.#home))
    await until('what is on live agents to be stopped', () => livePids(this.#home).length <= onLost().length)
    const lines = linesOf(this.#home)
    return {
      violations: lines.filter(({ what }) => what === 'violation').map((line) => JSON.stringify(line)),
      late: this.#late,
      kills: this.#kills,
      slowestMs: this.#slowestMs,
      startsOverRestart,
      moved,
      stayed,
      leftOver: livePids(this.#home).length - onLost().length,
    }
  }

  /** One after the other; an instance that is not back yet is let be. */
  async #killAtRandom(): Promise<void> {
    const endMs = performance.now() + this.#story.killsMs
    const waiting: Promise<void>[] = []
    const away = new Set<string>()
    while (performance.now() < endMs) {
      const here = newestStarts(this.#home).filter(
        ({ pid, instance }) => !away.has(instance) && isOurs(pid, this.#home),
      )
      const victim = here[Math.floor(Math.random() * here.length)]
      if (victim !== undefined) {
        away.add(victim.instance)
        waiting.push(this.#killOne(victim).finally(() => away.delete(victim.instance)))
      }
      await delay(killEveryMs)
    }
    await Promise.all(waiting)
  }

  async #killOne({ pid, instance }: Line): Promise<void> {
    const killedAtMs = Date.now()
    process.kill(pid, 'SIGKILL')
    this.#kills++
    let latestMs = performance.now()
    let standstillMs = 0
    const isBack = () => {
      // A machine that gives nobody any time is no fault of ours: each process on the way waits as this one does.
      standstillMs += processesOnTheWay * Math.max(0, performance.now() - latestMs - 60)
      latestMs = performance.now()
      return newestStarts(this.#home).find((line) => line.instance === instance)?.pid !== pid
    }
    await until(`${instance} to be back`, isBack)
    const back = newestStarts(this.#home).find((line) => line.instance === instance)
    const awayMs = (back?.atMs ?? Infinity) - killedAtMs
    this.#slowestMs = Math.max(this.#slowestMs, awayMs)
    if (awayMs > promisedMs + this.#story.slackMs + standstillMs)
      this.#late.push(`${instance} was away for ${awayMs} ms, promised were ${promisedMs}`)
  }

  async #restartBeta(beta: AgentProcess): Promise<number> {
    // What may move is elsewhere by now when the machine was too slow for its session.
    const starts = () => linesOf(this.#home).filter(({ instance }) => !mayMove(instance)).length
    const before = starts()
    await beta.kill()
    await delay(500)
    const again = this.#home.start('beta', { words })
    this.#running = this.#running.map((agent) => (agent === beta ? again : agent))
    await until('beta to take part again', async () => {
      await again.ready()
      return (await again.get<StatusView>('status')).session.isValid
    })
    await delay(2 * intervalMs)
    await allUp(again)
    this.#story.onChapter('beta was killed and came back')
    return starts() - before
  }

  /** The node with the most instances that may move. */
  #whereMostMay(): string {
    const movers = new Map<string, number>()
    for (const { instance, node } of newestStarts(this.#home))
      if (mayMove(instance)) movers.set(node, (movers.get(node) ?? 0) + 1)
    return [...movers].toSorted(([, left], [, right]) => right - left)[0]?.[0] ?? 'gamma'
  }

  async #lose(
    lost: AgentProcess,
    left: AgentProcess,
  ): Promise<{ readonly moved: readonly string[]; readonly stayed: number }> {
    const on = (node: string) => newestStarts(this.#home).filter((line) => line.node === node)
    const wereThere = on(lost.name)
    await lost.kill()
    await until(
      'what may move to be up elsewhere',
      () => !on(lost.name).some(({ instance }) => mayMove(instance)),
    )
    for (const service of ['mover', 'movingfore'])
      await until(`${service} to be up`, async () => (await serviceOf(left, service)).state === 'UP')
    this.#story.onChapter(`${lost.name} is gone for good`)
    const stayed = wereThere.filter(({ instance, pid }) => !mayMove(instance) && isOurs(pid, this.#home))
    const names = new Set(wereThere.map(({ instance }) => instance).filter(mayMove))
    const moved = newestStarts(this.#home).filter(({ instance }) => names.has(instance))
    return {
      moved: moved.map(({ instance, node }) => `${instance} from ${lost.name} to ${node}`),
      stayed: stayed.length - wereThere.filter(({ instance }) => !mayMove(instance)).length,
    }
  }
}

const mayMove = (instance: string): boolean => instance.startsWith('mov')

async function gather(home: AgentHome): Promise<[AgentProcess, AgentProcess, AgentProcess]> {
  const alpha = home.start('alpha', { words: [...words, '--witnesses', '3'] })
  await alpha.ready()
  const { out } = await hocket(['join-token', '--data-dir', alpha.dataDirectory])
  const [beta, gamma] = (['beta', 'gamma'] as const).map((name) =>
    home.start(name, { words, environment: { HOCKET_JOIN: out.trim() } }),
  )
  for (const agent of [alpha, beta!, gamma!])
    await until(`${agent.name} to be ready`, async () => {
      await agent.ready()
      const { state, session } = await agent.get<StatusView>('status')
      return state === 'ready' && session.isValid
    })
  return [alpha, beta!, gamma!]
}

function configText(home: AgentHome): string {
  const base = home.at('{name}-{instance_number}')
  const common = (count: number) => `    count: ${count}
    monitor_interval: ${intervalMs}ms
    restart_delay: ${delayMs}ms
`
  const daemon = `    pid_file: ${base}.pid
    command: "/bin/sh ${home.at('serve.sh')} ${base} daemon {pid_file}"
`
  const foreground = `    foreground: true
    command: "exec /bin/sh ${home.at('serve.sh')} ${base} serve"
`
  return `services:
  - name: daemon
${common(counts.daemon)}${daemon}  - name: fore
${common(counts.fore)}${foreground}  - name: mover
    failover: spread
${common(counts.mover)}${daemon}  - name: movingfore
    failover: spread
${common(counts.movingfore)}${foreground}`
}

async function serviceOf(agent: AgentProcess, service: string): Promise<ServiceView> {
  return agent.get<ServiceView>(`services/kept.${service}`)
}

async function allUp(agent: AgentProcess): Promise<void> {
  for (const service of services)
    await until(
      `${service} to be up`,
      async () => {
        const answer = await serviceOf(agent, service).catch(() => null)
        return answer?.state === 'UP' && answer.up === counts[service]
      },
      30_000,
    )
}

/** What the instances wrote down, each file in its own order. */
function linesOf(home: AgentHome): Line[] {
  return fs
    .readdirSync(home.directory)
    .filter((name) => name.startsWith('kept.') && name.endsWith('.log'))
    .flatMap((name) =>
      fs
        .readFileSync(home.at(name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [what = '', pid = '', atMs = '', node = ''] = line.split(' ')
          const instance = name.slice('kept.'.length, -'.log'.length)
          return { what, pid: Number(pid), atMs: Number(atMs), node, instance }
        }),
    )
}

function newestStarts(home: AgentHome): Line[] {
  const newest = new Map<string, Line>()
  for (const line of linesOf(home)) if (line.what === 'start') newest.set(line.instance, line)
  return [...newest.values()]
}

function livePids(home: AgentHome): number[] {
  return linesOf(home)
    .map(({ pid }) => pid)
    .filter((pid) => isOurs(pid, home))
}

/** Its words name this test's directory: nobody else's process is ever killed. */
function isOurs(pid: number, home: AgentHome): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${home.directory}/serve.sh`)
  } catch {
    return false
  }
}

function killAll(home: AgentHome): void {
  for (const pid of livePids(home)) process.kill(pid, 'SIGKILL')
}
