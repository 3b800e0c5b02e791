// An audit log in memory, and a cluster whose logs are whole.
import type { Audit } from '../../../agent/api/audit-routes.ts'
import type { AuditEntry, AuditFilter, AuditRecord } from '../../../lib/view/audit.ts'
import type { NodeId } from '../../../lib/base/ids.ts'

export const sampleRecord: AuditRecord = {
  seq: 1,
  ts: '2026-11-21T12:00:00Z',
  node_id: 'a',
  action: 'postJobsJobDisable',
  outcome: 'ok',
  status: 200,
  actor: 'ann',
  role: 'operator',
  tenant_id: 'shop',
  reason: JSON.stringify({
    from: '127.0.0.1',
    what: 'POST /api/v1/jobs/shop.a/disable',
    text: 'job "shop.a" was disabled',
    before: { isEnabled: true },
    after: { isEnabled: false },
  }),
  prev_hash: '',
  hash: 'f'.repeat(64),
}

export class FakeAudit implements Audit {
  readonly entries: AuditEntry[] = []
  isBroken = false
  fault: string | null = null
  asked: AuditFilter | null = null

  async note(entry: AuditEntry): Promise<void> {
    this.entries.push(entry)
  }

  async read(_nodes: readonly NodeId[], filter: AuditFilter): ReturnType<Audit['read']> {
    this.asked = filter
    return { records: [sampleRecord], away: [] }
  }

  async verify(nodes: readonly NodeId[]): ReturnType<Audit['verify']> {
    const verdicts = nodes.map((node) => ({
      node,
      records: 3,
      fault: this.fault,
      heads: 2,
      witnesses: nodes,
    }))
    return { verdicts, away: [] }
  }
}
