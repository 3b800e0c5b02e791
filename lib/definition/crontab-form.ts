// Two judgements on a crontab's text: whether it is one of the system, with a user before each
// command, and what an entry without a name is called.

/** Accounts that no program is called after. */
const accounts = new Set([
  'root',
  'nobody',
  'daemon',
  'www-data',
  'postgres',
  'mysql',
  'apache',
  'nginx',
  'httpd',
  'redis',
  'ubuntu',
  'debian',
  'ec2-user',
  'munin',
  'smmsp',
  'amavis',
  'logcheck',
])

/**
 * A crontab of the system has Debian's header that names a user column, a line `# hocket: system`, or a sixth
 * word that can only be an account.
 */
export function isSystemCrontab(lines: readonly string[]): boolean {
  return lines.some((line) => {
    if (line.startsWith('#'))
      return (
        /^#\s*hocket:\s*system\s*$/.test(line) ||
        /^#.*\bdow\s+user(-name)?\b/.test(line) ||
        /^#.*\buser-name\b/.test(line)
      )
    const words = line.split(/\s+/)
    const user = words[line.startsWith('@') ? 1 : 5]
    const hasCommand = words.length > (line.startsWith('@') ? 2 : 6)
    return hasCommand && user !== undefined && /^[@\d*]/.test(line) && accounts.has(user.replace(/:.*$/, ''))
  })
}

/** `/usr/bin/php -q /srv/app/cron.php --all` is `php-cron-php`. */
export function crontabSlug(command: string): string {
  const words = command
    .split(/\s+/)
    .filter((word) => !/^[-|&;><(){}[\]!]|^\w+=/.test(word))
    .map((word) =>
      word
        .replace(/[;&|]+$/, '')
        .replace(/\/+$/, '')
        .replace(/^.*\//, ''),
    )
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const slug = words
    .slice(0, 2)
    .join('-')
    .replace(/[^\p{L}\p{N}_]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return slug === '' ? 'entry' : slug
}
