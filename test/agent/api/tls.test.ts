// Beyond loopback nothing is said without TLS, and nothing but health without a token; tried on a real address, in a
// network of its own that ends with the test.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })

const address = '192.0.2.1'
const network = ['--net', '--user', '--map-root-user', 'sh', '-c']
const up = `ip link set lo up && ip addr add ${address}/32 dev lo`
const isPossible =
  process.platform === 'linux' &&
  spawnSync('unshare', [...network, up]).status === 0 &&
  spawnSync('openssl', ['version']).status === 0
if (!isPossible)
  console.log('There is no unshare, ip or openssl that this user may use: TLS beyond loopback is not tried.')

let directory: string

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-tls-'))
})

afterAll(() => fs.rmSync(directory, { recursive: true }))

test.skipIf(!isPossible)('an agent beyond loopback speaks TLS, and wants a token for all but health', () => {
  const cert = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=alpha -addext subjectAltName=IP:${address}`
  const files = ['-keyout', path.join(directory, 'key.pem'), '-out', path.join(directory, 'cert.pem')]
  execFileSync('openssl', [...cert.split(' '), ...files], { stdio: 'pipe' })
  const child = path.join(import.meta.dirname, 'tls-child.ts')
  const script = `${up} && exec "$@"`
  const words = [process.execPath, '--no-warnings', child, directory, address]
  const { stdout, stderr } = spawnSync('unshare', [...network, script, 'sh', ...words], { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  expect(JSON.parse(stdout)).toEqual({
    refused: expect.stringMatching(/^Cannot listen for HTTP on .* without TLS .*--tls-cert/) as string,
    address: expect.stringMatching(/^https:\/\/192\.0\.2\.1:\d+$/) as string,
    health: 200,
    status: 401,
    metrics: 401,
    known: 200,
    wrong: 401,
    untrusted: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    plain: expect.stringMatching(/^(ECONNRESET|HPE_INVALID_CONSTANT)$/) as string,
  })
})
