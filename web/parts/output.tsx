// The output of one action as text, its end first read, following while it grows. Whatever a program wrote is shown
// as text: control sequences are made visible, and a line of megabytes is folded and bounded.

import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, type Failure } from '../live/client.ts'
import { pathOf } from '../route.ts'

type OutputAnswer = { readonly text: string; readonly cutBytes: number; readonly isOver: boolean }

const everyMs = 1000
const charactersShownMax = 200_000

export function Output({
  run,
  action,
  isGrowing,
}: {
  readonly run: string
  readonly action: string
  readonly isGrowing: boolean
}): JSX.Element {
  const [stream, setStream] = useState<'stdout' | 'stderr'>('stdout')
  const [answer, setAnswer] = useState<OutputAnswer | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const place = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)

  useEffect(() => {
    let isStopped = false
    const read = async () => {
      const path = `/api/v1${pathOf('runs', run, 'actions', action, 'output')}?stream=${stream}`
      const reply = await get<OutputAnswer>(path)
      if (isStopped) return
      setFailure(reply.kind === 'failed' ? reply.failure : null)
      if (reply.kind === 'answered') setAnswer(reply.body)
      if (isGrowing) setTimeout(() => isStopped || void read(), everyMs)
    }
    void read()
    return () => {
      isStopped = true
    }
  }, [run, action, stream, isGrowing])

  useEffect(() => {
    if (isAtEnd.current && place.current !== null) place.current.scrollTop = place.current.scrollHeight
  }, [answer])

  return (
    <div class="output">
      <div class="row" role="tablist" aria-label="Streams">
        {(['stdout', 'stderr'] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={one === stream}
            class="quiet"
            onClick={() => setStream(one)}
          >
            {one}
          </button>
        ))}
        {answer === null || answer.cutBytes === 0 ? null : (
          <span class="aside">{answer.cutBytes.toLocaleString()} bytes of the middle were not kept</span>
        )}
      </div>
      {failure === null ? null : (
        <p class="aside">
          {failure.detail} {failure.remedy}
        </p>
      )}
      <pre
        ref={place}
        tabIndex={0}
        aria-label={`${stream} of ${action}`}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40
        }}
      >
        <bdi>{visible(answer?.text ?? '')}</bdi>
      </pre>
    </div>
  )
}

/** Escapes of terminals, marks that turn the direction of text and other controls as `␛`, `⟨202E⟩`. */
function visible(text: string): string {
  return text
    .slice(-charactersShownMax)
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (mark) => {
      const code = mark.codePointAt(0) ?? 0
      if (mark === '\n' || mark === '\t') return mark
      return code < 0x20
        ? String.fromCodePoint(0x2400 + code)
        : `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
    })
}
