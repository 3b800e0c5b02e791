// What a test did to its cluster, and from when to when: the only source of excuses. A fault begins before it is made and
// ends after it was undone, so that no moment of it is missing.
import type { Fault } from '../judge/history.ts'

type WithoutTimes<Each> = Each extends Each ? Omit<Each, 'fromMs' | 'toMs'> : never
export type FaultKind = WithoutTimes<Fault>

export class FaultLog {
  readonly #faults: { readonly what: FaultKind; readonly fromMs: number; toMs: number }[] = []
  readonly #onChange: (text: string) => void

  constructor(onChange: (text: string) => void) {
    this.#onChange = onChange
  }

  begin(...all: readonly FaultKind[]): void {
    const fresh = all.filter((what) => this.#lasting(what) === undefined)
    for (const what of fresh) this.#faults.push({ what, fromMs: Date.now(), toMs: Infinity })
    if (fresh.length > 0) this.#onChange(`begins: ${textOf(fresh)}`)
  }

  end(...all: readonly FaultKind[]): void {
    const lasting = all.flatMap((what) => this.#lasting(what) ?? [])
    for (const fault of lasting) fault.toMs = Date.now()
    if (lasting.length > 0) this.#onChange(`ends: ${textOf(lasting.map(({ what }) => what))}`)
  }

  /** Something that was noticed afterwards; it goes on from what was noticed just before. */
  happened(what: FaultKind, fromMs: number, toMs: number): void {
    const key = keyOf(what)
    const last = this.#faults.findLast((fault) => fault.toMs >= fromMs && keyOf(fault.what) === key)
    if (last === undefined) this.#faults.push({ what, fromMs, toMs })
    else last.toMs = toMs
  }

  /** What is no fault, and belongs to the story. */
  note(text: string): void {
    this.#onChange(text)
  }

  /**
   * When the last fault that was made ended; Infinity while one lasts, 0 when there was none. That a host is down which
   * is not to be there any more lasts for good.
   */
  overMs(dismissed: ReadonlySet<string>): number {
    const made = this.#faults.filter(({ what }) => what.kind !== 'starved')
    return Math.max(
      0,
      ...made.map(({ what, fromMs, toMs }) =>
        toMs === Infinity && what.kind === 'down' && dismissed.has(what.host) ? fromMs : toMs,
      ),
    )
  }

  all(): Fault[] {
    return this.#faults.map(({ what, fromMs, toMs }) => ({ ...what, fromMs, toMs }))
  }

  #lasting(what: FaultKind) {
    const key = keyOf(what)
    return this.#faults.find((fault) => fault.toMs === Infinity && keyOf(fault.what) === key)
  }
}

function textOf(all: readonly FaultKind[]): string {
  const links = all.flatMap((what) => (what.kind === 'lost-link' ? [`${what.from}>${what.to}`] : []))
  const others = all.flatMap((what) => (what.kind === 'lost-link' ? [] : [keyOf(what)]))
  return [...others, ...(links.length > 0 ? [`nothing on ${links.join(' ')}`] : [])].join(', ')
}

function keyOf(what: FaultKind): string {
  return what.kind === 'lost-link' ? `${what.from}>${what.to}` : `${what.host} ${what.kind}`
}
