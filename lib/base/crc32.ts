// CRC-32 (IEEE 802.3, reflected) over a string whose characters are bytes: it finds every
// single flipped bit and every burst up to 32 bits in a line of a log.

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** Eight hexadecimal digits. */
export function crc32(bytes: string): string {
  let value = -1
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes.charCodeAt(i)) & 255]! ^ (value >>> 8)
  return ((value ^ -1) >>> 0).toString(16).padStart(8, '0')
}
