// What is defined and by whom: the categories with what became of their files, what is in conflict or stale and what
// to do; one category's text and history; and a place to drop a file, see what it would change, and apply it.

import type { JSX } from 'preact'
import type { CategoryView, ConfigText } from '../../lib/view/question.ts'
import { useResource } from '../live/resource.ts'
import { token } from '../live/token.ts'
import { DropPlace } from '../parts/drop-place.tsx'
import { Link } from '../parts/link.tsx'
import { Revisions } from '../parts/revisions.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { visible } from '../parts/visible.ts'
import { When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

export function ConfigurationPage({ category }: { readonly category: string | null }): JSX.Element {
  const answer = useResource<{ categories: readonly CategoryView[] }>('/api/v1/config', ['config'])
  return (
    <>
      <div class="head">
        <h1>{category === null ? 'Configuration' : visible(category)}</h1>
        {category === null ? null : <Link to="/config">All categories</Link>}
      </div>
      <DropPlace category={category} />
      {answer.body === null ? (
        answer.failure === null ? (
          <Waiting />
        ) : (
          <Trouble failure={answer.failure} />
        )
      ) : (
        answer.body.categories
          .filter((one) => category === null || one.category === category)
          .map((one) => <Category key={one.category} category={one} isAlone={category !== null} />)
      )}
      {category === null ? null : <Details category={category} />}
    </>
  )
}

function Category({
  category,
  isAlone,
}: {
  readonly category: CategoryView
  readonly isAlone: boolean
}): JSX.Element {
  const { services } = category
  return (
    <section class="card" aria-label={`Category ${category.category}`}>
      <h2>
        {isAlone ? (
          visible(category.category)
        ) : (
          <Link to={pathOf('config', category.category)}>{category.category}</Link>
        )}{' '}
        <State state={category.state} />
      </h2>
      <p class="aside">
        {services > 0 && category.jobs === 0
          ? ''
          : `${category.jobs.toLocaleString()} ${category.jobs === 1 ? 'job' : 'jobs'}, `}
        {services === 0 ? '' : `${services.toLocaleString()} ${services === 1 ? 'service' : 'services'}, `}by{' '}
        {visible(category.author)} {category.at === '' ? null : <When at={category.at} />}
      </p>
      {category.remedy === '' ? null : <p class="banner">{visible(category.remedy)}</p>}
      <ProblemList problems={category.problems} kind="problem" />
      <ProblemList problems={category.notes} kind="note" />
      {category.conflicts.length === 0 ? null : (
        <ul class="rows">
          {category.conflicts.map((conflict) => (
            <li key={conflict.revision}>
              <State state="conflict" /> {conflict.revision} by {conflict.user ?? conflict.node}{' '}
              <When at={conflict.at} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function ProblemList({
  problems,
  kind,
}: {
  readonly problems: CategoryView['problems']
  readonly kind: 'problem' | 'note'
}): JSX.Element | null {
  if (problems.length === 0) return null
  return (
    <ul class={`problems is-${kind}`}>
      {problems.slice(0, 50).map((problem, line) => (
        <li key={line}>
          <code>
            {problem.line === undefined ? '' : `${problem.line}:${problem.column ?? 1} `}
            {problem.path}
          </code>{' '}
          {visible(problem.message)} {problem.hint === undefined ? null : <em>{problem.hint}</em>}
        </li>
      ))}
    </ul>
  )
}

function Details({ category }: { readonly category: string }): JSX.Element {
  const path = `/api/v1${pathOf('config', category)}`
  const isKnown = token.value !== null
  const text = useResource<ConfigText>(isKnown ? path : null, ['config'])
  if (!isKnown) return <p class="aside">Its text and history are for those with a token: log in above.</p>
  return (
    <>
      <section aria-labelledby="text-title">
        <h2 id="text-title">Text</h2>
        {text.body === null ? (
          text.failure === null ? (
            <Waiting />
          ) : (
            <p class="aside">{text.failure.detail}</p>
          )
        ) : (
          <pre tabIndex={0} aria-label={`Text of ${category}`}>
            {visible(text.body.text)}
          </pre>
        )}
      </section>
      <section aria-labelledby="history-title">
        <h2 id="history-title">Revisions</h2>
        <Revisions category={category} />
      </section>
    </>
  )
}
