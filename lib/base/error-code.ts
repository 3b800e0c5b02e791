// What kind of error the system gave, for those parts that act on it instead of only
// showing it.

/** The system's name of an error, such as `ENOENT`; empty for what is no error of the system. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}
