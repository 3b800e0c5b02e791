// The revisions of a category, the newest first: who made each, when, and on demand the lines in which it differs from
// the one before it.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ConfigDiff, RevisionView } from '../../lib/view/question.ts'
import { useResource } from '../live/resource.ts'
import { token } from '../live/token.ts'
import { pathOf } from '../route.ts'
import { State } from './state.tsx'
import { Waiting } from './trouble.tsx'
import { visible } from './visible.ts'
import { When } from './when.tsx'

const shownAtFirst = 10

export function Revisions({ category }: { readonly category: string }): JSX.Element {
  const path = `/api/v1${pathOf('config', category)}`
  const history = useResource<{ revisions: readonly RevisionView[] }>(
    token.value === null ? null : `${path}/history`,
    ['config'],
  )
  const [shown, setShown] = useState(shownAtFirst)
  if (token.value === null) return <p class="aside">They are for those with a token: log in above.</p>
  if (history.body === null)
    return history.failure === null ? <Waiting /> : <p class="aside">{history.failure.detail}</p>
  const { revisions } = history.body
  return (
    <div class="actions">
      {revisions.slice(0, shown).map((revision, index) => {
        const before = revisions.slice(index + 1).find(({ hasOwnText }) => hasOwnText) ?? null
        return <Revision key={revision.revision} {...{ path, revision, before }} />
      })}
      {revisions.length > shown ? (
        <button type="button" class="quiet" onClick={() => setShown(shown * 4)}>
          {revisions.length - shown} older
        </button>
      ) : null}
    </div>
  )
}

type RevisionProps = {
  readonly path: string
  readonly revision: RevisionView
  readonly before: RevisionView | null
}

function Revision(props: RevisionProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false)
  const { revision, isCurrent, isConflict, state, user, fileName, node, at } = props.revision
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <State state={isConflict ? 'conflict' : isCurrent ? 'applied' : state} />
        <strong title={revision}>{revision.split(':', 1)[0]}</strong>
        <span class="why">
          {user === null ? `dropped as ${visible(fileName)}` : visible(user || 'somebody')} on {node}
        </span>
        <span class="aside">
          <When at={at} />
        </span>
      </summary>
      {isOpen ? <Difference {...props} /> : null}
    </details>
  )
}

function Difference({ path, revision, before }: RevisionProps): JSX.Element {
  const asked = new URLSearchParams({ from: before?.revision ?? '', to: revision.revision })
  const isAsked = before !== null && revision.hasOwnText
  const answer = useResource<ConfigDiff>(isAsked ? `${path}/diff?${asked}` : null, [])
  if (!revision.hasOwnText) {
    const isDeleted = revision.state === 'deleted'
    return <p class="aside">{isDeleted ? 'The category was deleted.' : 'Jobs were switched on or off.'}</p>
  }
  if (before === null) return <p class="aside">It is the first that is kept.</p>
  if (answer.body === null)
    return answer.failure === null ? <Waiting /> : <p class="aside">{answer.failure.detail}</p>
  return (
    <pre class="diff" tabIndex={0} dir="ltr" aria-label="What changed">
      {linesOf(answer.body.diff).map((line, index) => (
        <span key={index} class={tones[line[0] ?? ''] ?? ''}>
          {visible(line)}
          {'\n'}
        </span>
      ))}
    </pre>
  )
}

const tones: Readonly<Record<string, string>> = { '+': 'is-added', '-': 'is-removed', '@': 'is-place' }
const linesMax = 2000

/** Without the names of both sides, which stand above. */
function linesOf(diff: string): string[] {
  if (diff === '') return ['the texts are the same']
  return diff.split('\n').slice(2, linesMax)
}
