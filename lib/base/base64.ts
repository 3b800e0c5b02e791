// Bytes as ASCII text, for messages and log lines (RFC 4648 section 4). The core knows
// no Buffer, and the engines that we support have no Uint8Array.toBase64 yet.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    parts.push(
      ALPHABET[triple >> 18]! +
        ALPHABET[(triple >> 12) & 63]! +
        (i + 1 < bytes.length ? ALPHABET[(triple >> 6) & 63]! : '=') +
        (i + 2 < bytes.length ? ALPHABET[triple & 63]! : '='),
    )
  }
  return parts.join('')
}

/** Null when the text is not base64. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let at = 0
  for (let i = 0; i < text.length; i += 4) {
    let triple = 0
    for (let j = 0; j < 4; j++) {
      const isPadding = i + j >= text.length - padding
      const value = isPadding ? 0 : (VALUES[text.charCodeAt(i + j)] ?? -1)
      if (value < 0) return null
      triple = (triple << 6) | value
    }
    bytes[at++] = triple >> 16
    if (at < bytes.length) bytes[at++] = (triple >> 8) & 255
    if (at < bytes.length) bytes[at++] = triple & 255
  }
  return bytes
}
