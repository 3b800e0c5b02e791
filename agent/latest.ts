// Wishes of one kind that overtake each other, such as a small file that is to be written: after the one under way only
// the latest is carried out.

/** Carries out the latest wish after the one under way; those between are forgotten. */
export function latest<Value>(
  carryOut: (value: Value) => Promise<void>,
  onFailed: (error: unknown) => void,
): (value: Value) => void {
  let next: { readonly value: Value } | undefined
  let isBusy = false
  const work = async () => {
    isBusy = true
    for (let wish = next; wish !== undefined; wish = next) {
      next = undefined
      await carryOut(wish.value).catch(onFailed)
    }
    isBusy = false
  }
  return (value) => {
    next = { value }
    if (!isBusy) void work()
  }
}
