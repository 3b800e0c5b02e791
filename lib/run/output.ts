// What a command has written, as nodes ask each other for it: a part of one stream of one attempt. It is bytes, as they
// came; they stay on the node that ran the command, and of much output the head and the tail are kept.

export type OutputStream = 'stdout' | 'stderr'

export type OutputQuery = {
  readonly process: string
  readonly stream: OutputStream
  /** From this byte on, or so many lines before the end of what there is now. */
  readonly from: { readonly byte: number } | { readonly lastLines: number }
}

export type OutputPart = {
  /** Where the bytes stood in all that was written. Beyond what was asked for: what lies between is not kept. */
  readonly fromByte: number
  readonly base64: string
  /** All that was written so far. */
  readonly writtenBytes: number
  readonly isRunning: boolean
}

export type OutputAnswer =
  | { readonly kind: 'part'; readonly part: OutputPart }
  /** The node that has it does not give it. */
  | { readonly kind: 'away'; readonly why: string }

/** From agent to agent, over the authenticated connection; the core never sees them. */
export type OutputMessage =
  | { readonly kind: 'output-asked'; readonly askId: number; readonly query: OutputQuery }
  | { readonly kind: 'output-told'; readonly askId: number; readonly part: OutputPart }
  | { readonly kind: 'output-refused'; readonly askId: number; readonly why: string }
