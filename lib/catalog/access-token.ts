// Tokens with which people and programs use the API, as the root document keeps them: a hash of the secret, never the
// secret, so that every peer can check one and none can be read out. A revoked one stays, revoked for good: whatever
// order edits come in, nobody can bring it back.

export const accessRoles = ['reader', 'worker', 'operator', 'admin'] as const
export type AccessRole = (typeof accessRoles)[number]

export type AccessToken = {
  readonly id: string
  /** What it is for, in the words of who made it. */
  readonly name: string
  readonly role: AccessRole
  /** Only categories whose names begin so; empty: all. */
  readonly category: string
  /** SHA-256 of the secret, in hexadecimal digits. */
  readonly hash: string
  readonly createdAtMs: number
  readonly createdBy: string
  /** Null: it holds until it is revoked. */
  readonly expiresAtMs: number | null
}

/** Null for what is no token: the document may be written by a later version. */
export function parseAccessToken(value: unknown): AccessToken | null {
  if (typeof value !== 'object' || value === null) return null
  const token = value as AccessToken
  const isWhole =
    accessRoles.includes(token.role) &&
    /^[0-9a-f]{64}$/.test(token.hash) &&
    [token.id, token.name, token.category].every((text) => typeof text === 'string') &&
    (token.expiresAtMs === null || Number.isFinite(token.expiresAtMs))
  return isWhole ? token : null
}
