// Going through a list by pages with the API's cursors: forward
// to the next one, back to where we came from.

import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export type PagerState = {
  /** Of the page shown; null on the first. */
  readonly cursor: string | null
  readonly hasBack: boolean
  forward(next: string): void
  back(): void
}

/** Begins anew whenever `of`, what is listed, changes. */
export function usePager(of: string): PagerState {
  const [trail, setTrail] = useState<readonly string[]>([])
  useEffect(() => setTrail([]), [of])
  return {
    cursor: trail.at(-1) ?? null,
    hasBack: trail.length > 0,
    forward: (next) => setTrail([...trail, next]),
    back: () => setTrail(trail.slice(0, -1)),
  }
}

export function Pager({
  pager,
  next,
}: {
  readonly pager: PagerState
  readonly next: string | null
}): JSX.Element | null {
  if (next === null && !pager.hasBack) return null
  return (
    <div class="row pager">
      <button type="button" disabled={!pager.hasBack} onClick={() => pager.back()}>
        Back
      </button>
      <button type="button" disabled={next === null} onClick={() => next !== null && pager.forward(next)}>
        More
      </button>
    </div>
  )
}
