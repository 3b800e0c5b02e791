// The wrapper of a run, as a /bin/sh script: one process that waits for a run's directory,
// starts its command in a session of its own, outlives everyone, and writes down how it
// ended; then it waits for the next. (A worker that is used again costs a fork; a fresh
// shell or a fresh fork of Node.js costs several times as much.) The files it writes:
//
//     started   `started PID START WRAPPER-PID WRAPPER-START BOOT\n`, made only if missing: the gate
//     exit      blanks from the start, so that a full disk cannot refuse the record; in the end
//               what the shell said of the command (a signal's name), and `ended STATUS[ bash]\n`

/** The words before a command that give it a session and a process group of its own, under its own pid. */
export type SessionMaker = '/usr/bin/setsid' | '/bin/setsid' | '/usr/bin/perl'
export const sessionMakers: readonly SessionMaker[] = ['/usr/bin/setsid', '/bin/setsid', '/usr/bin/perl']

/**
 * The script, run as `sh -c SCRIPT hocket-worker RUNS-DIRECTORY PROC-DIRECTORY CGROUPS` (cgroups.ts) with an empty environment and
 * a socket at descriptor 3: names of run directories come in, `started …` and `ended` go out, a line each.
 *
 * A command runs in the foreground of its worker: what a shell starts with `&` ignores SIGINT for ever. Its own
 * variables are positional parameters before the request (request-text.ts) brings the environment, so that no
 * name in there can touch them. Everything that can fail comes before the gate; PIPE is ignored until the last
 * moment, because the launcher may be gone.
 *
 * The streams of a command are files that everybody may open who has them already, because it may do so by
 * /dev/stdout, as any user; their directory keeps others out.
 *
 * It is also the stopped shim of a leased run (S7): behind its gate, where a guard finds it, it looks at the uptime,
 * and last of all before the command it looks again. When it is too late it executes nothing and writes `late\n` to
 * the exit record. Two looks, because what it says in between is believed, and saying it may block.
 */
export function workerScript(sessionMaker: SessionMaker): string {
  const makeSession =
    sessionMaker === '/usr/bin/perl'
      ? `/usr/bin/perl -MPOSIX=setsid -e 'setsid(); exec { $ARGV[0] } @ARGV; die "$ARGV[0]: $!\\n"'`
      : sessionMaker
  return `trap '' HUP INT QUIT TERM PIPE
umask 022
exec <&3 >&3 3>&-
runs=$1 proc=$2 cgroups=\${3-}
identify() {
  if { read -r stat <"$proc/self/stat"; } 2>/dev/null; then
    pid=\${stat%% *}
    set -- \${stat##*') '}
    start=\${20}
  else
    pid=$(exec /bin/sh -c 'echo $PPID')
    set -- $(ps -o lstart= -p "$pid")
    start=$1_$2_$3_$4_$5
  fi
}
isLate() {
  [ -n "$2" ] || return 1
  { IFS=' ' read -r HOCKET_UPTIME HOCKET_IDLE <"$1"; } 2>/dev/null || return 0
  set -- "\${HOCKET_UPTIME%.*}\${HOCKET_UPTIME#*.}" "$2" "$3"
  unset HOCKET_UPTIME HOCKET_IDLE
  ! { [ "$1" -lt "$2" ] && [ "$1" -lt "$3" ]; } 2>/dev/null
}
account() {
  find_account "$1" </etc/passwd && return
  { entry=$(getent passwd "$1"); } 2>/dev/null && find_account "$1" <<END
$entry
END
}
find_account() {
  while IFS=: read -r name secret uid gid about home rest; do
    { [ "$name" = "$1" ] || [ "$uid" = "$1" ]; } && return
  done
  return 1
}
identify
own="$pid $start"
if [ -n "$cgroups" ] && mkdir -p "$cgroups/$pid-$start"; then
  echo 0 >"$cgroups/$pid-$start/cgroup.procs"
fi 2>/dev/null
{ read -r boot <"$proc/sys/kernel/random/boot_id"; } 2>/dev/null || boot=-
while read -r name; do
  run=$runs/$name
  if printf '%400s' '' >"$run/exit"; then
    {
      (
        umask 0
        exec 3>&1 4>>"$run/stdout" 5>>"$run/stderr"
        umask 022
        identify
        set -- "$run/started" "started $pid $start $own $boot" "$proc/uptime"
        . "$run/request"
        set -C
        printf '%s\\n' "$2" >"$1" || exit
        isLate "$3" "$4" "$5" && { echo late >&2; exit; }
        printf '%s\\n' "$2" >&3 2>/dev/null
        trap - HUP INT QUIT TERM PIPE
        isLate "$3" "$4" "$5" && { echo late >&2; exit; }
        shift 5
        exec ${makeSession} "$@" >&4 2>&5 3>&- 4>&- 5>&-
      )
      printf 'ended %s%s\\n' "$?" "\${BASH_VERSION:+ bash}" >&2
    } 2<>"$run/exit"
  fi
  echo ended
done
`
}
