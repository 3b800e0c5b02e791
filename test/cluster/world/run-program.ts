// Runs a program of the system and answers what it said; what fails says why, with all its words.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

export async function runProgram(words: readonly string[], input = ''): Promise<string> {
  const [program = '', ...rest] = words
  return new Promise((resolve, reject) => {
    const child = execFile(program, rest, (error, out, err) => {
      if (error === null) resolve(out)
      else reject(new Error(`Cannot run "${words.join(' ')}": ${err.trim() || error.message}`))
    })
    child.stdin?.on('error', () => undefined).end(input)
  })
}

/** For what must not be left half done when the process ends. */
export function runProgramNow(words: readonly string[]): string {
  const [program = '', ...rest] = words
  return execFileSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(path.join(folder, program)))
}
