// Light, dark, or as the system has it;
// remembered on this device.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'

const storageKey = 'hocket-theme'
const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const theme = signal<Theme>(themes.find((one) => one === localStorage.getItem(storageKey)) ?? 'auto')
theme.subscribe((now) => {
  document.documentElement.dataset['theme'] = now
})

export function ThemeSwitch(): JSX.Element {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto'
  return (
    <button
      type="button"
      class="quiet"
      title={`Theme: ${theme.value}. Change to ${next}`}
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      onClick={() => {
        theme.value = next
        localStorage.setItem(storageKey, next)
      }}
    >
      {theme.value === 'auto' ? '◐' : theme.value === 'light' ? '○' : '●'}
    </button>
  )
}
