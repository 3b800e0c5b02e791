// What a log still says after a crash or a flipped bit: nothing acknowledged is lost, nothing is invented, and damage
// in the middle is said out loud.

import { describe, expect, test } from 'vitest'
import { Journal } from '../../../lib/base/journal.ts'
import { encodeLine, recoverLines } from '../../../lib/base/log-lines.ts'

const records = Array.from({ length: 200 }, (_, n) => n * 7)
const lines = records.map((record) => encodeLine(record))
const log = lines.join('')
/** Where each line ends: what was acknowledged when the log had at least this length. */
const ends = lines.reduce<number[]>((sums, line) => [...sums, (sums.at(-1) ?? 0) + line.length], [])
const wholeLinesIn = (lengthBytes: number) => ends.filter((end) => end <= lengthBytes).length

/** Opens a log as an agent does: what is torn is cut off, and what is damaged is not opened. */
function open(content: string): { readonly records: readonly unknown[]; readonly content: string } | null {
  const recovered = recoverLines(content)
  if (recovered.kind === 'damaged') return null
  return { records: recovered.records, content: content.slice(0, recovered.lengthBytes) }
}

const later = ['written', { after: 'the crash' }, null]
const write = (content: string) => content + later.map((record) => encodeLine(record)).join('')
const flip = (at: number, bit: number) =>
  log.slice(0, at) + String.fromCharCode(log.charCodeAt(at) ^ (1 << bit)) + log.slice(at + 1)

describe('a log of 200 records', () => {
  test('reads back as it was written, whatever characters it holds, in ASCII alone', () => {
    const strange = ['', 'ü\n\r"\\', '\u0000\u2028\ud800', '😀', { deep: [null, true, 1.5e-9] }]
    const content = strange.map((record) => encodeLine(record)).join('')
    expect(recoverLines(content)).toEqual({ kind: 'sound', records: strange, lengthBytes: content.length })
    expect(content).toMatch(/^[\n -~]*$/)
  })

  test('W4: cut at every byte, opened, written to and opened again, has all that was acknowledged and nothing else', () => {
    const wrong: number[] = []
    for (let cut = 0; cut <= log.length; cut++) {
      const acknowledged = records.slice(0, wholeLinesIn(cut))
      const first = open(log.slice(0, cut))
      const second = first === null ? null : open(write(first.content))
      const isRight =
        JSON.stringify(first?.records) === JSON.stringify(acknowledged) &&
        JSON.stringify(second?.records) === JSON.stringify([...acknowledged, ...later])
      if (!isRight) wrong.push(cut)
    }
    expect(wrong).toEqual([])
  })

  test('W4: with any single bit flipped is damaged, at the line of that bit, and says nothing that was not written', () => {
    const wrong: string[] = []
    for (let at = 0; at < log.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const before = wholeLinesIn(at)
        const atByte = ends[before - 1] ?? 0
        const recovered = recoverLines(flip(at, bit))
        const isRight =
          recovered.kind === 'damaged' && recovered.atByte === atByte && recovered.records.length === before
        if (!isRight) wrong.push(`bit ${bit} of byte ${at}: ${recovered.kind}`)
      }
    expect(wrong).toEqual([])
  })

  test('W4: that is damaged stays so, also when something was written behind the damage', () => {
    for (const at of [0, 9, 500, log.length - 1]) expect(open(write(flip(at, 3)))).toBeNull()
  })
})

test('W4: a journal believes nothing of a damaged log', () => {
  const journal = new Journal('journal')
  const damaged = `${log.slice(0, 30)}x${log.slice(31)}`
  expect(journal.restore(damaged)).toBe(false)
  expect([...journal.under('')]).toEqual([])
})
