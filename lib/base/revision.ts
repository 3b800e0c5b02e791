// The name of one edit of a definition, `counter:author:hash`. Revisions are totally
// ordered, so that two nodes that edit at once agree on the winner without talking.

/** Negative, zero or positive: by counter, then author, then hash. The empty text is before all. */
export function compareRevisions(left: string, right: string): number {
  if (left === right) return 0
  const byCounter = revisionCounter(left) - revisionCounter(right)
  if (byCounter !== 0) return byCounter
  return left < right ? -1 : 1
}

/** As people name it: `7 (1cad0a5a)`; its author is said elsewhere. */
export function revisionText(revision: string): string {
  const [counter = '', , hash = ''] = revision.split(':')
  return hash === '' ? revision : `${counter} (${hash.slice(0, 8)})`
}

export function revisionCounter(revision: string): number {
  return revision === '' ? 0 : Number.parseInt(revision, 10)
}
