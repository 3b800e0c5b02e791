// A process that log-store.test.ts starts in order to hurt it: `loop` commits until it is killed and prints
// the number of each commit that was acknowledged; `fail` commits twice and prints how that ended; `once` makes
// one commit of each sort and prints after each.
import type { LogChange } from '../../../agent/store/log-plan.ts'
import { openLogStore, type LogStore } from '../../../agent/store/log-store.ts'
import { StoreFailed } from '../../../agent/store/store-failed.ts'

const [directory = '', mode] = process.argv.slice(2)

if (mode === 'loop') await commitForEver(await openLogStore(directory))
else if (mode === 'fail') await failTwice()
else await commitEachSort(await openLogStore(directory))

async function commitForEver(store: LogStore): Promise<void> {
  for (let i = 0; ; i++) {
    const changes: LogChange[] = [{ kind: 'append', log: 'votes', text: `vote ${i}\n`, sync: true }]
    if (i % 10 === 0) changes.push({ kind: 'rewrite', log: 'document/rewritten', text: `${i}\n`.repeat(50) })
    await store.commit(changes)
    process.stdout.write(`${i}\n`)
  }
}

async function commitEachSort(store: LogStore): Promise<void> {
  const commits: LogChange[][] = [
    [{ kind: 'append', log: 'votes', text: 'one\n', sync: true }],
    [{ kind: 'append', log: 'votes', text: 'two\n', sync: true }],
    [{ kind: 'append', log: 'votes', text: 'three\n', sync: false }],
    [{ kind: 'truncate', log: 'votes', lengthBytes: 4 }],
    [{ kind: 'rewrite', log: 'votes', text: 'new\n' }],
    [{ kind: 'remove', log: 'votes' }],
    [{ kind: 'append', log: 'journal', text: 'one\n', sync: false }],
    [{ kind: 'append', log: 'journal', text: 'two\n', sync: true }],
  ]
  process.stdout.write('opened\n')
  for (const changes of commits) {
    await store.commit(changes)
    process.stdout.write('acknowledged\n')
  }
}

async function failTwice(): Promise<void> {
  // Whether the very opening fails or the first commit, both must say the same.
  const first = await failureOf(async () => {
    const store = await openLogStore(directory)
    const failure = await failureOf(() =>
      store
        .commit([
          { kind: 'append', log: 'votes', text: 'one\n', sync: false },
          { kind: 'rewrite', log: 'document/a', text: 'one\n' },
        ])
        .then(() => store.commit([{ kind: 'append', log: 'votes', text: 'two\n', sync: true }])),
    )
    const second = await failureOf(() =>
      store.commit([{ kind: 'append', log: 'journal', text: 'one\n', sync: false }]),
    )
    report(failure, second)
  })
  if (first !== null) report(first, first)
}

async function failureOf(act: () => Promise<void>): Promise<StoreFailed | null> {
  try {
    await act()
    return null
  } catch (error) {
    if (error instanceof StoreFailed) return error
    throw error
  }
}

function report(first: StoreFailed | null, second: StoreFailed | null): void {
  const isMessageOneLine = /^Cannot [^\n]+, expected [^\n]+$/.test(first?.message ?? '')
  process.stdout.write(JSON.stringify({ first: first?.kind, second: second?.kind, isMessageOneLine }))
}
