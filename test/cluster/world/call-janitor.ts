// Calls the janitor of a network (janitor.ts), who stays until the test is over.
import { spawn } from 'node:child_process'
import path from 'node:path'

export type Janitor = {
  /** All is taken away now; rejects with what could not be. */
  readonly dismiss: () => Promise<void>
}

const program = path.join(import.meta.dirname, `janitor${path.extname(import.meta.filename)}`)

export async function callJanitor(id: string, directory: string): Promise<Janitor> {
  const child = spawn(process.execPath, [program, id, directory], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stdin.on('error', () => undefined)
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  const isReady = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true)))
  if ((await Promise.race([isReady, ended])) !== true)
    throw new Error(`Cannot call the janitor of network "${id}": ${errors}`)
  return {
    dismiss: async () => {
      child.stdin.end()
      const code = await ended
      if (code !== 0) throw new Error(`Cannot take network "${id}" away: ${errors}`)
    },
  }
}
