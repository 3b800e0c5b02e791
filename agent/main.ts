// The entry of the process: hands the words of the command line to the command that they name, and ends with its exit
// code when all that it said is written.

import { agentCommand } from './cli/agent-command.ts'
import { commands } from './cli/commands.ts'
import { runCommandLine } from './cli/run-command.ts'
import { processTerminal } from './cli/terminal.ts'

const words = process.argv.slice(2)
// A reader that went away or a log on a full disk must not end an agent; whatever else is read by nobody any more
// (`hocket logs -f RUN | head`) is over.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' && words[0] !== agentCommand.words) process.exit(0)
  })

const exitCode = await runCommandLine(words, commands, processTerminal())
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write('', resolve))
// Libraries of the mesh leave timers behind for up to a second.
process.exit(exitCode)
