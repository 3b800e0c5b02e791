// Kron's table of roles, tenants and tokens, each row driven through who may do what here, or named below with why it is
// another matter here. Its bearer is any word; ours name their id and have 43 characters, so a row's word is filled up.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Access, newSecret } from '../../../agent/api/access.ts'
import { mayDo, mayTouch, type Caller } from '../../../agent/api/caller.ts'
import { createLog } from '../../../agent/log.ts'
import { accessRoles, parseAccessToken, type AccessRole } from '../../../lib/catalog/access-token.ts'
import { caseFilesMissing, looseText, readCases, textOf, type Row } from '../../lib/schedule/case-files.ts'

/** By the row as it stands there. */
const differences: readonly { readonly row: Row; readonly why: string }[] = [
  {
    row: { token_role: 'operator', required_role: 'worker' },
    why: 'workers are no processes of their own here: an operator may say by hand what one would',
  },
  { row: { token_role: 'raft' }, why: 'agents know each other by their keys on the mesh, never by a token' },
  { row: { required_role: 'raft' }, why: 'nothing of the mesh can be asked over the API' },
  { row: { entry: 'future' }, why: 'a token holds from when it is made; who wants it later makes it later' },
  { row: { file: 'bad' }, why: 'a token is only ever kept as its hash: there is no second way to write it' },
  {
    row: { file: 'kron.tokens.json exists' },
    why: 'tokens are in the catalog, and the own one of a directory stays',
  },
]

const { cases } = readCases('kron-cronq/kron-auth.json')
const quiet = createLog({ level: 'error', format: 'json', colour: false, write: () => undefined })

function caller(role: AccessRole, category = ''): Caller {
  return { role, user: 'ann', category, tokenId: null }
}

/** What a row is about: its entry's or file's name. */
function nameOf(row: Row): string {
  const { entry, file } = row as { entry?: { name: string }; file?: string | { tokens: { name: string }[] } }
  return entry?.name ?? (typeof file === 'string' ? file : (file?.tokens[0]?.name ?? ''))
}

function differenceOf(row: Row): string | undefined {
  return differences.find(({ row: named }) =>
    Object.entries(named).every(([key, value]) =>
      key === 'entry' || key === 'file' ? key in row && nameOf(row) === value : row[key] === value,
    ),
  )?.why
}

/** As long as ours are. */
const filled = (word: string) => word.padEnd(43, '-')

async function isAccepted(row: Row): Promise<boolean> {
  const entry = row['entry'] as Record<string, string>
  const { id } = newSecret()
  // What the entry was made of: a hash of it is all that is kept.
  const secret = entry['token'] ?? (row['accepted'] === true ? textOf(row['bearer']) : 'another')
  const token = {
    id,
    name: textOf(entry['name']),
    role: textOf(entry['role']) as AccessRole,
    category: '',
    hash: createHash('sha256').update(filled(secret)).digest('hex'),
    createdAtMs: 0,
    createdBy: 'ann',
    expiresAtMs: entry['expires_at'] === undefined ? null : Date.parse(entry['expires_at']),
  }
  const access = new Access({
    core: {
      ask: async () => ({ kind: 'tokens', tokens: [token], nowMs: Date.parse(looseText(row['now'])) || 1 }),
      command: async () => Promise.reject(new Error('nothing is commanded')),
    },
    token: 'the-own-one',
    log: quiet,
    isLoopback: true,
  })
  const authorization = `Bearer hka_${id}_${filled(textOf(row['bearer']))}`
  const shown = { authorization, saidUser: '', address: '127.0.0.1', what: 'x', names: [] }
  return access.callerOf(token.role, shown).then(
    () => true,
    () => false,
  )
}

/** As the document of the tokens may hold it. */
function isValid(row: Row): boolean {
  const { tokens } = row['file'] as { tokens: Record<string, string>[] }
  return tokens.every(({ name, role, token_sha256: hash }) => {
    const token = {
      id: 'a',
      name,
      role,
      category: '',
      hash,
      createdAtMs: 0,
      createdBy: '',
      expiresAtMs: null,
    }
    return parseAccessToken(token) !== null
  })
}

async function outcome(row: Row): Promise<unknown> {
  if ('allowed' in row)
    return mayDo(caller(textOf(row['token_role']) as AccessRole), textOf(row['required_role']) as AccessRole)
  if ('match' in row) {
    const tenant = looseText(row['token_tenant'])
    return mayTouch(caller('reader', tenant === '*' ? '' : tenant), looseText(row['resource_tenant']))
  }
  return 'accepted' in row ? isAccepted(row) : isValid(row)
}

describe.skipIf(caseFilesMissing)("a row of Kron's table of tokens", () => {
  const driven = cases.filter((row) => differenceOf(row) === undefined && typeof row['file'] !== 'string')

  test('is driven, or is another matter here for a reason', () => {
    const told = cases.filter((row) => differenceOf(row) !== undefined)
    // A hash in capitals is refused whole, where Kron takes it and never finds it.
    const capitals = cases.filter((row) => looseText(row['file']).includes('upper case'))
    expect(capitals).toHaveLength(1)
    expect(driven.length + told.length + capitals.length).toBe(cases.length)
    expect(driven.length).toBeGreaterThan(20)
    for (const { row } of differences)
      expect(cases.filter((one) => differenceOf(one) !== undefined && matches(one, row))).not.toEqual([])
    const hash = 'A'.repeat(64)
    const token = { id: 'a', name: 'a', role: 'admin', category: '', hash, createdAtMs: 0, createdBy: '' }
    expect(parseAccessToken({ ...token, expiresAtMs: null })).toBeNull()
    expect(parseAccessToken({ ...token, hash: hash.toLowerCase(), expiresAtMs: null })).not.toBeNull()
  })

  test.each(driven.map((row) => [JSON.stringify(row), row] as const))('%s', async (_, row) => {
    expect(await outcome(row)).toBe(row['allowed'] ?? row['match'] ?? row['accepted'] ?? row['valid'])
  })
})

function matches(row: Row, named: Row): boolean {
  return Object.keys(named).every((key) => key in row)
}

test('roles beyond these are none', () => {
  expect(accessRoles).toEqual(['reader', 'worker', 'operator', 'admin'])
})
