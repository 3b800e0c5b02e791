// Bytes as ASCII text, for messages and log lines (RFC 4648 section 4). The core knows
// no Buffer, and the engines that we support have no Uint8Array.toBase64 yet.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i
/** Two characters for each twelve bits. */
const PAIRS = Array.from(
  { length: 4096 },
  (_, bits) => ALPHABET.charAt(bits >> 6) + ALPHABET.charAt(bits & 63),
)

export function toBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3)
  let text = ''
  for (let i = 0; i < whole; i += 3) {
    const triple = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    text += PAIRS[triple >> 12]! + PAIRS[triple & 4095]!
  }
  if (bytes.length === whole + 1) text += `${PAIRS[bytes[whole]! << 4]}==`
  if (bytes.length === whole + 2)
    text += `${PAIRS[(bytes[whole]! << 4) | (bytes[whole + 1]! >> 4)]}${ALPHABET[(bytes[whole + 1]! & 15) << 2]}=`
  return text
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
