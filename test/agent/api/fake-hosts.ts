// The hosts of a test, in memory: their secrets, and how they are.
import type { AskDoctor, HostFacts } from '../../../agent/api/doctor-routes.ts'
import type { AskPrune } from '../../../agent/api/prune-routes.ts'
import type { AskHost } from '../../../agent/api/secret-routes.ts'
import type { NodeId } from '../../../lib/base/ids.ts'

export class FakeHosts {
  readonly values = new Map<string, string>()
  readonly asked: NodeId[] = []
  isAway = false
  clockAheadMs = 0
  pruned: Parameters<AskPrune>[1] | null = null

  facts: HostFacts = {
    wallMs: Date.now(),
    diskFreeBytes: 5e10,
    diskBytes: 1e11,
    syncMs: 0.3,
    killing: 'cgroups',
  }

  async answer(
    node: NodeId,
    question: Parameters<AskHost>[1] | Parameters<AskDoctor>[1] | Parameters<AskPrune>[1],
  ): Promise<Awaited<ReturnType<AskHost>> & Awaited<ReturnType<AskDoctor>> & Awaited<ReturnType<AskPrune>>> {
    this.asked.push(node)
    if (this.isAway) return null
    switch (question.kind) {
      case 'prune-outputs':
        this.pruned = question
        return { kind: 'outputs-pruned', runs: 3, bytes: 4_200_000 }
      case 'host-facts':
        return { kind: 'host-facts', facts: { ...this.facts, wallMs: Date.now() + this.clockAheadMs } }
      case 'secret-names':
        return {
          kind: 'secret-names',
          names: [...this.values.keys()].map((name) => ({ name, changedAtMs: 0 })),
        }
      case 'set-secret':
        this.values.set(question.name, question.value)
        return { kind: 'secret-changed', isDone: true }
      case 'remove-secret':
        return { kind: 'secret-changed', isDone: this.values.delete(question.name) }
    }
  }
}
