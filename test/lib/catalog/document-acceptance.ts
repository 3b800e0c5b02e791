// What every implementation of the replicated document promises, as one suite: the simulator's stand-in is only
// worth as much as it keeps the same promises as the real one.
import { describe, expect, it } from 'vitest'
import { Random } from '../../../lib/base/random.ts'
import type { DocumentFactory, DocumentSync, ReplicatedDocument } from '../../../lib/catalog/document.ts'

const content = (document: ReplicatedDocument): Record<string, string | undefined> =>
  Object.fromEntries([...document.keys()].sort().map((key) => [key, document.get(key)]))

/** Lets two copies talk until both are silent; returns how many messages that took. */
function converse(left: ReplicatedDocument, right: ReplicatedDocument): number {
  const [one, other] = [left.beginSync(), right.beginSync()]
  for (let count = 0; count < 100;) {
    const said = [deliver(one, other), deliver(other, one)].filter(Boolean).length
    if (said === 0) return count
    count += said
  }
  throw new Error('the conversation does not end')
}

function deliver(from: DocumentSync, to: DocumentSync): boolean {
  const message = from.message()
  if (message === null) return false
  expect(to.receive(message).kind).toBe('received')
  return true
}

export function describeDocument(name: string, factory: DocumentFactory): void {
  const begin = (actor: string, key = 'root@0') => factory.begin(key, actor)

  describe(`a replicated document (${name})`, () => {
    it('begins with the same heads on every node, and with others in another document', () => {
      expect(begin('a').heads()).toBe(begin('b').heads())
      expect(begin('a', 'root@1').heads()).not.toBe(begin('a').heads())
    })

    it('shows what was put, replaced and removed', () => {
      const document = begin('a')
      document.put(
        [
          ['one', '1'],
          ['two', '2'],
        ],
        1000,
      )
      document.put(
        [
          ['one', '{"x":"ü\\u0000"}'],
          ['two', null],
        ],
        1001,
      )
      expect(content(document)).toEqual({ one: '{"x":"ü\\u0000"}' })
      expect([document.has('two'), document.size]).toEqual([false, 1])
    })

    it('tells what a value says as JSON, and null of what is none', () => {
      const document = begin('a')
      const [said, word] = [['one', '{"x":[1]}'] as const, ['two', 'no JSON'] as const]
      document.put([said, word], 1000)
      expect(['one', 'two', 'three'].map((key) => document.json(key))).toEqual([{ x: [1] }, null, null])
      document.put([['one', 'true']], 1001)
      expect(document.json('one')).toBe(true)
    })

    it('makes no change when nothing is to be changed', () => {
      const document = begin('a')
      document.put([['one', '1']], 1000)
      const heads = document.heads()
      expect(
        document.put(
          [
            ['one', '1'],
            ['two', null],
          ],
          1001,
        ),
      ).toBeNull()
      expect(document.heads()).toBe(heads)
    })

    it('takes changes in any order, twice, and says what changed when all are there', () => {
      const [a, b] = [begin('a'), begin('b')]
      const changes = [1, 2, 3].map((value) =>
        a.put(
          [
            ['key', String(value)],
            [`k${value}`, ''],
          ],
          value,
        )!,
      )
      expect(b.apply([changes[2]!, changes[1]!]).changedKeys).toEqual([])
      expect(b.isMissingChanges).toBe(true)
      expect([...b.apply([changes[0]!]).changedKeys].sort()).toEqual(['k1', 'k2', 'k3', 'key'])
      expect(b.isMissingChanges).toBe(false)
      expect(b.apply(changes)).toEqual({ changedKeys: [], refused: [], late: [] })
      expect([b.heads(), content(b)]).toEqual([a.heads(), content(a)])
    })

    it('lets the greater version stand between values that did not know of each other', () => {
      const [a, b] = [begin('a'), begin('b')]
      const early = a.put([['key', 'early']], 1000)!
      const late = b.put([['key', 'late']], 2000)!
      expect(a.apply([late]).changedKeys).toEqual(['key'])
      expect(b.apply([early]).changedKeys).toEqual([])
      expect([a.get('key'), b.get('key')]).toEqual(['late', 'late'])
      const after = a.put([['key', 'after']], 500)!
      b.apply([after])
      expect(b.get('key')).toBe('after')
    })

    it('orders a writer that lost its memory by its clock', () => {
      const [a, reader] = [begin('a'), begin('r')]
      reader.apply([a.put([['key', 'old']], 1000)!])
      const reborn = begin('a again')
      reader.apply([reborn.put([['key', 'new']], 5000)!])
      expect(reader.get('key')).toBe('new')
    })

    it('copies an entry by one change, whoever copies it', () => {
      const [a, b] = [begin('a'), begin('b')]
      a.put(
        [
          ['one', '1'],
          ['two', '2'],
        ],
        1000,
      )
      b.apply([a.put([['three', '3']], 1001)!])
      converse(a, b)
      const [x, y] = [begin('a', 'root@1'), begin('b', 'root@1')]
      const copied = x.adopt(a.entries())
      y.adopt(b.entries())
      expect([copied.length, x.heads()]).toEqual([3, y.heads()])
      expect([content(x), [...x.entries()]]).toEqual([content(a), [...a.entries()]])
      expect(x.adopt(a.entries())).toEqual([])
      expect(y.apply(copied)).toEqual({ changedKeys: [], refused: [], late: [] })
    })

    it('does not let a copy of an older value stand over a newer one', () => {
      const a = begin('a')
      a.put([['key', 'old']], 1000)
      const [x, y] = [begin('a', 'root@1'), begin('b', 'root@1')]
      const newer = x.put([['key', 'new']], 2000)!
      y.adopt(a.entries())
      y.apply([newer])
      expect(y.get('key')).toBe('new')
      expect(x.adopt(a.entries())).toEqual([])
    })

    it('comes back from its saved form, and goes on under another actor', () => {
      const a = begin('a')
      a.put([['one', '1']], 1000)
      const saved = a.save()
      const later = a.put([['two', '2']], 1001)!
      const { document, refused } = factory.load('root@0', 'b', [saved, later])
      expect([refused, content(document), document.heads()]).toEqual([[], content(a), a.heads()])
      a.apply([document.put([['three', '3']], 1002)!])
      expect(content(a)).toEqual({ one: '1', two: '2', three: '3' })
    })

    it('comes back from nothing as a document that has begun', () => {
      expect(factory.load('root@0', 'b', []).document.heads()).toBe(begin('a').heads())
    })

    it('keeps what can be read when a part of what was saved cannot', () => {
      const a = begin('a')
      a.put([['one', '1']], 1000)
      const { document, refused } = factory.load('root@0', 'b', [a.save(), new Uint8Array([1, 2, 3])])
      expect([refused.length, content(document)]).toEqual([1, { one: '1' }])
    })

    it('refuses malformed changes with a sentence and takes the sound ones beside them', () => {
      const [a, b] = [begin('a'), begin('b')]
      const change = a.put([['one', '1']], 1000)!
      const flipped = change.slice()
      flipped[change.length - 2]! ^= 1
      const { changedKeys, refused } = b.apply([new Uint8Array(0), flipped, change.slice(0, 20), change])
      expect(changedKeys).toEqual(['one'])
      expect(refused.length).toBeGreaterThanOrEqual(2)
      expect(content(b)).toEqual({ one: '1' })
    })

    it('shows nothing of a change that belongs to another document', () => {
      const [a, b] = [begin('a'), begin('b', 'category/x@0')]
      b.apply([a.put([['one', '1']], 1000)!])
      expect(content(b)).toEqual({})
    })

    it('knows whose heads it has', () => {
      const [a, b] = [begin('a'), begin('b')]
      expect(a.hasHeads(b.heads())).toBe(true)
      a.put([['one', '1']], 1000)
      expect([a.hasHeads(b.heads()), b.hasHeads(a.heads())]).toEqual([true, false])
      expect(b.hasHeads('nonsense')).toBe(false)
    })

    it('makes two copies equal by a conversation, and is silent between equal ones', () => {
      const [a, b] = [begin('a'), begin('b')]
      for (let i = 0; i < 30; i++) (i % 2 ? a : b).put([[`k${i}`, `v${i}`]], 1000 + i)
      converse(a, b)
      expect([a.heads(), content(a)]).toEqual([b.heads(), content(b)])
      expect(a.size).toBe(30)
      expect(converse(a, b)).toBeLessThanOrEqual(2)
    })

    it('names the changes and keys that a conversation brought', () => {
      const [a, b, c] = [begin('a'), begin('b'), begin('c')]
      a.put([['one', '1']], 1000)
      a.put([['two', '2']], 1001)
      const [one, other] = [a.beginSync(), b.beginSync()]
      const keys: string[] = []
      for (let i = 0; i < 5; i++) {
        const toOther = one.message()
        if (toOther !== null) {
          const received = other.receive(toOther)
          if (received.kind === 'refused') throw new Error(received.because)
          keys.push(...received.changedKeys)
          c.apply(received.added)
        }
        const toOne = other.message()
        if (toOne !== null) one.receive(toOne)
      }
      expect(keys.sort()).toEqual(['one', 'two'])
      expect(content(c)).toEqual(content(a))
    })

    it('refuses malformed messages of a conversation and stays usable', () => {
      const [a, b] = [begin('a'), begin('b')]
      a.put([['one', '1']], 1000)
      const sync = b.beginSync()
      for (const bytes of [new Uint8Array(0), new Uint8Array([66]), new Uint8Array([1, 2, 3, 4, 5])])
        expect(sync.receive(bytes).kind).toBe('refused')
      converse(a, b)
      expect(content(b)).toEqual({ one: '1' })
    })

    it('carries a text of millions of characters through change, save and conversation', () => {
      const [a, b, c] = [begin('a'), begin('b'), begin('c')]
      const text = JSON.stringify(
        Array.from({ length: 60_000 }, (_, i) => ({ name: `job${i}`, schedule: 'every 90s' })),
      )
      const change = a.put([['text', text]], 1000)!
      b.apply([change])
      converse(a, c)
      const { document } = factory.load('root@0', 'd', [change])
      expect([b.get('text') === text, c.get('text') === text, document.get('text') === text]).toEqual([
        true,
        true,
        true,
      ])
    })

    it.each([1, 2, 3, 4, 5])('makes all copies equal after any exchange of changes (seed %i)', (seed) => {
      const random = new Random(`document ${seed}`)
      const copies = ['a', 'b', 'c'].map((actor) => begin(actor))
      const made: Uint8Array[] = []
      const newest = new Map<string, string>()
      for (let i = 0; i < 60; i++) {
        const writer = random.between(0, 3)
        const key = `${random.between(0, 6)} of ${writer}`
        made.push(copies[writer]!.put([[key, `value ${i}`]], random.between(0, 50))!)
        newest.set(key, `value ${i}`)
        if (random.chance(0.7)) random.pick(copies).apply([random.pick(made), random.pick(made)])
      }
      const shuffled = made.map((bytes) => ({ bytes, at: random.uint32() })).sort((a, b) => a.at - b.at)
      for (const copy of copies) for (const { bytes } of shuffled) copy.apply([bytes])
      for (const copy of copies) {
        expect(copy.heads()).toBe(copies[0]!.heads())
        expect(content(copy)).toEqual(Object.fromEntries(newest))
      }
    })
  })
}
