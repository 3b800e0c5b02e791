// The ids of requests by hand: `INSTANT-WORDS`, the instant first, so that whoever remembers some can forget the oldest.
// Of a caller's idempotency key the words are the same on every agent, `INSTANT-key-MARK`, but the instant is that at
// which the request came to it: two of one key are one request.

const ofKey = /^\d{13}-(key-[\da-f]+)$/

/** The id of a request with an idempotency key. */
export function requestIdOfKey(atMs: number, mark: string): string {
  return `${String(atMs).padStart(13, '0')}-key-${mark}`
}

export function isSameRequest(left: string, right: string): boolean {
  if (left === right) return true
  const key = ofKey.exec(left)?.[1]
  return key !== undefined && key === ofKey.exec(right)?.[1]
}
