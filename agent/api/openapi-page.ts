// The routes as a page that people read: no script, no request to anywhere, made once when the agent starts. What it
// says is what the OpenAPI document says.

import { openApiDocument } from './openapi.ts'
import type { Route } from './route.ts'

const style = `
:root { color-scheme: light dark; --line: #8884; --quiet: #777 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
details { border-bottom: 1px solid var(--line); padding: .4rem 0 }
summary { cursor: pointer } summary code { font-weight: 600 } summary span { color: var(--quiet) }
pre { overflow-x: auto; background: #8881; padding: .6rem; font-size: 13px; line-height: 1.4 }
b { display: inline-block; min-width: 4rem; font-family: ui-monospace, monospace }
`

export function openApiPage(routes: readonly Route[], version: string): string {
  const groups = [...new Set(routes.map(({ group }) => group))]
  const { components } = openApiDocument(routes, version) as {
    readonly components: { readonly schemas: object }
  }
  const shapes = Object.entries(components.schemas)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>hocket ${version}: API</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head><body>
<h1>The API of hocket ${version}</h1>
<p>Every agent answers for the whole cluster. Errors are <code>application/problem+json</code>: what is wrong, where, and
what to do. A change takes the header <code>Idempotency-Key</code>, so that it can be sent again. For programs:
<a href="openapi.json">openapi.json</a>.</p>
${groups
  .map(
    (group) =>
      `<h2 id="${group}">${group}</h2>${routes
        .filter((route) => route.group === group)
        .map(routeText)
        .join('')}`,
  )
  .join('\n')}
<h2 id="shapes">Shapes</h2>
${shapes.map(([name, schema]) => `<details id="${name}"><summary><code>${name}</code></summary>${code(schema)}</details>`).join('')}
</body></html>
`
}

function routeText({ method, path, summary, needs, query, takes, answers }: Route): string {
  const asked = Object.entries(query).map(([name, { schema }]) => [name, schema] as const)
  const parts = [
    asked.length === 0 ? '' : `<p>Query</p>${code(Object.fromEntries(asked))}`,
    takes?.kind === 'json' ? `<p>Takes</p>${code(takes.shape.schema)}` : '',
    takes?.kind === 'file' ? '<p>Takes a config file</p>' : '',
    answers.kind === 'json'
      ? `<p>Answers</p>${code(answers.shape.schema)}`
      : `<p>Answers ${escape(answers.type)}: ${escape(answers.description)}</p>`,
  ]
  return `<details><summary><b>${method}</b> <code>${escape(path)}</code> ${escape(summary)} <span>(${needs === 'nobody' || needs === 'anybody' ? 'no token' : needs})</span></summary>${parts.join('')}</details>`
}

/** With a link to each shape that is named in it. */
function code(value: unknown): string {
  const text = escape(JSON.stringify(value, null, 2))
  return `<pre>${text.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>')}</pre>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
