// Tables that fit, whatever is in them.
import { describe, expect, test } from 'vitest'
import { displayWidth, table } from '../../../agent/cli/table.ts'

const columns = [
  { title: 'JOB', shrinks: true },
  { title: 'RUNS', align: 'right' as const },
  { title: 'STATE' },
]
const rows = [
  [{ text: 'reports.nightly' }, { text: '7' }, { text: 'succeeded', tone: 'good' as const }],
  [{ text: 'b.c' }, { text: '1000' }, { text: 'lost', tone: 'bad' as const }],
]

describe('a table', () => {
  test('is aligned and has no space at the end of a line', () => {
    expect(table(columns, rows, { columns: null, isColoured: false })).toBe(
      [
        'JOB              RUNS  STATE',
        'reports.nightly     7  succeeded',
        'b.c              1000  lost',
        '',
      ].join('\n'),
    )
  })

  test('gives way in the column that may shrink, to fit the terminal', () => {
    const lines = table(columns, rows, { columns: 28, isColoured: false }).split('\n')
    expect(lines[1]).toBe('reports.ni…     7  succeeded')
    expect(Math.max(...lines.map((line) => line.length))).toBe(28)
  })

  test('keeps the end where that is what tells one from another', () => {
    const runs = [{ title: 'RUN', shrinks: true, keepsEnd: true }]
    const lines = table(runs, [[{ text: `${'shop.倉庫'.repeat(4)}.1234` }]], {
      columns: 20,
      isColoured: false,
    }).split('\n')
    expect(lines[1]).toBe('shop.倉庫shop.….1234')
    expect(displayWidth(lines[1]!)).toBeLessThan(21)
  })

  test('keeps what may not shrink, however narrow the terminal', () => {
    expect(table(columns, rows, { columns: 5, isColoured: false })).toContain('succeeded')
  })

  test('aligns characters of double width and marks that take none', () => {
    const lines = table(
      columns,
      [
        [{ text: '漢字.a' }, { text: '1' }, { text: 'x' }],
        [{ text: 'e\u0301.a' }, { text: '1' }, { text: 'x' }],
      ],
      {
        columns: null,
        isColoured: false,
      },
    ).split('\n')
    expect(lines.slice(1, 3)).toEqual(['漢字.a     1  x', 'e\u0301.a        1  x'])
    expect(displayWidth('👩‍🔧')).toBe(2)
  })

  test('lets no name break a row or command the terminal', () => {
    const text = table(columns, [[{ text: 'a\nb\u001B[2J' }, { text: '1' }, { text: 'x' }]], {
      columns: 80,
      isColoured: false,
    })
    expect(text.split('\n')).toHaveLength(3)
    expect(text).not.toContain('\u001B')
  })

  test('has colour around words and none elsewhere', () => {
    expect(table(columns, rows, { columns: null, isColoured: true })).toContain(
      '\u001B[32msucceeded\u001B[0m',
    )
  })
})
