// `npm run bench -- NAME`: runs one of the benchmarks, each of which says at its top what it measures, against what,
// and prints its figures.

const benches: Readonly<Record<string, () => Promise<() => void | Promise<void>>>> = {
  lateness: async () => (await import('./lateness.ts')).benchLateness,
  documents: async () => (await import('./documents.ts')).benchDocuments,
  guard: async () => (await import('./guard.ts')).benchGuard,
  listeners: async () => (await import('./listeners.ts')).benchListeners,
  runs: async () => (await import('./runs.ts')).benchRuns,
  schedule: async () => (await import('./schedule.ts')).benchSchedule,
  spawn: async () => (await import('./spawn.ts')).benchSpawn,
  store: async () => (await import('./store.ts')).benchStore,
}

/** A module that measures when it is loaded, since its other process loads it too. */
const modules: Readonly<Record<string, () => Promise<unknown>>> = {
  mesh: async () => import('./mesh.ts'),
}

const [name = ''] = process.argv.slice(2)
const load = benches[name]
const loadAndRun = modules[name]
if (loadAndRun !== undefined) {
  await loadAndRun()
} else if (load === undefined) {
  const names = Object.keys({ ...benches, ...modules })
    .sort()
    .join(', ')
  console.error(`Cannot run benchmark "${name}": there is none of that name, expected one of ${names}`)
  process.exitCode = 2
} else {
  const run = await load()
  await run()
}
