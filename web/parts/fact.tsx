// One fact of what a page is about: its name, and
// below it what it is. Several make a `<dl class="facts">`.

import type { ComponentChildren, JSX } from 'preact'

export type FactProps = {
  readonly name: string
  readonly title?: string
  readonly children: ComponentChildren
}

export function Fact({ name, title, children }: FactProps): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </div>
  )
}

/** The labels of a node; nothing where it has none. */
export function LabelFact({ labels }: { labels: Readonly<Record<string, string>> }) {
  if (Object.keys(labels).length === 0) return null
  return (
    <Fact name="Labels">
      {Object.entries(labels).map(([key, value]) => (
        <span class="tag" key={key}>
          {key}={value}
        </span>
      ))}
    </Fact>
  )
}
