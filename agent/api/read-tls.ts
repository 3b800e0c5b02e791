// The certificate of the API and its key, from the files that the settings name; what is wrong with them is one clear
// line before anything listens.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import fs from 'node:fs/promises'
import type { Protection } from './listen-address.ts'

export async function readTls(
  files: { readonly certificateFile: string; readonly keyFile: string } | null,
): Promise<Protection['tls']> {
  if (files === null) return null
  const certificate = await read(files.certificateFile, 'certificate')
  const key = await read(files.keyFile, 'key')
  const refuse = (what: string, file: string, why: string) =>
    new Error(
      `Cannot use TLS ${what} "${file}": ${why}, expected a PEM file with a certificate and one with its key`,
    )
  let parsed: X509Certificate
  try {
    parsed = new X509Certificate(certificate)
  } catch {
    throw refuse('certificate', files.certificateFile, 'it holds none that can be read')
  }
  try {
    if (!parsed.checkPrivateKey(createPrivateKey(key)))
      throw refuse('key', files.keyFile, 'it is the key of another certificate')
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Cannot ')) throw error
    throw refuse('key', files.keyFile, 'it holds none that can be read without a password')
  }
  return { certificate, key }
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await fs.readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(
      `Cannot read TLS ${what} "${file}": ${why}, expected a file that the agent's user may read`,
      {
        cause: error,
      },
    )
  }
}
