// A link to another page of the viewer that does not load the page
// again; with a modifier key it is an ordinary one. Names are shown as text.

import type { ComponentChildren, JSX } from 'preact'
import { goTo } from '../route.ts'
import { visible } from './visible.ts'

export type LinkProps = {
  readonly to: string
  readonly isCurrent?: boolean
  readonly class?: string
  readonly title?: string
  readonly children: ComponentChildren
}

export function Link({ to, isCurrent, children, ...rest }: LinkProps): JSX.Element {
  return (
    <a
      {...rest}
      href={to}
      aria-current={isCurrent === true ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        goTo(to)
      }}
    >
      {typeof children === 'string' ? visible(children) : children}
    </a>
  )
}
