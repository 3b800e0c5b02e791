// A join token survives terminals and mail, and says what is wrong with it when it did not.

import { describe, expect, test } from 'vitest'
import { clusterId } from '../../../lib/base/ids.ts'
import { crc32 } from '../../../lib/base/crc32.ts'
import { createClusterKey, createIdentity, nodeIdOf } from '../../../agent/mesh/identity.ts'
import { decodeJoinToken, encodeJoinToken } from '../../../agent/mesh/join-token.ts'

const token = {
  clusterId: clusterId('c-1'),
  clusterKey: createClusterKey(),
  peers: [
    { nodeId: nodeIdOf(createIdentity()), addresses: ['/ip4/10.0.0.1/tcp/4001', '/dns/a.example/tcp/4001'] },
    { nodeId: nodeIdOf(createIdentity()), addresses: [] },
  ],
}
const text = encodeJoinToken(token)

function sealed(content: unknown): string {
  const body = `hkt1_${Buffer.from(JSON.stringify(content)).toString('base64url')}`
  return body + crc32(body)
}

describe('a join token', () => {
  test('is one printable word that comes back whole', () => {
    expect(text).toMatch(/^hkt1_[A-Za-z0-9_-]+$/)
    expect(decodeJoinToken(text)).toEqual(token)
  })

  test('may have been wrapped and indented on its way', () => {
    const wrapped = `  ${text.match(/.{1,40}/g)!.join('\n   ')}\n`
    expect(decodeJoinToken(wrapped)).toEqual(token)
  })

  test('with any one character changed, missing or doubled is refused', () => {
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      for (const middle of ['', other, text[at]! + text[at]!]) {
        expect(() => decodeJoinToken(text.slice(0, at) + middle + text.slice(at + 1))).toThrow(
          'Cannot use the join token',
        )
      }
    }
  })

  test.each([
    ['', 'it is empty'],
    ['hello', 'it does not begin with hkt1_'],
    [`hkt2_${text.slice(5)}`, 'it is of version 2, and this hocket knows version 1 only'],
    [text.slice(0, -1), 'it is damaged'],
    [text.slice(0, 30), 'it is damaged'],
    ['hkt1_', 'it is damaged'],
    [sealed([]), 'its content is not that of a join token'],
    [sealed({ cluster: 'c', key: 'AAAA', peers: [] }), 'its content is not that of a join token'],
    [
      sealed({ cluster: 'c', key: Buffer.alloc(32).toString('base64url'), peers: [['x']] }),
      'its content is not that',
    ],
  ])('%j is refused: %s', (damaged, why) => {
    expect(() => decodeJoinToken(damaged)).toThrow(why)
    expect(() => decodeJoinToken(damaged)).toThrow(
      'expected the whole string that "hocket join-token" printed',
    )
  })
})
