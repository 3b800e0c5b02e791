// What the agent and its launcher tell each other, a line of JSON each. `directory` is the
// name of a run's directory below the runs directory: the two know a run by nothing else.

/** To the launcher: make the directory, which must not exist, and start what the request says. */
export type LauncherRequest = {
  readonly directory: string
  readonly request: string
  /** What the command reads; empty for nothing. */
  readonly stdin: string
  /** What it is given in its environment and nobody else may see; empty for nothing. Gone once it is read. */
  readonly secrets: string
}

export type LauncherMessage =
  /** The command's process exists; `record` is the line of its `started` file. */
  | { readonly kind: 'started'; readonly directory: string; readonly record: string; readonly atMs: number }
  /** The worker is done with the run: its exit record tells more. `isAlone` when nothing of the run can be left. */
  | { readonly kind: 'ended'; readonly directory: string; readonly isAlone: boolean }
  /** The worker is gone, and nobody tells when the command ends. */
  | { readonly kind: 'lost'; readonly directory: string }
  /** Nothing was started, and nothing will be. */
  | { readonly kind: 'refused'; readonly directory: string; readonly reason: string }
