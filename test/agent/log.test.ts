// What a person and a machine read in the agent's log.
import { describe, expect, test } from 'vitest'
import { createLog, type LogOptions } from '../../agent/log.ts'

function logged(options: Partial<LogOptions>, say: (log: ReturnType<typeof createLog>) => void): string {
  let text = ''
  say(
    createLog({ level: 'info', format: 'lines', colour: false, write: (line) => (text += line), ...options }),
  )
  return text
}

describe('a line of the log', () => {
  test('is a time, the text and its facts', () => {
    const text = logged({}, (log) => log.info({ job: 'a.b', slots: 3, why: 'two words' }, 'claimed'))
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} claimed {2}job=a\.b slots=3 why="two words"\n$/)
  })

  test('names the level when it is worse than news', () => {
    expect(logged({}, (log) => log.warn('slow disk'))).toMatch(/^[\d:.]+ warn slow disk\n$/)
    expect(logged({}, (log) => log.error('no disk'))).toMatch(/^[\d:.]+ error no disk\n$/)
  })

  test('stays one line when a fact has several, and escapes what a terminal would obey', () => {
    const text = logged({}, (log) => log.info({ said: 'a\nb\u001B[2J' }, 'c\nd\u001B[2J'))
    expect(text.split('\n')).toHaveLength(2)
    expect(text).not.toContain('\u001B')
  })

  test('has colour only where it was asked for', () => {
    expect(logged({ colour: true }, (log) => log.warn('x'))).toContain('\u001B[33mwarn')
    expect(logged({ colour: false }, (log) => log.warn('x'))).not.toContain('\u001B')
  })

  test('tells why of a warning, and the place of an error', () => {
    expect(logged({}, (log) => log.warn({ err: new Error('refused') }, 'dial'))).toMatch(/ dial: refused\n$/)
    expect(logged({}, (log) => log.error({ err: new Error('broken') }, 'step'))).toContain('log.test.ts')
  })

  test('is left out below the level', () => {
    expect(logged({}, (log) => log.debug('chatter'))).toBe('')
  })

  test('is one JSON object for machines', () => {
    const text = logged({ format: 'json' }, (log) => log.info({ job: 'a.b' }, 'claimed'))
    expect(JSON.parse(text)).toMatchObject({ level: 'info', job: 'a.b', msg: 'claimed' })
    expect(text).toMatch(/"time":"\d{4}-[^"]+Z"/)
  })
})
