// How long a synced record takes, and how many a second: alone, and 32 at a time gathered into group commits as
// the agent does; beside a bare blocking append + fdatasync on the same disk, in turns, in the same run.
import fs from 'node:fs'
import path from 'node:path'
import { openLogStore, type LogStore } from '../agent/store/log-store.ts'

const rounds = 5
const recordsPerRound = 1_000
const inFlight = 32
const record = `${'x'.repeat(199)}\n`

type Sample = { readonly latenciesMs: number[]; elapsedMs: number }

/** Measures in a directory on the disk that is asked about (the working directory if none is given). */
export async function benchStore(place: string = process.cwd()): Promise<void> {
  const directory = fs.mkdtempSync(path.join(place, '.hocket-bench-'))
  const store = await openLogStore(path.join(directory, 'logs'))
  const bare = fs.openSync(path.join(directory, 'bare'), 'a')
  const samples = { bare: newSample(), one: newSample(), grouped: newSample() }
  try {
    for (let round = 0; round < rounds; round++) {
      await measure(samples.bare, 1, () => {
        fs.writeSync(bare, record)
        fs.fdatasyncSync(bare)
        return Promise.resolve()
      })
      await measure(samples.one, 1, () =>
        store.commit([{ kind: 'append', log: 'one', text: record, sync: true }]),
      )
      await measure(samples.grouped, inFlight, groupCommits(store))
    }
  } finally {
    await store.close()
    fs.closeSync(bare)
    fs.rmSync(directory, { recursive: true })
  }
  console.log(
    `a synced record of ${record.length} bytes, ${rounds * recordsPerRound} times, Node.js ${process.version}`,
  )
  console.log(line('bare append + fdatasync, blocking', samples.bare, samples.bare))
  console.log(line('store, 1 in flight', samples.one, samples.bare))
  console.log(line(`store, ${inFlight} in flight`, samples.grouped, samples.bare))
}

function newSample(): Sample {
  return { latenciesMs: [], elapsedMs: 0 }
}

async function measure(sample: Sample, width: number, write: () => Promise<void>): Promise<void> {
  const beganMs = performance.now()
  let left = recordsPerRound
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const sentMs = performance.now()
      await write()
      sample.latenciesMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: width }, one))
  sample.elapsedMs += performance.now() - beganMs
}

/** What gathers while one commit is under way is the next one. */
function groupCommits(store: LogStore): () => Promise<void> {
  let text = ''
  let next: Promise<void> | null = null
  let running: Promise<void> = Promise.resolve()
  return () => {
    text += record
    next ??= running.then(() => {
      const commit = store.commit([{ kind: 'append', log: 'grouped', text, sync: true }])
      text = ''
      next = null
      running = commit
      return commit
    })
    return next
  }
}

function line(name: string, sample: Sample, bare: Sample): string {
  const sorted = sample.latenciesMs.toSorted((left, right) => left - right)
  const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2)} ms`
  const rate = (of: Sample): number => (of.latenciesMs.length / of.elapsedMs) * 1_000
  return (
    `${name.padEnd(36)} p50 ${at(0.5)}  p99 ${at(0.99)}  ` +
    `${rate(sample).toFixed(0)} a second  (${(rate(sample) / rate(bare)).toFixed(2)} × bare)`
  )
}

if (process.argv[1] === import.meta.filename) await benchStore(process.argv[2])
