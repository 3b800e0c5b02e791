// Names of logs and runs as names of files: nothing is lost, nothing collides.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeFileName, unescapeFileName } from '../../../lib/base/file-name.ts'

const anyName = fc.string({ unit: 'binary' })

test.each([
  ['votes', 'votes'],
  ['document/runs/2026-11-21T22/0', 'document~runs~2026-11-21=t22~0'],
  ['.', '%002e'],
  ['a~b=c%d', 'a%007eb%003dc%0025d'],
  ['Größe', '=gr%00f6%00dfe'],
])('%j is the file %j', (name, fileName) => {
  expect(escapeFileName(name)).toBe(fileName)
})

test('every name comes back from its file name', () => {
  fc.assert(fc.property(anyName, (name) => unescapeFileName(escapeFileName(name)) === name))
})

test('two names never share a file, not even where upper and lower case are the same', () => {
  fc.assert(
    fc.property(anyName, anyName, (left, right) => {
      fc.pre(left !== right)
      return escapeFileName(left).toLowerCase() !== escapeFileName(right).toLowerCase()
    }),
  )
})

test('a file name holds neither slash nor dot nor anything else that a file system could read in its own way', () => {
  fc.assert(fc.property(anyName, (name) => /^[a-z0-9_~=%-]*$/.test(escapeFileName(name))))
})

test.each(['Votes', 'a.b', '%00', '%0061', '=1', 'a/b'])('%j is no name of a file of ours', (fileName) => {
  expect(unescapeFileName(fileName)).toBeNull()
})
