// What stands where a page's content should be: that it is
// being asked for, or why it cannot be had.

import type { JSX } from 'preact'
import type { Failure } from '../live/client.ts'

export function Waiting(): JSX.Element {
  return (
    <p class="waiting" role="status">
      …
    </p>
  )
}

export function Trouble({ failure }: { readonly failure: Failure }): JSX.Element {
  return (
    <div class="trouble" role="alert">
      <h2>{failure.title}</h2>
      <p>{failure.detail}</p>
      <p>{failure.remedy}</p>
    </div>
  )
}
