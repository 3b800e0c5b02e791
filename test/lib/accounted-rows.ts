// Every row of another scheduler's table is accounted for by name: what ships is driven with it, or a test elsewhere
// that is named here shows it on real processes, or it is otherwise here on purpose, and then a row of the table of
// differences in config/README.md says so. A row that nobody accounts for fails, and so does an account without a row.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { caseFilesMissing, type Row } from './schedule/case-files.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** Drives what ships with this row. */
type Driven = (row: Row) => void | Promise<void>
/** The file of a test, and its name. */
type Shown = { readonly file: string; readonly test: string }
/** The beginning of what is said to be there, in the table of differences; and what is so here, where that can be tried. */
type Differs = { readonly differs: string; readonly here?: Driven }
export type Account = Driven | Shown | Differs

/** What the others do, as the table of config/README.md has it. */
const toldDifferences = readFileSync(path.join(root, 'config/README.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (Tron|Kron|cronq|cron|Dkron)\b/.test(line))
  .map((line) => line.split(' | ')[1]!.trim())

export function accountFor(
  title: string,
  rows: readonly (readonly [name: string, row: Row])[],
  accounts: Readonly<Record<string, Account>>,
): void {
  describe.skipIf(caseFilesMissing).each([title])('%s', () => {
    test('each row has one account, and each account a row', () => {
      const names = rows.map(([name]) => name)
      expect(names.toSorted()).toEqual([...new Set(names)].toSorted())
      expect(Object.keys(accounts).toSorted()).toEqual(names.toSorted())
    })

    test.for(rows)('%s', async ([name, row]) => {
      await expectAccount(accounts[name], row)
    })
  })
}

async function expectAccount(account: Account | undefined, row: Row): Promise<void> {
  expect(account).toBeDefined()
  if (account === undefined) return
  if (typeof account === 'function') return account(row)
  const isShown = 'test' in account
  const told = isShown ? [readFileSync(path.join(root, account.file), 'utf8')] : toldDifferences
  const words = isShown ? anywhere(account.test) : atTheFront(account.differs)
  expect(told).toContainEqual(expect.stringMatching(words))
  if (!isShown) await account.here?.(row)
}

const anywhere = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
const atTheFront = (text: string) => new RegExp(`^${anywhere(text).source}`)
