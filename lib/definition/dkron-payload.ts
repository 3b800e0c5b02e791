// Dkron's `payload`: a command's standard input as base64 of any bytes. Ours is text, so only plain
// text is taken over.

import { fromBase64 } from '../base/base64.ts'

/** null when the bytes are no plain text. */
export function dkronPayload(payload: string): string | null {
  const bytes = fromBase64(payload)
  if (bytes === null || bytes.some((byte) => byte > 126 || (byte < 32 && byte !== 9 && byte !== 10)))
    return null
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
