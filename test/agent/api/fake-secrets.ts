// The secrets of the nodes of a test, in memory.
import type { AskHost } from '../../../agent/api/secret-routes.ts'
import type { NodeId } from '../../../lib/base/ids.ts'

export class FakeSecrets {
  readonly values = new Map<string, string>()
  readonly asked: NodeId[] = []
  isAway = false

  async answer(node: NodeId, question: Parameters<AskHost>[1]): ReturnType<AskHost> {
    this.asked.push(node)
    if (this.isAway) return null
    switch (question.kind) {
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
