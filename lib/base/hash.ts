// A small, well-mixed, non-cryptographic hash that every node computes alike. It decides
// placement ranks, jitter and `H` fields, so its values may never change between versions.
// Source: cyrb53 (bryc, public domain), two 32-bit lanes of MurmurHash3-like mixing.

/** An integer from 0 to 2^53 - 1: exact in a number, and cheap next to 64-bit BigInts. */
export function hash53(text: string, seed = 0): number {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}

/** Twenty-eight hexadecimal digits naming a content; for revisions and change keys, not for secrets. */
export function contentHash(text: string): string {
  return hash53(text).toString(16).padStart(14, '0') + hash53(text, 0x9e3779b9).toString(16).padStart(14, '0')
}
