#!/usr/bin/env node
// The command `hocket`: hands its words to the agent's program by way of the boot script, which looks at the
// version of Node.js before anything that an old one could not read is loaded.
process.argv.splice(2, 0, 'dist/agent/main.js')
void import('./boot.js')
