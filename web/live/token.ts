// The token that opens what not everybody may see or do: kept in memory, and on this device only if asked for.
// A one-time code in the address (`#code=…`) is exchanged for a token and taken out of the address at once.

import { signal } from '@preact/signals'

const storageKey = 'hocket-token'

export const token = signal<string | null>(localStorage.getItem(storageKey))
/** Whether the page asks for the token: an answer said that one is needed. */
export const isTokenWanted = signal(false)

export function keepToken(text: string, how: { readonly onThisDevice: boolean }): void {
  token.value = text
  isTokenWanted.value = false
  if (how.onThisDevice) localStorage.setItem(storageKey, text)
  else localStorage.removeItem(storageKey)
}

export function forgetToken(): void {
  token.value = null
  localStorage.removeItem(storageKey)
}

/** The agent wants one, or another one: this one expired, was revoked, or is of another cluster. */
export function refuseToken(): void {
  forgetToken()
  isTokenWanted.value = true
}

/** What `hocket open` put into the address: used once, then gone from it. */
export async function takeCode(): Promise<void> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1]
  if (code === undefined) return
  history.replaceState(null, '', location.pathname + location.search)
  const response = await fetch('/api/v1/access/exchange', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })
  if (!response.ok) isTokenWanted.value = true
  else keepToken(((await response.json()) as { readonly token: string }).token, { onThisDevice: false })
}
