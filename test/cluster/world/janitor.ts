// `janitor.ts ID DIRECTORY`: a process of its own that outlives the test that started it, and then takes the test's network
// and directory away. The end of its input is the end of the test, however that came: it closed its world, was
// interrupted, or killed. An interrupt from the keyboard is not for the janitor.
import { readFileSync, rmSync } from 'node:fs'
import { lockNetwork, removeNetwork } from './remove-network.ts'
import { runProgram } from './run-program.ts'

const [id = '', directory = '/nowhere'] = process.argv.slice(2)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const lock = await lockNetwork(id)
if (lock === null) throw new Error(`Cannot make network "${id}": it exists, expected a new one`)
const isOver = new Promise((resolve) => process.stdin.on('end', resolve).on('error', resolve).resume())
// Nobody reads what is said to a test that is gone.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
process.stdout.write('ready\n')
await isOver
await removeNetwork(id, lock)
for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
  const [, place = ''] = line.split(' ')
  if (place.startsWith(`${directory}/`)) await runProgram(['umount', place])
}
rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
