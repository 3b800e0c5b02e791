// What something was like before a command to it, for the audit log: the state of a node, a service, a run, a token or the
// whole cluster. It is asked for just before; what cannot be found has none.

import type { Answer, Command, Question } from '../../lib/view/question.ts'
import type { Core } from './core.ts'

export async function stateBefore(core: Core, command: Command): Promise<object | null> {
  const question = questionOf(command)
  if (question === null) return null
  try {
    return stateOf(await core.ask(question), command)
  } catch {
    // The command itself will say what is wrong.
    return null
  }
}

function questionOf(command: Command): Question | null {
  switch (command.kind) {
    case 'drain-node':
    case 'activate-node':
    case 'remove-node':
      return { kind: 'nodes' }
    case 'pause-cluster':
    case 'resume-cluster':
      return { kind: 'status' }
    case 'order-service':
      return { kind: 'service', name: command.service }
    case 'order-run':
      return { kind: 'run', run: command.run }
    case 'revoke-token':
      return { kind: 'tokens' }
    default:
      return null
  }
}

function stateOf(answer: Answer, command: Command): object | null {
  switch (answer.kind) {
    case 'nodes': {
      const named = 'node' in command ? command.node : ''
      const node = answer.nodes.find(({ nodeId, name }) => nodeId === named || name === named)
      return node === undefined ? null : { node: node.name, duty: node.duty }
    }
    case 'status':
      return { pause: answer.status.pause }
    case 'service':
      return { state: answer.service.state, isEnabled: answer.service.isEnabled, up: answer.service.up }
    case 'run':
      return { run: answer.found.run.id, state: answer.found.run.state }
    case 'tokens': {
      const named = 'token' in command && typeof command.token === 'string' ? command.token : ''
      const token = answer.tokens.find(({ id, name }) => id === named || name === named)
      return token === undefined ? null : { token: token.name, role: token.role, category: token.category }
    }
    default:
      return null
  }
}
