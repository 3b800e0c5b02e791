// What people may ask of runs by hand, on any agent. Each request has an id that begins with
// its instant: asked again with the same id it is the same request.

import type { OrderWord } from '../run/run-order.ts'

type Asked = { readonly requestId: string }

export type RunCommand =
  /** One run of this job now, by hand. */
  | (Asked & {
      readonly kind: 'start-job'
      readonly job: string
      /** The instant that its commands are told as their slot. */
      readonly forSlotMs: number | null
      readonly variables: Readonly<Record<string, string>>
      readonly isForced: boolean
    })
  /** A new run for the slot of this one. */
  | (Asked & { readonly kind: 'rerun'; readonly run: string; readonly isForced: boolean })
  | (Asked & {
      readonly kind: 'order-run'
      /** JOB.RUN, or JOB.RUN/ACTION. */
      readonly run: string
      readonly word: OrderWord
      readonly useLatest: boolean
    })
  /** Give up what of this job waits. */
  | (Asked & { readonly kind: 'drop-waiting'; readonly job: string })
  /** What actions wait for is there, or is not there any more. */
  | (Asked & { readonly kind: 'publish-event' | 'discard-event'; readonly event: string })

const kinds: ReadonlySet<string> = new Set<RunCommand['kind']>([
  'start-job',
  'rerun',
  'order-run',
  'drop-waiting',
  'publish-event',
  'discard-event',
])

export function isRunCommand(command: { readonly kind: string }): command is RunCommand {
  return kinds.has(command.kind)
}
