// Descriptors that a process was born with and would pass on: whoever started the agent may have forgotten one,
// and those who outlive the agent would hold it open for ever.

import fs from 'node:fs'

/** Node.js marks its own as not to be inherited (the flag 02000000 on Linux), and only the first dozen of others. */
export function closeInherited(): void {
  if (!fs.existsSync('/proc/self/fdinfo')) return
  for (const name of fs.readdirSync('/proc/self/fd')) {
    // Reading the list took a descriptor too, which is closed by now.
    if (Number(name) <= 2 || !fs.existsSync(`/proc/self/fdinfo/${name}`)) continue
    const info = fs.readFileSync(`/proc/self/fdinfo/${name}`, 'latin1')
    const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '', 8)
    if ((flags & 0o2000000) === 0) fs.closeSync(Number(name))
  }
}
