// Agents must not outlive the test that started them, however it ends: interrupted, killed, or out of time. A shell waits
// beside it, in a session of its own. Told that all is over it goes; when it hears nothing more it ends every process
// whose words name the test's directory, and removes the directory.
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

const script = `
trap '' INT TERM HUP
read -r word && exit 0
for place in /proc/[0-9]*; do
  pid=\${place#/proc/}
  [ "$pid" -gt 1 ] && [ "$pid" != $$ ] || continue
  tr '\\0' ' ' <"$place/cmdline" | grep -qF -- "$directory/" && kill -KILL "$pid"
done 2>/dev/null
rm -rf -- "$directory"
`

/** Answers what is to be called when nothing of it is left. */
export function guardHome(directory: string): () => void {
  // Not among its words, or it would be one of those that it ends.
  const shell = spawn('/bin/sh', ['-c', script], {
    cwd: '/',
    env: { PATH: process.env['PATH'], directory },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.on('error', () => undefined).unref()
  const { stdin } = shell
  stdin.on('error', () => undefined)
  if (stdin instanceof Socket) stdin.unref()
  return () => void stdin.end('over\n')
}
