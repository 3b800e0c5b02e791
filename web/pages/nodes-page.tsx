// The nodes of the cluster: who is there, who votes, what each is called and where it is, and what was decided about
// its duty.

import type { JSX } from 'preact'
import type { NodeView, WitnessesView } from '../../lib/view/question.ts'
import { send } from '../live/client.ts'
import { useResource } from '../live/resource.ts'
import { Fact } from '../parts/fact.tsx'
import { Link } from '../parts/link.tsx'
import { tellReply } from '../parts/notices.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

export function NodesPage(): JSX.Element {
  const nodes = useResource<{ nodes: readonly NodeView[] }>('/api/v1/nodes', ['nodes'])
  const witnesses = useResource<WitnessesView>('/api/v1/witnesses', ['nodes'])
  if (nodes.body === null) return nodes.failure === null ? <Waiting /> : <Trouble failure={nodes.failure} />
  return (
    <>
      <div class="head">
        <h1>
          Nodes <span class="count">{nodes.body.nodes.length}</span>
        </h1>
      </div>
      <Witnesses witnesses={witnesses.body} />
      <div class="cards">
        {nodes.body.nodes.map((node) => (
          <NodeCard key={node.nodeId} node={node} reload={nodes.reload} />
        ))}
      </div>
    </>
  )
}

function Witnesses({ witnesses }: { readonly witnesses: WitnessesView | null }): JSX.Element | null {
  if (witnesses === null) return null
  const reachable = witnesses.members.filter((member) => member.isReachable).length
  return (
    <p>
      {reachable} of {witnesses.members.length} witnesses can be reached; {witnesses.majority} must answer for
      a claim
      {witnesses.epoch === null ? '' : ` (epoch ${witnesses.epoch})`}.
    </p>
  )
}

function NodeCard({ node, reload }: { readonly node: NodeView; readonly reload: () => void }): JSX.Element {
  const change = async (verb: 'drain' | 'activate', words: string) => {
    const reply = await send(`/api/v1${pathOf('nodes', node.name)}/${verb}`, { method: 'POST' })
    if (tellReply(reply, words)) reload()
  }
  return (
    <section class="card" aria-label={`Node ${node.name}`}>
      <h2>
        {node.name} {node.isSelf ? <span class="aside">this one</span> : null}
      </h2>
      <p class="row">
        <State state={node.state === 'live' ? 'live' : 'lost'} />
        {node.duty === 'active' ? null : <State state={node.duty} />}
        {node.isWitness ? <span class="tag">witness</span> : null}
      </p>
      <dl class="facts">
        <Fact name="Host">{node.hostname}</Fact>
        <Fact name="Started">
          <When at={node.startedAt} />
        </Fact>
        <Fact name="Version">{node.version}</Fact>
        <Fact name="Zone data">{node.zoneData}</Fact>
        {Object.keys(node.labels).length === 0 ? null : (
          <Fact name="Labels">
            {Object.entries(node.labels).map(([key, value]) => (
              <span class="tag" key={key}>
                {key}={value}
              </span>
            ))}
          </Fact>
        )}
        <Fact name="Addresses">
          <span class="small">{node.addresses.join(' ')}</span>
        </Fact>
      </dl>
      <div class="row">
        <Link to={`/runs?node=${encodeURIComponent(node.name)}`}>What ran here</Link>
        {node.duty === 'active' ? (
          <button type="button" onClick={() => void change('drain', `${node.name} takes nothing new.`)}>
            Drain
          </button>
        ) : (
          <button type="button" onClick={() => void change('activate', `${node.name} takes part again.`)}>
            Activate
          </button>
        )}
      </div>
    </section>
  )
}
