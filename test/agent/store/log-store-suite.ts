// What every log store promises, whatever it stands on: the disk here, a simulated one elsewhere.
// Call logStoreSuite in a test file with a way to open a fresh store and to open it again.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogChange } from '../../../agent/store/log-plan.ts'
import type { LogStore } from '../../../agent/store/log-store.ts'

export type StoreBench = {
  /** Opens what the last store left; that one is closed first when it still is open. */
  open(): Promise<LogStore>
  /** Ends the bench and removes what it made. */
  end(): Promise<void>
}

const append = (log: string, text: string, sync = true): LogChange => ({ kind: 'append', log, text, sync })
const rewrite = (log: string, text: string): LogChange => ({ kind: 'rewrite', log, text })
const remove = (log: string): LogChange => ({ kind: 'remove', log })
const truncate = (log: string, lengthBytes: number): LogChange => ({ kind: 'truncate', log, lengthBytes })

export function logStoreSuite(makeBench: () => Promise<StoreBench>): void {
  describe('a log store', () => {
    let bench: StoreBench
    let store: LogStore

    beforeEach(async () => {
      bench = await makeBench()
      store = await bench.open()
    })
    afterEach(async () => {
      await bench.end()
    })

    async function expectContents(contents: Readonly<Record<string, string>>): Promise<void> {
      for (const when of ['at once', 'opened again']) {
        if (when === 'opened again') store = await bench.open()
        const found: Record<string, string> = {}
        for (const log of store.names()) found[log] = await store.read(log)
        expect({ when, found }).toEqual({ when, found: contents })
        for (const [log, text] of Object.entries(contents)) expect(store.lengthBytes(log)).toBe(text.length)
      }
    }

    test('is empty at first, and a log that does not exist reads as nothing', async () => {
      expect(store.names()).toEqual([])
      expect(await store.read('votes')).toBe('')
      expect(store.lengthBytes('votes')).toBe(0)
      await expectContents({})
    })

    test('keeps what was appended, in order, over commits and openings', async () => {
      await store.commit([append('votes', 'one\n')])
      await store.commit([append('votes', 'two\n'), append('journal', 'a\n'), append('votes', 'three\n')])
      store = await bench.open()
      await store.commit([append('votes', 'four\n')])
      await expectContents({ votes: 'one\ntwo\nthree\nfour\n', journal: 'a\n' })
    })

    test('keeps the order of commits that did not wait for one another', async () => {
      const numbers = Array.from({ length: 100 }, (_, i) => i)
      await Promise.all(numbers.map((i) => store.commit([append('votes', `${i}\n`)])))
      await expectContents({ votes: numbers.map((i) => `${i}\n`).join('') })
    })

    test('an append that need not be synced is there as soon as its commit is', async () => {
      await store.commit([append('journal', 'asked\n', false)])
      await store.commit([append('journal', 'intent\n', true)])
      await expectContents({ journal: 'asked\nintent\n' })
    })

    test('a rewrite replaces all that was before, and appends go on behind it', async () => {
      await store.commit([append('votes', 'old\n')])
      await store.commit([append('votes', 'older\n'), rewrite('votes', 'new\n'), append('votes', 'newer\n')])
      await store.commit([append('votes', 'newest\n')])
      await expectContents({ votes: 'new\nnewer\nnewest\n' })
    })

    test('a log that was removed is gone, and can begin again', async () => {
      await store.commit([append('document/a', 'one\n'), append('document/b', 'one\n')])
      await store.commit([remove('document/a'), remove('document/b'), append('document/b', 'two\n')])
      await expectContents({ 'document/b': 'two\n' })
      await store.commit([append('document/a', 'three\n')])
      await expectContents({ 'document/a': 'three\n', 'document/b': 'two\n' })
    })

    test('removing what is not there changes nothing', async () => {
      await store.commit([remove('votes')])
      await store.commit([append('votes', 'one\n', false), remove('votes')])
      await expectContents({})
    })

    test('a log is cut where it is asked to be, and goes on from there', async () => {
      await store.commit([append('votes', 'one\ntwo\nthr')])
      await store.commit([truncate('votes', 8)])
      await expectContents({ votes: 'one\ntwo\n' })
      await store.commit([truncate('votes', 4), append('votes', 'three\n')])
      await expectContents({ votes: 'one\nthree\n' })
      await store.commit([append('votes', 'four\nfi'), truncate('votes', 15), append('votes', 'six\n')])
      await expectContents({ votes: 'one\nthree\nfour\nsix\n' })
    })

    test('a log that was cut to nothing still exists', async () => {
      await store.commit([append('votes', 'one\n')])
      await store.commit([truncate('votes', 0)])
      await expectContents({ votes: '' })
    })

    test('cutting more than there is stops the agent: the core knows what it read', async () => {
      await store.commit([append('votes', 'one\n')])
      await expect(store.commit([truncate('votes', 5)])).rejects.toThrow('cut to 5')
    })

    test('text that is not ASCII stops the agent: one character is one byte', async () => {
      await expect(store.commit([append('votes', 'größe\n')])).rejects.toThrow('ASCII')
    })

    test('names of logs are taken as they are', async () => {
      const names = [
        'votes',
        'Votes',
        'document/runs/2026-11-21T22/0',
        'a.b',
        '../up',
        ' ',
        '日本',
        `x${'ß'.repeat(400)}`,
      ]
      await store.commit(names.map((log) => append(log, `${names.indexOf(log)}\n`)))
      await expectContents(Object.fromEntries(names.map((log, i) => [log, `${i}\n`])))
      await store.commit([remove(names.at(-1) ?? ''), rewrite('../up', 'new\n')])
      const left = names.slice(0, -1).map((log, i) => [log, log === '../up' ? 'new\n' : `${i}\n`] as const)
      await expectContents(Object.fromEntries(left))
    })

    test('holds many logs, more than are kept open', async () => {
      const names = Array.from({ length: 300 }, (_, i) => `document/${i}`)
      await store.commit(names.map((log) => append(log, 'one\n', false)))
      await store.commit(names.toReversed().map((log) => append(log, 'two\n')))
      await expectContents(Object.fromEntries(names.map((log) => [log, 'one\ntwo\n'])))
    })

    test('a large append is written whole', async () => {
      const text = `${'x'.repeat(3_000_000)}\n`
      await store.commit([append('document/large', text)])
      await expectContents({ 'document/large': text })
    })

    test('an empty commit resolves, and a closed store refuses', async () => {
      await store.commit([])
      const last = store.commit([append('votes', 'one\n')])
      await store.close()
      await last
      await expect(store.commit([append('votes', 'two\n')])).rejects.toMatchObject({ kind: 'closed' })
      await expectContents({ votes: 'one\n' })
    })
  })
}
