// Assertions stay on in production: what cannot happen stops the agent instead of
// being voted on. A refusal that can happen is a value, never an assertion.

export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed'
}

/** Throws AssertionFailed when the condition is false; the shell stops the agent and says why. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new AssertionFailed(`Assertion failed: ${what}`)
}

/** For the default branch of a switch over a union: the compiler proves it unreachable. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`Assertion failed: unexpected ${JSON.stringify(value)}`)
}
