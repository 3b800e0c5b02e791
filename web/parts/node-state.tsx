// How a node stands, as words: there or away,
// what people decided about it, and whether it votes.

import type { JSX } from 'preact'
import type { NodeView } from '../../lib/view/question.ts'
import { State } from './state.tsx'

export function NodeState({ node }: { readonly node: NodeView }): JSX.Element {
  return (
    <>
      <State
        state={node.state === 'live' ? 'live' : 'away'}
        why={node.state === 'live' ? 'Its session is renewed' : 'Its session has run out at the witnesses'}
      />{' '}
      {node.duty === 'active' ? null : <State state={node.duty} />}{' '}
      {node.isWitness ? <span class="tag">witness</span> : null}
    </>
  )
}
