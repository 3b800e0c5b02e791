// A filter that stands in the address; it follows
// the typing after a short rest.

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { setQuery } from '../route.ts'

const restMs = 200

export function Search({
  name,
  label,
  value,
}: {
  readonly name: string
  readonly label: string
  readonly value: string
}): JSX.Element {
  const timer = useRef(0)
  return (
    <input
      type="search"
      placeholder={`${label}  /`}
      aria-label={label}
      defaultValue={value}
      onInput={(event) => {
        const text = event.currentTarget.value
        clearTimeout(timer.current)
        timer.current = setTimeout(() => setQuery({ [name]: text.trim() }), restMs)
      }}
    />
  )
}
