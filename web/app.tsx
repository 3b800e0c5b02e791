// The frame of every page: the name, the way around, whether the connection lives, the theme and the log-in, and in
// the middle the page that the address names. The keyboard's short ways are here: g then a letter goes to a page.

import type { JSX } from 'preact'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import { connection, followEvents } from './live/event-stream.ts'
import { isTokenWanted, token } from './live/token.ts'
import { ConfigurationPage } from './pages/configuration-page.tsx'
import { JobPage } from './pages/job-page.tsx'
import { JobsPage } from './pages/jobs-page.tsx'
import { NodePage } from './pages/node-page.tsx'
import { NodesPage } from './pages/nodes-page.tsx'
import { OverviewPage } from './pages/overview-page.tsx'
import { RunPage } from './pages/run-page.tsx'
import { RunsPage } from './pages/runs-page.tsx'
import { SchedulePage } from './pages/schedule-page.tsx'
import { ServicePage } from './pages/service-page.tsx'
import { ServicesPage } from './pages/services-page.tsx'
import { Link } from './parts/link.tsx'
import { LogIn } from './parts/log-in.tsx'
import { Notices } from './parts/notices.tsx'
import { ThemeSwitch } from './parts/theme-switch.tsx'
import { Ago } from './parts/when.tsx'
import { goTo, place } from './route.ts'

const pages = [
  { word: '', key: 'o', name: 'Overview' },
  { word: 'jobs', key: 'j', name: 'Jobs' },
  { word: 'runs', key: 'r', name: 'Runs' },
  { word: 'services', key: 's', name: 'Services' },
  { word: 'nodes', key: 'n', name: 'Nodes' },
  { word: 'schedule', key: 'd', name: 'Schedule' },
  { word: 'config', key: 'c', name: 'Configuration' },
] as const

export function App(): JSX.Element {
  useEffect(() => void followEvents(), [])
  useShortcuts()
  useEffect(
    () =>
      document.querySelector('nav [aria-current]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' }),
    [place.value],
  )
  const { words } = place.value
  return (
    <>
      <a class="skip" href="#page">
        Skip to the page
      </a>
      <header class="frame">
        <Link class="name" to="/">
          <img src="/mark.svg" alt="" width="26" height="26" /> hocket
        </Link>
        <nav aria-label="Pages">
          {pages.map(({ word, name, key }) => (
            <Link key={word} to={`/${word}`} isCurrent={word === (words[0] ?? '')} title={`g ${key}`}>
              {name}
            </Link>
          ))}
        </nav>
        <div class="frame-end">
          <Connection />
          <LogIn />
          <ThemeSwitch />
        </div>
      </header>
      {isTokenWanted.value && token.value === null ? (
        <p class="banner" role="status">
          Some of this page needs a token: log in above. <code>hocket open</code> does it by itself.
        </p>
      ) : null}
      <Notices />
      <main id="page" tabIndex={-1}>
        <Page key={words.join('/')} words={words} />
      </main>
    </>
  )
}

/** A page that breaks takes nothing else with it, and says what happened. */
function Page({ words }: { readonly words: readonly string[] }): JSX.Element {
  const [error] = useErrorBoundary() as [unknown, () => void]
  if (error === undefined) return <PageOf words={words} />
  return (
    <section class="trouble" role="alert">
      <h1>This page broke</h1>
      <p>{error instanceof Error ? error.message : 'nobody said how'}</p>
      <p>Load it again; the other pages are as they were.</p>
    </section>
  )
}

function PageOf({ words }: { readonly words: readonly string[] }): JSX.Element {
  const [first = '', second, third] = words
  if (third === undefined) {
    if (first === 'jobs') return second === undefined ? <JobsPage /> : <JobPage key={second} name={second} />
    if (first === 'runs') return second === undefined ? <RunsPage /> : <RunPage key={second} id={second} />
    if (first === 'services')
      return second === undefined ? <ServicesPage /> : <ServicePage key={second} name={second} />
    if (first === 'nodes')
      return second === undefined ? <NodesPage /> : <NodePage key={second} name={second} />
    if (first === 'config') return <ConfigurationPage category={second ?? null} />
  }
  if (second === undefined) {
    if (first === '') return <OverviewPage />
    if (first === 'schedule') return <SchedulePage />
  }
  return (
    <section class="empty">
      <h1>There is no such page</h1>
      <p>
        <Link to="/">The overview</Link> shows what there is.
      </p>
    </section>
  )
}

function Connection(): JSX.Element {
  const now = connection.value
  if (now.kind === 'live') {
    return (
      <span class="connection is-live" role="status" title="What happens is shown as it happens">
        live
      </span>
    )
  }
  return (
    <span class={`connection is-${now.kind}`} role="status">
      {now.kind === 'lost' ? (
        <>
          connection lost <Ago atMs={now.sinceMs} />, trying again
        </>
      ) : (
        'connecting'
      )}
    </span>
  )
}

/** `g j` goes to the jobs, `/` into the page's filter. Not while somebody types. */
function useShortcuts(): void {
  useEffect(() => {
    let isGoing = false
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const page = pages.find(({ key }) => key === event.key)
      if (isGoing && page !== undefined) goTo(`/${page.word}`)
      if (event.key === '/') {
        document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
        event.preventDefault()
      }
      isGoing = event.key === 'g'
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}
