// The names of logs and runs as names of files, and back. A name may hold anything that a
// category or a job's name may hold; a file name here holds only lower-case letters, digits
// and `_ - ~ = %`, so that it means one thing on every file system, also where upper and
// lower case or two spellings of an accent are the same file.
//
//     a-z 0-9 _ -   as they are      /   ~      A-Z   = and the lower-case letter
//     all others    % and the four hexadecimal digits of each UTF-16 unit

/** A file name (without an ending) for a name; different names have different file names. */
export function escapeFileName(name: string): string {
  return name.replace(/[^a-z0-9_-]/g, (unit) => {
    if (unit === '/') return '~'
    if (unit >= 'A' && unit <= 'Z') return `=${unit.toLowerCase()}`
    return `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** The name that escapeFileName was given, or null for a file name that it cannot have made. */
export function unescapeFileName(fileName: string): string | null {
  const name = fileName.replace(/~|=[a-z]|%[0-9a-f]{4}/g, (part) => {
    if (part === '~') return '/'
    return part.startsWith('=')
      ? part.charAt(1).toUpperCase()
      : String.fromCharCode(Number.parseInt(part.slice(1), 16))
  })
  return escapeFileName(name) === fileName ? name : null
}
