// What agents keep of every change and every refusal, as people and programs see it: a record
// in the form of Kron's audit log, and what its reason says in ours.

/** One line of an audit log. The hash is that of all other members (agent/store/audit-chain.ts). */
export type AuditRecord = {
  readonly seq: number
  /** UTC. */
  readonly ts: string
  readonly node_id: string
  readonly action: string
  readonly outcome: 'ok' | 'forbidden' | 'unauthorized' | 'error'
  readonly status: number
  readonly actor: string
  readonly role: string
  /** The category that it was about. */
  readonly tenant_id: string | null
  /** AuditDetail as JSON, so that the hash covers it too. */
  readonly reason: string | null
  readonly prev_hash: string
  readonly hash: string
}

export type AuditDetail = {
  /** From where: an address, or a file. */
  readonly from: string
  /** What was asked for, and what came of it in words. */
  readonly what: string
  readonly text: string
  readonly before: unknown
  readonly after: unknown
}

export type AuditEntry = Pick<AuditRecord, 'action' | 'outcome' | 'status' | 'actor' | 'role'> &
  AuditDetail & { readonly category: string | null }

/** How far a log goes: what a peer remembers of it, to find out when it is cut or rewritten. */
export type AuditHead = { readonly seq: number; readonly hash: string }

export type AuditFilter = {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly category?: string | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly limit: number
}

/** What came of looking through one node's log. */
export type AuditVerdict = {
  readonly node: string
  readonly records: number
  /** What is wrong with it; null when it is whole and as its peers remember it. */
  readonly fault: string | null
  /** Heads that other nodes remember, and those nodes. */
  readonly heads: number
  readonly witnesses: readonly string[]
}

/** The records of several nodes, the oldest first, and the nodes that did not answer. */
export type AuditPage = { readonly records: readonly AuditRecord[]; readonly away: readonly string[] }
export type AuditCheck = { readonly nodes: readonly AuditVerdict[]; readonly away: readonly string[] }

/** What a record says beyond its members; of a line that another program wrote, its reason as text. */
export function auditDetail({ reason }: AuditRecord): AuditDetail {
  const none = { from: '', what: '', text: reason ?? '', before: null, after: null }
  if (reason?.startsWith('{') !== true) return none
  try {
    const said = JSON.parse(reason) as Partial<AuditDetail>
    return typeof said.what === 'string' ? { ...none, text: '', ...said } : none
  } catch {
    return none
  }
}
