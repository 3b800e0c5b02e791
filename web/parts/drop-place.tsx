// Where a config file is dropped or chosen: it is tried first, and shown job by job with its next slots; it is applied
// only when somebody says so, against the revision that it was compared with.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ConfigChangeView } from '../../lib/view/config-change-view.ts'
import { send, type Failure } from '../live/client.ts'
import { pathOf } from '../route.ts'
import { tellReply } from './notices.tsx'
import { State } from './state.tsx'
import { Trouble } from './trouble.tsx'
import { visible } from './visible.ts'
import { When } from './when.tsx'

type Dropped = { readonly category: string; readonly fileName: string; readonly text: string }

type Tried =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'change'; readonly dropped: Dropped; readonly change: ConfigChangeView }
  | { readonly kind: 'refused'; readonly dropped: Dropped; readonly failure: Failure }

export function DropPlace({ category }: { readonly category: string | null }): JSX.Element {
  const [tried, setTried] = useState<Tried>({ kind: 'nothing' })
  const [isOver, setIsOver] = useState(false)

  const take = async (file: File | undefined) => {
    if (file === undefined) return
    const dropped = {
      category: category ?? file.name.replace(/\.[^.]*$/, ''),
      fileName: file.name,
      text: await file.text(),
    }
    const reply = await put(dropped, { isTrial: true })
    setTried(
      reply.kind === 'answered'
        ? { kind: 'change', dropped, change: reply.body }
        : { kind: 'refused', dropped, failure: reply.failure },
    )
  }
  const apply = async (dropped: Dropped) => {
    const reply = await put(dropped, { isTrial: false })
    if (tellReply(reply, `${dropped.category} is applied.`)) setTried({ kind: 'nothing' })
  }
  return (
    <>
      <label
        class={`drop-place${isOver ? ' is-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault()
          setIsOver(true)
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setIsOver(false)
          void take(event.dataTransfer?.files[0])
        }}
      >
        Drop a config file here to see what it would change, or{' '}
        <input
          type="file"
          aria-label="Choose a config file"
          accept=".yaml,.yml,.json,.crontab"
          onChange={(event) => void take(event.currentTarget.files?.[0])}
        />
      </label>
      {tried.kind === 'refused' ? <Refused failure={tried.failure} /> : null}
      {tried.kind === 'change' ? (
        <Change
          change={tried.change}
          onApply={() => void apply(tried.dropped)}
          onDiscard={() => setTried({ kind: 'nothing' })}
        />
      ) : null}
    </>
  )
}

async function put(dropped: Dropped, { isTrial }: { readonly isTrial: boolean }) {
  const query = new URLSearchParams({ file: dropped.fileName, ...(isTrial ? { dry_run: 'true' } : {}) })
  const isJson = dropped.fileName.endsWith('.json')
  return send<ConfigChangeView>(`/api/v1${pathOf('config', dropped.category)}?${query}`, {
    method: 'PUT',
    body: dropped.text,
    type: isJson
      ? 'application/json'
      : dropped.fileName.endsWith('.crontab')
        ? 'text/plain'
        : 'application/yaml',
  })
}

function Refused({ failure }: { readonly failure: Failure }): JSX.Element {
  return (
    <>
      <Trouble failure={failure} />
      <ul class="problems is-problem">
        {failure.problems.map((problem, line) => (
          <li key={line}>
            <code>
              {problem.line === undefined ? '' : `${problem.line}:${problem.column ?? 1} `}
              {problem.path}
            </code>{' '}
            {visible(problem.message)} {problem.hint === undefined ? null : <em>{problem.hint}</em>}
          </li>
        ))}
      </ul>
    </>
  )
}

type KeyChange = ConfigChangeView['jobs'][number]['keys'][number]

function Keys({ keys }: { readonly keys: readonly KeyChange[] }): JSX.Element {
  return (
    <>
      {keys.map(({ key, before, after }) => (
        <div key={key} class="key-change">
          <code>{key}</code> <del>{visible(before)}</del> <ins>{visible(after)}</ins>
        </div>
      ))}
    </>
  )
}

function Change({
  change,
  onApply,
  onDiscard,
}: {
  readonly change: ConfigChangeView
  readonly onApply: () => void
  readonly onDiscard: () => void
}): JSX.Element {
  return (
    <section class="card" aria-label="What the file would change">
      <h2>
        {change.category}: jobs {change.created} created, {change.changed} changed, {change.removed} removed,{' '}
        {change.unchanged} unchanged
      </h2>
      <ul class="changes">
        {change.services.map(({ service, change: what, keys }) => (
          <li key={service}>
            <State state={what} /> service <strong>{visible(service)}</strong>
            <Keys keys={keys} />
          </li>
        ))}
        {change.jobs.map((job) => (
          <li key={job.job}>
            <State state={job.change} /> <strong>{visible(job.job)}</strong>
            <Keys keys={job.keys} />
            {job.nextAfter[0] === undefined ? null : (
              <div class="aside">
                next slot <When at={job.nextAfter[0]} />
                {job.nextBefore[0] === undefined || job.nextBefore[0] === job.nextAfter[0] ? null : (
                  <>
                    , before <When at={job.nextBefore[0]} />
                  </>
                )}
              </div>
            )}
          </li>
        ))}
        {change.services.map(({ service, change: kind, keys }) => (
          <li key={service}>
            <State state={kind} /> <strong>{service}</strong> (service)
            {keys.map((key) => (
              <div key={key.key} class="key-change">
                <code>{key.key}</code> <del>{key.before}</del> <ins>{key.after}</ins>
              </div>
            ))}
          </li>
        ))}
      </ul>
      <div class="row">
        <button type="button" class="loud" onClick={onApply}>
          Apply
        </button>
        <button type="button" onClick={onDiscard}>
          Leave it
        </button>
      </div>
    </section>
  )
}
