// Where this agent can be reached, told anew when it changes: addresses change when an interface comes or goes, and no
// system tells that everywhere.

const lookEveryMs = 5000

/** Tells the addresses once at once, then whenever they are others. */
export async function watchAddresses(options: {
  readonly addresses: () => readonly string[]
  readonly onChanged: (addresses: readonly string[]) => Promise<void>
  readonly onFailed: (error: unknown) => void
}): Promise<{ close(): void }> {
  let told = ''
  const look = async () => {
    const addresses = options.addresses()
    if (addresses.join() === told) return
    told = addresses.join()
    await options.onChanged(addresses)
  }
  await look()
  const timer = setInterval(() => void look().catch(options.onFailed), lookEveryMs)
  return { close: () => clearInterval(timer) }
}
