import { expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../../../lib/base/base64.ts'

const someBytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 151 + (i >> 3)) & 255)

test.each([0, 1, 2, 3, 4, 5, 3071, 3072, 3073, 3074, 3075, 10_000])(
  '%i bytes become the text that everybody makes of them, and come back',
  (length) => {
    const bytes = someBytes(length)
    const text = toBase64(bytes)
    expect(text).toBe(Buffer.from(bytes).toString('base64'))
    expect(fromBase64(text)).toEqual(bytes)
  },
)

test.each(['A', 'AAA', 'A===', '====', 'AA=A', 'A=AA', 'AAA=AAAA', 'AA-A', 'AAA\u00e9', 'AAA\u2603'])(
  'the text %j is none of bytes',
  (text) => {
    expect(fromBase64(text)).toBeNull()
  },
)
