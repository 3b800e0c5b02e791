// The order of a job's actions: what is required comes first, and otherwise the file's order holds.
// Actions that require each other in a circle have no order, and the circle is named.

export type Requiring = { readonly name: string; readonly requires: readonly string[] }

export type Order<Action> =
  | { readonly kind: 'ordered'; readonly actions: readonly Action[] }
  | { readonly kind: 'circle'; readonly names: readonly string[] }

/** Names in `requires` that no action has are passed over: they are reported elsewhere. */
export function requiresOrder<Action extends Requiring>(actions: readonly Action[]): Order<Action> {
  const byName = new Map(actions.map((action) => [action.name, action]))
  const state = new Map<string, 'open' | 'done'>()
  const ordered: Action[] = []
  for (const root of actions) {
    // A walk in depth without recursion: a chain may be as long as a file allows.
    const path: { readonly action: Action; at: number }[] = [{ action: root, at: 0 }]
    if (state.has(root.name)) continue
    state.set(root.name, 'open')
    while (path.length > 0) {
      const top = path.at(-1)!
      const next = byName.get(top.action.requires[top.at++] ?? '')
      if (next !== undefined && !state.has(next.name)) {
        state.set(next.name, 'open')
        path.push({ action: next, at: 0 })
      } else if (next !== undefined && state.get(next.name) === 'open') {
        const names = path.map(({ action }) => action.name)
        return { kind: 'circle', names: [...names.slice(names.indexOf(next.name)), next.name] }
      } else if (top.at > top.action.requires.length) {
        state.set(top.action.name, 'done')
        ordered.push(top.action)
        path.pop()
      }
    }
  }
  return { kind: 'ordered', actions: ordered }
}
