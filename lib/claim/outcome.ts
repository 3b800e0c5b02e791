// How a run ended, as the register and the ledger say it. Written once; a late report adds
// to `lost`, and replaces nothing.

export type Outcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly why: string }
  /** It started, and nobody can say how it ended. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** A person or the next run ended it, or it was given up before it began. */
  | { readonly kind: 'cancelled'; readonly why: string }
  /** Its node's session is certified dead. */
  | { readonly kind: 'lost' }
