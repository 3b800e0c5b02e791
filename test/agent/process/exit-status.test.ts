// What a worker's shell says of a command's end, and what we make of it.
import { describe, expect, test } from 'vitest'
import { readExit, readFault } from '../../../agent/process/exit-status.ts'

const blanks = ' '.repeat(300)
const code = (value: number) => ({ kind: 'code', code: value })
const signal = (name: string) => ({ kind: 'signal', signal: name })

describe('an exit record', () => {
  test.each([
    ['ended 0\n', [], code(0)],
    ['ended 255\n', [], code(255)],
    ['ended 128\n', [], code(128)],
    ['ended 137\n', [], code(137)],
    ['Killed\nended 137\n', [], signal('SIGKILL')],
    ['Segmentation fault (core dumped)\nended 139\n', [], signal('SIGSEGV')],
    ['Terminated\nended 143\n', [], signal('SIGTERM')],
    ['ended 143\n', ['SIGTERM'], code(143)],
    ['ended 130\n', [], code(130)],
    ['ended 130\n', ['SIGINT'], signal('SIGINT')],
    ['ended 141\n', ['SIGTERM'], code(141)],
    ['ended 143 bash\n', [], code(143)],
    ['ended 143 bash\n', ['SIGTERM', 'SIGKILL'], signal('SIGTERM')],
    ['hocket-worker: line 37: 29716 Killed ( exec )\nended 137 bash\n', [], signal('SIGKILL')],
    ['ended 0 bash\n', ['SIGTERM'], code(0)],
    ['Real-time signal 3\nended 165\n', [], signal('SIG37')],
    ['ended 200\n', [], code(200)],
  ])('of %j after %j is read', (text, sent, exit) => {
    expect(readExit(text + blanks, sent)).toEqual(exit)
  })

  test.each(['', blanks, 'ended 0', `Killed\n${blanks}`, 'ended \n', 'ended 1000\n', '\0\0\0\0'])(
    'that is not finished, such as %j, is none',
    (text) => {
      expect(readExit(text, [])).toBeNull()
    },
  )
})

test('what was said before anything started is one line', () => {
  expect(readFault(`hocket-worker: 1: cannot create /x\nsecond\nended 2\n${blanks}`)).toBe(
    'hocket-worker: 1: cannot create /x; second',
  )
  expect(readFault(blanks)).toBe('')
})
