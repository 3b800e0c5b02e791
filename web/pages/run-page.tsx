// One run: its state, the graph of its actions with their states, its attempts, the output of each action as it
// grows, what can be done with it, and the story of its slot in words.

import type { JSX } from 'preact'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { send } from '../live/client.ts'
import { useResource } from '../live/resource.ts'
import { ActionGraph } from '../parts/action-graph.tsx'
import { Link } from '../parts/link.tsx'
import { tellReply } from '../parts/notices.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { clockWords, durationWords, nowMs, When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

type RunAnswer = { readonly run: RunView; readonly attempts: readonly RunView[] }

export function RunPage({ id }: { readonly id: string }): JSX.Element {
  const path = `/api/v1${pathOf('runs', id)}`
  const answer = useResource<RunAnswer>(path, ['runs'])
  const job = useResource<{ job: JobView }>(
    answer.body === null ? null : `/api/v1${pathOf('jobs', answer.body.run.job)}`,
    ['config'],
  )
  if (answer.body === null)
    return answer.failure === null ? <Waiting /> : <Trouble failure={answer.failure} />
  const { run, attempts } = answer.body
  return (
    <>
      <div class="head">
        <h1>
          {run.id} <State state={run.state} />
        </h1>
        <Doing run={run} path={path} />
      </div>
      {run.why === '' ? null : <p class="summary">{run.why}</p>}
      <Facts run={run} />
      <section aria-labelledby="actions-title">
        <h2 id="actions-title">Actions</h2>
        {job.body === null ? null : <ActionGraph actions={job.body.job.actions} states={run.actions} />}
        <Actions run={run} />
      </section>
      {attempts.length < 2 ? null : (
        <section aria-labelledby="attempts-title">
          <h2 id="attempts-title">Attempts</h2>
          <ol class="rows">
            {attempts.map((attempt) => (
              <li key={attempt.attempt}>
                <State state={attempt.state} why={attempt.why} /> on {attempt.node}{' '}
                <When at={attempt.startedAt ?? attempt.slot} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

function Doing({ run, path }: { readonly run: RunView; readonly path: string }): JSX.Element {
  const change = async (verb: string, words: string) => {
    tellReply(await send(`${path}/${verb}`, { method: 'POST' }), words)
  }
  return (
    <div class="row">
      {run.state === 'running' ? (
        <>
          <button type="button" onClick={() => void change('stop', 'Its processes are asked to end.')}>
            Stop
          </button>
          <button type="button" onClick={() => void change('kill', 'Its processes are killed.')}>
            Kill
          </button>
        </>
      ) : (
        <button
          type="button"
          class="loud"
          onClick={() => void change('rerun', 'The slot is asked to run again.')}
        >
          Run again
        </button>
      )}
    </div>
  )
}

function Facts({ run }: { readonly run: RunView }): JSX.Element {
  const startedMs = run.startedAt === null ? null : Date.parse(run.startedAt)
  const endedMs = run.endedAt === null ? nowMs.value : Date.parse(run.endedAt)
  return (
    <dl class="facts">
      <dt>Job</dt>
      <dd>
        <Link to={pathOf('jobs', run.job)}>{run.job}</Link>
      </dd>
      <dt>Slot</dt>
      <dd title={run.slot}>
        {clockWords(Date.parse(run.slot))} (<When at={run.slot} />)
      </dd>
      <dt>Node</dt>
      <dd>{run.node ?? '–'}</dd>
      <dt>Started</dt>
      <dd>
        {startedMs === null ? '–' : clockWords(startedMs)}
        {run.latenessMs === null ? '' : `, ${durationWords(run.latenessMs)} after its slot`}
      </dd>
      <dt>Took</dt>
      <dd>{startedMs === null ? '–' : durationWords(Math.max(0, endedMs - startedMs))}</dd>
      <dt>Token</dt>
      <dd>{run.token ?? '–'}</dd>
    </dl>
  )
}

function Actions({ run }: { readonly run: RunView }): JSX.Element {
  return (
    <div class="actions">
      {run.actions.map((action) => (
        <details key={action.name} open={action.state === 'failed' || run.actions.length === 1}>
          <summary>
            <State state={action.state} /> <strong>{action.name}</strong>{' '}
            <span class="aside">{action.why}</span>
          </summary>
          <p class="aside">
            {action.startedAt === null ? (
              'Not started.'
            ) : (
              <>
                Started <When at={action.startedAt} />.
              </>
            )}
          </p>
        </details>
      ))}
    </div>
  )
}
