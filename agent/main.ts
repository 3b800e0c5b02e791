// The entry of the process: hands the words of the command line to the command that they name, and ends with its exit
// code when all that it said is written.

import { commands } from './cli/commands.ts'
import { runCommandLine } from './cli/run-command.ts'
import { processTerminal } from './cli/terminal.ts'

// A reader that went away (`hocket runs | head`) or a log on a full disk must not end an agent.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const exitCode = await runCommandLine(process.argv.slice(2), commands, processTerminal())
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write('', resolve))
// Libraries of the mesh leave timers behind for up to a second.
process.exit(exitCode)
