// The viewer's entry: puts the application into the page. It decides nothing; what it shows comes from the API of
// the agent that served the page, and from nowhere else.

import { render } from 'preact'
import { App } from './app.tsx'
import { takeCode } from './live/token.ts'

const place = document.querySelector('#viewer')
if (place === null) throw new Error('Cannot show the viewer: the page has no place for it')
await takeCode().catch(() => undefined)
render(<App />, place)
