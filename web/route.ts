// Where in the viewer we are: the path of the address bar as a signal. Names of jobs and runs are escaped in it as in
// any URL, so that a page can be linked to, reloaded and gone back from.

import { signal } from '@preact/signals'

export type Place = {
  /** Such as `['jobs', 'MASTER.backup']`; empty on the overview. */
  readonly words: readonly string[]
  readonly query: URLSearchParams
}

export const place = signal(read())

addEventListener('popstate', () => {
  place.value = read()
})

/** Goes there without loading the page again. With `instead` the present entry of the history is replaced. */
export function goTo(path: string, how: { readonly instead: boolean } = { instead: false }): void {
  if (how.instead) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  place.value = read()
  if (!how.instead) scrollTo(0, 0)
}

/** `pathOf('jobs', 'a/b')` is `/jobs/a%2Fb`. */
export function pathOf(...words: readonly string[]): string {
  return `/${words.map((word) => encodeURIComponent(word)).join('/')}`
}

/** The same page with other filters; empty values leave the address. */
export function setQuery(changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(place.peek().query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  goTo(`${location.pathname}${text === '' ? '' : `?${text}`}`, { instead: true })
}

function read(): Place {
  const words = location.pathname.split('/').filter((word) => word !== '')
  return { words: words.map(unescapeWord), query: new URLSearchParams(location.search) }
}

/** A hand-written address may be badly escaped; it then names itself, and the page says that there is none such. */
function unescapeWord(word: string): string {
  try {
    return decodeURIComponent(word)
  } catch {
    return word
  }
}
