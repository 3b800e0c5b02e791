// Both implementations of the replicated document under the one acceptance suite.
import * as Automerge from '@automerge/automerge'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../lib/base/random.ts'
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import { describeDocument } from './document-acceptance.ts'

describe('an Automerge document', () => {
  it('does not panic at a filter without bits, which a message may carry', () => {
    const document = automergeDocuments.begin('root@0', 'a')
    document.put([['one', '1']], 1000)
    const sync = document.beginSync()
    // Sync message, no heads, no needs, one `have` since nothing with a filter of one entry of zero bits, no changes.
    sync.receive(new Uint8Array([0x42, 0, 0, 1, 0, 3, 1, 0, 7, 0]))
    expect(sync.message()).toBeNull()
    expect(document.get('one')).toBe('1')
    expect(document.put([['two', '2']], 1001)).not.toBeNull()
  })

  it('tells what a sync had left waiting when the change before it comes', () => {
    const writer = automergeDocuments.begin('root@0', 'a')
    const [first, second] = [['one', '1'] as const, ['two', '2'] as const].map((write) =>
      writer.put([write], 1000)!,
    )
    const reader = automergeDocuments.begin('root@0', 'b')
    const heads = writer.heads().split(',')
    // A filter that takes the first change for known, as one in a hundred does, makes the sender leave it out.
    const message = Automerge.encodeSyncMessage({ heads, need: [], have: [], changes: [second!] })
    expect(reader.beginSync().receive(message)).toMatchObject({ kind: 'received', changedKeys: [] })
    const { changedKeys, late } = reader.apply([first!])
    expect(new Set(changedKeys)).toEqual(new Set(['one', 'two']))
    expect(reader.get('two')).toBe('2')
    // What is written down now brings it back after a restart.
    expect(automergeDocuments.load('root@0', 'c', [first!, ...late]).document.get('two')).toBe('2')
  })

  it('takes or refuses changes that were cut or begin wrongly, and stays usable', () => {
    const random = new Random('bytes')
    const writer = automergeDocuments.begin('root@0', 'a')
    const changes = Array.from({ length: 20 }, (_, i) => {
      const text = `${i}${'v'.repeat(i === 5 ? 9000 : 30)}`
      return writer.put([[`k${i % 7}`, text]], 1000 + i)!
    })
    const reader = automergeDocuments.begin('root@0', 'b')
    for (let i = 0; i < 3000; i++) {
      const bytes = random.pick(changes).slice()
      // Only the chunk's head: whole bytes are what the connection and the log's checksums vouch for.
      if (random.chance(0.5)) bytes[random.between(0, 12)] = random.between(0, 256)
      reader.apply([bytes.subarray(0, random.chance(0.3) ? random.between(0, bytes.length) : bytes.length)])
    }
    reader.apply(changes)
    for (const key of writer.keys()) expect(reader.get(key)).toBe(writer.get(key))
  })
})

describeDocument('Automerge', automergeDocuments)
describeDocument('stand-in', standInDocuments({ isSized: true }))
