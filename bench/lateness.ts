// How late commands start: from a job's slot to the first clock reading of the process that was started for it. A
// cluster of three agents with 20 jobs of one second, whose slots all come at the full second; beside it, in the same
// run, a bare timer that spawns 20 shells with the same command at each half second. `npm run bench -- lateness`.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { StatusView } from '../lib/view/question.ts'
import { AgentHome, hocket, until } from '../test/cluster/agent-process.ts'

const jobs = 20
const seconds = 60
/** Before it, documents are new, and code is cold. */
const warmUpSeconds = 10

type Sample = { readonly slotMs: number; readonly startedAtMs: number }

export async function benchLateness(): Promise<void> {
  const home = new AgentHome()
  try {
    const evidence = { cluster: home.at('cluster'), bare: home.at('bare') }
    await startCluster(home, configText(evidence.cluster))
    await until('the first run', () => readSamples(evidence.cluster).length > 0)
    await runBare(evidence.bare, warmUpSeconds + seconds)
    const fromMs = Math.min(...readSamples(evidence.bare).map(({ slotMs }) => slotMs)) + warmUpSeconds * 1000
    const toMs = fromMs + seconds * 1000
    await until('the last runs', () =>
      readSamples(evidence.cluster).some(({ slotMs }) => slotMs > toMs + 1000),
    )
    const measured = (file: string) =>
      readSamples(file)
        .filter(({ slotMs }) => slotMs >= fromMs && slotMs < toMs)
        .map(({ slotMs, startedAtMs }) => startedAtMs - slotMs)
    print(measured(evidence.cluster), measured(evidence.bare))
  } finally {
    await home.close()
  }
}

async function startCluster(home: AgentHome, config: string): Promise<void> {
  const alpha = home.start('alpha', { words: ['--witnesses', '3'] })
  await alpha.ready()
  const { out } = await hocket(['join-token', '--data-dir', alpha.dataDirectory])
  const others = ['beta', 'gamma'].map((name) => home.start(name, { words: ['--join', out.trim()] }))
  for (const agent of [alpha, ...others]) {
    await agent.ready()
    await until(
      `${agent.name} to be ready`,
      async () => (await agent.get<StatusView>('status')).state === 'ready',
    )
  }
  alpha.drop('bench.yaml', config)
}

const command = (file: string) => `echo "$HOCKET_SLOT $(date +%s%N)" >> '${file}'`

function configText(file: string): string {
  const one = (n: number) =>
    `  job-${n}: { schedule: every 1s, overlap: allow, actions: { note: { command: ${JSON.stringify(command(file))} } } }\n`
  return `jobs:\n${Array.from({ length: jobs }, (_, n) => one(n)).join('')}`
}

/** The same command, as often, started by nothing but a timer. */
async function runBare(file: string, count: number): Promise<void> {
  const firstMs = (Math.floor(Date.now() / 1000) + 1) * 1000 + 500
  for (let n = 0; n < count; n++) {
    const slotMs = firstMs + n * 1000
    await delay(Math.max(0, slotMs - Date.now()))
    for (let i = 0; i < jobs; i++) {
      const slot = new Date(slotMs).toISOString()
      spawn('/bin/sh', ['-c', command(file)], {
        env: { PATH: process.env['PATH'] ?? '', HOCKET_SLOT: slot },
        stdio: 'ignore',
      })
    }
  }
}

function readSamples(file: string): Sample[] {
  if (!fs.existsSync(file)) return []
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [slot = '', startedAtNs = ''] = line.split(' ')
      return { slotMs: Date.parse(slot), startedAtMs: Number(startedAtNs) / 1e6 }
    })
}

function print(cluster: readonly number[], bare: readonly number[]): void {
  const ways = [
    ['three agents', cluster],
    ['bare timer + spawn', bare],
  ] as const
  console.log(
    `${jobs} commands at one instant, each second, for ${seconds} s; from the slot to the command's clock:`,
  )
  console.log('                        runs     p50     p99     max')
  for (const [name, values] of ways) {
    const figures = [quantile(values, 0.5), quantile(values, 0.99), Math.max(...values)]
    console.log(
      `${name.padEnd(20)}${String(values.length).padStart(8)}${figures.map((ms) => `${ms.toFixed(1)} ms`.padStart(10)).join('')}`,
    )
  }
  const ratio = (part: number) => (quantile(cluster, part) / quantile(bare, part)).toFixed(2)
  console.log(`${'ratio'.padEnd(28)}${ratio(0.5).padStart(8)}  ${ratio(0.99).padStart(8)}`)
  console.log(`started twice or never: ${Math.abs(cluster.length - jobs * seconds)}`)
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}
