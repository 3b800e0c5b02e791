// The secrets of this node: `secrets.json` in the data directory, for this user alone. Definitions name them, and what
// runs here gets their values; nobody can ask for one again. Values that a secret had before are kept for a while, since
// they may still stand in what commands wrote, and must not be shown there either.

import type { DataDirectory } from './data-directory.ts'
import { storeLimits } from './limits.ts'

type Kept = { readonly value: string; readonly changedAtMs: number; readonly former: readonly string[] }

/** A secret, and when it was set. */
export type SecretName = { readonly name: string; readonly changedAtMs: number }

const fileName = 'secrets.json'

export class SecretStore {
  readonly #directory: Pick<DataDirectory, 'writeFileSynced'>
  readonly #kept: Map<string, Kept>
  #values: readonly string[] | null = null

  private constructor(directory: Pick<DataDirectory, 'writeFileSynced'>, kept: ReadonlyMap<string, Kept>) {
    this.#directory = directory
    this.#kept = new Map(kept)
  }

  /** Throws one clear line for a file that it cannot understand: what runs would lack what it needs. */
  static async open(directory: DataDirectory): Promise<SecretStore> {
    const bytes = await directory.readFile(fileName)
    const text = bytes === null ? '{}' : Buffer.from(bytes).toString('utf8')
    try {
      return new SecretStore(directory, new Map(Object.entries(JSON.parse(text) as Record<string, Kept>)))
    } catch {
      throw new Error(
        `Cannot read "${fileName}" of data directory "${directory.path}": it is no JSON, expected what hocket secret set wrote (remove the file, and set the secrets again)`,
      )
    }
  }

  valueOf(name: string): string | undefined {
    return this.#kept.get(name)?.value
  }

  /** All that must not be seen, the values of before among them. */
  values(): readonly string[] {
    this.#values ??= [...this.#kept.values()].flatMap(({ value, former }) => [value, ...former])
    return this.#values
  }

  names(): readonly SecretName[] {
    return [...this.#kept]
      .map(([name, { changedAtMs }]) => ({ name, changedAtMs }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1))
  }

  /** False when there are too many. Resolves when it is on disk. */
  async set(name: string, value: string, atMs: number): Promise<boolean> {
    const before = this.#kept.get(name)
    if (before === undefined && this.#kept.size >= storeLimits.secrets) return false
    const former = before === undefined || before.value === value ? [] : [before.value]
    const kept = [...former, ...(before?.former ?? [])].filter((one) => one !== value)
    this.#kept.set(name, { value, changedAtMs: atMs, former: kept.slice(0, storeLimits.formerSecrets) })
    await this.#write()
    return true
  }

  /** False when there was none. */
  async remove(name: string): Promise<boolean> {
    if (!this.#kept.delete(name)) return false
    await this.#write()
    return true
  }

  async #write(): Promise<void> {
    this.#values = null
    await this.#directory.writeFileSynced(fileName, `${JSON.stringify(Object.fromEntries(this.#kept))}\n`)
  }
}
