// One run: how it stands, its actions as a graph and one by one with what they wrote, its attempts, what can be done
// with it, and why it ran where it did.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { useResource } from '../live/resource.ts'
import { ActionGraph } from '../parts/action-graph.tsx'
import { Fact } from '../parts/fact.tsx'
import { Link } from '../parts/link.tsx'
import { Orders, type Order } from '../parts/orders.tsx'
import { RunActions } from '../parts/run-actions.tsx'
import { SlotStory } from '../parts/slot-story.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { visible } from '../parts/visible.ts'
import { clockWords, Duration, durationWords, Took, When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

type RunAnswer = { readonly run: RunView; readonly attempts: readonly RunView[] }

export function RunPage({ id }: { readonly id: string }): JSX.Element {
  const path = `/api/v1${pathOf('runs', id)}`
  const answer = useResource<RunAnswer>(path, ['runs'], { job: id.slice(0, id.lastIndexOf('.')) })
  const job = useResource<{ job: JobView }>(
    answer.body === null ? null : `/api/v1${pathOf('jobs', answer.body.run.job)}`,
    ['config'],
  )
  const [chosen, setChosen] = useState<string | null>(null)
  if (answer.body === null)
    return answer.failure === null ? <Waiting /> : <Trouble failure={answer.failure} />
  const { run, attempts } = answer.body
  const open = chosen ?? mostTelling(run)
  return (
    <>
      <div class="head">
        <h1>
          {visible(run.id ?? '')} <State state={run.state} />
        </h1>
        <Orders path={path} orders={ordersOf(run)} onDone={answer.reload} />
      </div>
      {run.why === '' ? null : <p class="summary">{visible(run.why)}</p>}
      <Facts run={run} />
      <section aria-labelledby="actions-title">
        <h2 id="actions-title">Actions</h2>
        {job.body === null || job.body.job.actions.length < 2 ? null : (
          <ActionGraph actions={job.body.job.actions} states={run.actions} onChoose={setChosen} />
        )}
        <RunActions run={run} path={path} open={open} onOpen={setChosen} onDone={answer.reload} />
      </section>
      {attempts.length < 2 ? null : (
        <section aria-labelledby="attempts-title">
          <h2 id="attempts-title">Attempts</h2>
          <ol class="rows">
            {attempts.map((attempt) => (
              <li key={attempt.attempt}>
                <State state={attempt.state} why={attempt.why} />
                <span>on {attempt.node}</span>
                <span class="why">{visible(attempt.why)}</span>
                <Took from={attempt.startedAt} to={attempt.endedAt} />
              </li>
            ))}
          </ol>
        </section>
      )}
      {run.id === null ? null : <SlotStory job={run.job} run={run.id} />}
    </>
  )
}

/** Its output is what people open the page for. */
function mostTelling({ actions }: RunView): string {
  const wanted = ['failed', 'unknown', 'running']
  const found = wanted.map((state) => actions.find((action) => action.state === state))
  return (found.find((action) => action !== undefined) ?? actions.at(-1))?.name ?? ''
}

function ordersOf(run: RunView): readonly Order[] {
  if (run.state === 'running')
    return [
      {
        verb: 'stop',
        words: 'Stop',
        title: 'Ask its processes to end; what is left after the grace is killed',
      },
      { verb: 'kill', words: 'Kill', title: 'Kill its processes at once' },
      { verb: 'cancel', words: 'Cancel', title: 'End what runs of it, and start nothing more' },
    ]
  const again: Order = {
    verb: 'rerun',
    words: 'Run again',
    title: 'A new run for the same slot',
    isLoud: true,
  }
  return run.state === 'succeeded'
    ? [again]
    : [{ verb: 'retry', words: 'Retry', title: 'Go on with what did not succeed; what did stays' }, again]
}

function Facts({ run }: { readonly run: RunView }): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Job">
        <Link to={pathOf('jobs', run.job)}>{run.job}</Link>
      </Fact>
      <Fact name="Slot" title={run.slot}>
        {clockWords(Date.parse(run.slot))}, <When at={run.slot} />
      </Fact>
      <Fact name="Node">
        {run.node === null ? '–' : <Link to={pathOf('nodes', run.node)}>{run.node}</Link>}
        {run.besides.length === 0 ? null : ` and, where the network was cut, ${run.besides.join(', ')}`}
      </Fact>
      <Fact name="Started">
        {run.startedAt === null ? '–' : clockWords(Date.parse(run.startedAt))}
        {run.latenessMs === null ? null : `, ${durationWords(run.latenessMs)} after its slot`}
      </Fact>
      <Fact name={run.state === 'running' ? 'Runs for' : 'Took'}>
        <Duration from={run.startedAt} to={run.endedAt} />
        {run.isLateReport ? ', told after it had been declared lost' : null}
      </Fact>
      {run.requestId === null ? null : <Fact name="Asked for by">{run.user ?? 'somebody'}</Fact>}
      {run.variables === undefined ? null : (
        <Fact name="Variables">
          {visible(
            Object.entries(run.variables)
              .map(([name, value]) => `${name}=${value}`)
              .join(', '),
          )}
        </Fact>
      )}
      <Fact name="Fencing token">{run.token ?? '–'}</Fact>
    </dl>
  )
}
