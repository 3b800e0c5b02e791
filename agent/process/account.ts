// Whose rights the agent has, and how it gets those of another for a command: by a program that takes over all of an
// account's groups and executes what follows in its place.

import fs from 'node:fs'
import os from 'node:os'

/** Whom the agent runs as, and the shell words before a command that make it another: see worker-script.ts. */
export type Account = { readonly name: string; readonly home: string; readonly become: string | null }

const perlScript = [
  '($n, $u, $g) = splice(@ARGV, 0, 3)',
  'while (@e = getgrent) { push @s, $e[2] if grep { $_ eq $n } split(/ /, $e[3]) }',
  '$) = "$g $g @s"',
  'die "$!\\n" if $) + 0 != $g || !POSIX::setgid($g) || !POSIX::setuid($u)',
  'exec { $ARGV[0] } @ARGV',
  'die "$!\\n"',
].join('; ')

const becomers = [
  ['/usr/bin/setpriv', '/usr/bin/setpriv --reuid "$uid" --regid "$gid" --init-groups --'],
  ['/bin/setpriv', '/bin/setpriv --reuid "$uid" --regid "$gid" --init-groups --'],
  ['/usr/bin/perl', `/usr/bin/perl -MPOSIX -e '${perlScript}' "$name" "$uid" "$gid"`],
] as const

/** A container may run under a number that no account has. */
export function ownAccount(): Account {
  const become = becomers.find(([program]) => fs.existsSync(program))?.[1] ?? null
  try {
    const { username, homedir } = os.userInfo()
    return { name: username, home: homedir, become }
  } catch {
    return { name: String(process.getuid?.() ?? 'nobody'), home: '/', become }
  }
}
