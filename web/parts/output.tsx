// What one try of an action wrote, from whichever node has it: it follows while more comes, and its end stays in sight
// unless somebody scrolls away from it. It is shown as text whatever it is, and only the end of what is very long.

import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { getText, type Failure } from '../live/client.ts'
import { token } from '../live/token.ts'
import { pathOf } from '../route.ts'
import { visible } from './visible.ts'

export type OutputProps = {
  readonly run: string
  readonly action: string
  /** Counted from 1; null for the newest, which may grow. */
  readonly tried: number | null
  /** Then what it says on stderr is looked at first. */
  readonly isFailure: boolean
}

const streams = ['stdout', 'stderr'] as const
type Stream = (typeof streams)[number]
const linesAtFirst = 2000
/** A browser lays out so much of one line in a blink. */
const charactersKept = 200_000

type Read = {
  readonly state: 'reading' | 'done'
  readonly text: string
  readonly isCut: boolean
  readonly failure: Failure | null
}
const nothing: Read = { state: 'reading', text: '', isCut: false, failure: null }

export function Output({ run, action, tried, isFailure }: OutputProps): JSX.Element {
  const [chosen, setChosen] = useState<Stream | null>(null)
  const [isOther, setIsOther] = useState(false)
  const stream = chosen ?? (isFailure === isOther ? 'stdout' : 'stderr')
  const asked = new URLSearchParams({
    action,
    stream,
    tail: String(linesAtFirst),
    ...(tried === null ? { follow: 'true' } : { tried: String(tried) }),
  })
  const read = useText(token.value === null ? null : `/api/v1${pathOf('runs', run, 'output')}?${asked}`)
  const place = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (read.state === 'done' && read.text === '' && read.failure === null) setIsOther(true)
  }, [read.state])
  useEffect(() => {
    if (isAtEnd.current && place.current !== null) place.current.scrollTop = place.current.scrollHeight
  }, [read.text])

  if (token.value === null) return <p class="aside">What it wrote is for those with a token: log in above.</p>
  return (
    <div class="output">
      <div class="row" role="group" aria-label="Stream">
        {streams.map((one) => (
          <button
            key={one}
            type="button"
            class="quiet"
            aria-pressed={one === stream}
            onClick={() => setChosen(one)}
          >
            {one}
          </button>
        ))}
        <span class="aside" role="status">
          {wordsOf(read)}
        </span>
      </div>
      {read.failure === null ? null : (
        <p class="aside lines">
          {read.failure.detail}
          {'\n'}
          {read.failure.remedy}
        </p>
      )}
      {read.text === '' ? null : (
        <pre
          ref={place}
          dir="ltr"
          tabIndex={0}
          aria-label={`${stream} of ${action}`}
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
            isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40
          }}
        >
          {visible(read.text)}
        </pre>
      )}
    </div>
  )
}

function wordsOf({ state, text, isCut, failure }: Read): string {
  if (failure !== null) return ''
  const cut = isCut ? `only the last ${charactersKept.toLocaleString()} characters; ` : ''
  if (state === 'reading') return text === '' ? 'nothing so far' : `${cut}more may come`
  return text === '' ? 'it wrote nothing' : cut.replace('; ', '')
}

/** What a path answers, as it comes; gathered for a moment, since each piece is a new page to lay out. */
function useText(path: string | null): Read {
  const [read, setRead] = useState(nothing)
  useEffect(() => {
    setRead(nothing)
    if (path === null) return undefined
    const ending = new AbortController()
    let now = nothing
    let timer = 0
    const show = (next: Read) => {
      now = next
      timer ||= setTimeout(() => {
        timer = 0
        if (!ending.signal.aborted) setRead(now)
      }, 60)
    }
    const following = getText(path, {
      signal: ending.signal,
      onText: (more) => {
        const text = now.text + more
        show({
          ...now,
          text: text.slice(-charactersKept),
          isCut: now.isCut || text.length > charactersKept,
        })
      },
      onFailure: (failure) => show({ ...now, failure }),
    })
    void following.then(() => show({ ...now, state: 'done' }))
    return () => {
      ending.abort()
      clearTimeout(timer)
    }
  }, [path])
  return read
}
