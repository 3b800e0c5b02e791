// What the core wants done with processes. A process key is made by the core and means one
// process for ever.

export type Spawn = {
  readonly kind: 'spawn'
  readonly process: string
  readonly command: string
  readonly environment: Readonly<Record<string, string>>
}
/** After a restart: look what became of a process that was to be started, and watch it on. */
export type Adopt = { readonly kind: 'adopt'; readonly process: string }
export type Signal = {
  readonly kind: 'signal'
  readonly process: string
  readonly signal: 'SIGTERM' | 'SIGKILL'
}
export type ProcessEffect = Spawn | Adopt | Signal
