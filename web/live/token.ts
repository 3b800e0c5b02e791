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
