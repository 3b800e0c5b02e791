// A witness's half of sessions: who was heard of lately, and who is certified dead.
// A session is refused for ever once this witness said that it expired (the kill mark, S3),
// and a boot number or boot id that contradicts what was seen is a clone or a rollback (W1).
//
// A node uses its sessions one after the other and never goes back, so one kill mark per
// node blocks that session and all before it: the memory does not grow. An older session is
// expired all the same only when its own time is over: a node that restarted has a new one,
// and what its old process had started is guarded until the old one would have ended (S5).

import { sessionParts, type BootId, type NodeId, type SessionId, type StorageId } from '../base/ids.ts'
import { sessionLimits, type ClaimSettings } from '../base/limits.ts'

/** What must survive a restart, per node. */
export type NodeMark = {
  readonly bootNo: number
  readonly bootId: BootId
  /**
   * The newest session that is certified dead here. One that was carried over from the epoch before blocks renewals
   * at once, but was perhaps one witness's word only: it is evidence after a time to live since the install (C3).
   */
  readonly killed: { readonly bootNo: number; readonly k: number; readonly isCarried: boolean } | null
  readonly reached: Reached | null
}

/** How far the votes of a node's storage went when last noted: an image that goes less far is older (W4). */
type Reached = {
  readonly storageId: StorageId
  readonly position: number
  /** The boot that said so: a question of that same boot may have been asked before, and arrive after. */
  readonly bootId: BootId
  /** How far they went by the word of boots before it. */
  readonly beforePosition: number
}

/** Of witnesses of before, or of this one before its start. */
type Promised = { readonly nowMs: number; readonly promisedMs: number }
type Killed = NonNullable<NodeMark['killed']>
const NO_MARK: NodeMark = { bootNo: 0, bootId: '' as BootId, killed: null, reached: null }

export class SessionWitness {
  readonly #settings: ClaimSettings
  readonly #marks = new Map<NodeId, NodeMark>()
  readonly #unsaved = new Map<NodeId, NodeMark>()
  /** When each session was last heard of: the newest of a node, and those before it while their time lasts. */
  readonly #heardAtMs = new Map<NodeId, Map<SessionId, number>>()
  readonly #newest = new Map<NodeId, SessionId>()
  /** The boot of each node whose memory was found to be whole. */
  readonly #sound = new Map<NodeId, BootId>()
  readonly #reached = new Map<NodeId, Reached & { readonly savedAtMs: number; readonly isSaved: boolean }>()
  #graceStartMs: number
  /** The longest time to live that sessions of before may have been promised, and since when no longer one is. */
  #promised: Promised

  /** What an earlier start promised, under other settings, is kept. */
  constructor(settings: ClaimSettings, promised: Promised) {
    this.#settings = settings
    this.#promised = promised
    this.#graceStartMs = this.#graceFrom(promised.nowMs)
  }

  /** The longest time to live that a session may count on here. */
  get promisedMs(): number {
    return Math.max(this.#promised.promisedMs, this.#settings.sessionTtlMs)
  }

  restore(node: NodeId, mark: NodeMark): void {
    this.#marks.set(node, mark)
  }

  /** This witness was away (restart, pause of its own loop): silence before now proves nothing. */
  beginGrace(nowMs: number): void {
    this.#graceStartMs = this.#graceFrom(nowMs)
  }

  /** W1: false for a boot that is older than one seen, or another boot under a number already seen. */
  admit(node: NodeId, boot: { readonly bootNo: number; readonly bootId: BootId }): boolean {
    const mark = this.#marks.get(node)
    if (mark !== undefined) {
      if (boot.bootNo < mark.bootNo) return false
      if (boot.bootNo === mark.bootNo) return boot.bootId === mark.bootId
    }
    this.#mark(node, { ...NO_MARK, ...mark, bootNo: boot.bootNo, bootId: boot.bootId })
    return true
  }

  /**
   * W4: how far a witness's votes go, from its digests and its votes. Noted durably from time to time, since an image
   * is younger than that only for moments.
   */
  noteReached(
    node: NodeId,
    { storageId, position, bootId }: Omit<Reached, 'beforePosition'>,
    nowMs: number,
  ): void {
    const known = this.#reached.get(node)
    const before = known ?? this.#marks.get(node)?.reached
    const ofSame = before?.storageId === storageId ? before : null
    if (ofSame === null || ofSame.position < position) {
      const beforePosition =
        ofSame === null ? 0 : ofSame.bootId === bootId ? ofSame.beforePosition : ofSame.position
      const savedAtMs = known?.savedAtMs ?? -Infinity
      this.#reached.set(node, { storageId, position, bootId, beforePosition, savedAtMs, isSaved: false })
    }
    this.#saveReached(node, nowMs)
  }

  #saveReached(node: NodeId, nowMs: number): void {
    const noted = this.#reached.get(node)
    const mark = this.#marks.get(node)
    if (noted === undefined || mark === undefined || noted.isSaved) return
    const { savedAtMs, isSaved: _isSaved, ...reached } = noted
    if (nowMs - savedAtMs < sessionLimits.reachedSavedEveryMs) return
    this.#reached.set(node, { ...reached, savedAtMs: nowMs, isSaved: true })
    this.#mark(node, { ...mark, reached })
  }

  /** W4: whether this storage's votes went further than it says: its disk was rolled back. */
  isRolledBack(
    node: NodeId,
    asked: { readonly storageId: StorageId; readonly position: number; readonly bootId: BootId },
  ): boolean {
    // A question of a boot that was found sound may arrive twice, or late: its votes went on since.
    if (this.#sound.get(node) === asked.bootId) return false
    const known = this.#reached.get(node) ?? this.#marks.get(node)?.reached
    const isOlder =
      known?.storageId === asked.storageId &&
      asked.position < (known.bootId === asked.bootId ? known.beforePosition : known.position)
    if (!isOlder) this.#sound.set(node, asked.bootId)
    return isOlder
  }

  /** S2: false when the session carries a kill mark. */
  renew(session: SessionId, nowMs: number): boolean {
    if (nowMs - this.#promised.nowMs > this.promisedMs) this.#promised = { nowMs, promisedMs: 0 }
    if (this.#isKilled(session)) return false
    const { nodeId } = sessionParts(session)
    const heard = this.#heardAtMs.get(nodeId) ?? new Map<SessionId, number>()
    if (!heard.has(session))
      for (const older of heard.keys()) if (this.isSilent(older, nowMs)) heard.delete(older)
    this.#heardAtMs.set(nodeId, heard.set(session, nowMs))
    const newest = this.#newest.get(nodeId)
    if (newest === undefined || isLater(session, newest)) this.#newest.set(nodeId, session)
    return true
  }

  /** S3: true is for ever, and durable before it is said. */
  isExpired(session: SessionId, nowMs: number): boolean {
    const { nodeId, bootNo, k } = sessionParts(session)
    const mark = this.#marks.get(nodeId)
    const killed = mark?.killed ?? null
    if (killed?.bootNo === bootNo && killed.k === k && !killed.isCarried) return true
    if (!this.isSilent(session, nowMs)) return false
    const latest = laterOf(killed, { bootNo, k, isCarried: false })
    this.#mark(nodeId, { ...NO_MARK, ...mark, killed: latest })
    return true
  }

  /** C2: what is certified dead here, for the next epoch's witnesses. */
  killedSessions(): { readonly node: NodeId; readonly bootNo: number; readonly k: number }[] {
    return [...this.#marks].flatMap(([node, { killed }]) =>
      killed === null ? [] : [{ node, bootNo: killed.bootNo, k: killed.k }],
    )
  }

  /** C3: marks of the epoch before, of any of its witnesses; all silence begins anew. */
  carry(
    killed: Iterable<{ readonly node: NodeId; readonly bootNo: number; readonly k: number }>,
    promised: Promised,
  ): void {
    const promisedMs = Math.max(promised.promisedMs, this.promisedMs)
    this.#promised = { ...promised, promisedMs }
    this.beginGrace(promised.nowMs)
    this.#heardAtMs.clear()
    this.#newest.clear()
    for (const [node, mark] of this.#marks)
      if (mark.killed !== null) this.#mark(node, { ...mark, killed: { ...mark.killed, isCarried: true } })
    for (const { node, bootNo, k } of killed) {
      const mark = this.#marks.get(node)
      const latest = laterOf(mark?.killed ?? null, { bootNo, k, isCarried: true })
      this.#mark(node, { ...NO_MARK, ...mark, killed: latest })
    }
  }

  /** Silent for longer than its time to live, as far as this witness can know; marks nothing. */
  isSilent(session: SessionId, nowMs: number): boolean {
    const { nodeId } = sessionParts(session)
    const heardAtMs = this.#heardAtMs.get(nodeId)?.get(session) ?? -Infinity
    return nowMs - Math.max(heardAtMs, this.#graceStartMs) > this.#settings.sessionTtlMs
  }

  /** How long ago the node's newest session was renewed here; null when it never was since this start. */
  silenceMs(node: NodeId, nowMs: number): number | null {
    const newest = this.#newest.get(node)
    const heardAtMs = newest === undefined ? undefined : this.#heardAtMs.get(node)?.get(newest)
    return heardAtMs === undefined ? null : nowMs - heardAtMs
  }

  /** Whether it missed so many renewals that its session is about to end. */
  isQuiet(node: NodeId, nowMs: number): boolean {
    return (this.silenceMs(node, nowMs) ?? 0) > this.#settings.sessionTtlMs * 0.75
  }

  newestOf(node: NodeId): SessionId | undefined {
    return this.#newest.get(node)
  }

  /** What must be on disk before any answer leaves. */
  takeUnsaved(): [NodeId, NodeMark][] {
    const unsaved = [...this.#unsaved]
    this.#unsaved.clear()
    return unsaved
  }

  /** Such that a time to live from then on ends no earlier than what was promised. */
  #graceFrom(nowMs: number): number {
    return nowMs + this.promisedMs - this.#settings.sessionTtlMs
  }

  #isKilled(session: SessionId): boolean {
    const { nodeId, bootNo, k } = sessionParts(session)
    const killed = this.#marks.get(nodeId)?.killed
    if (!killed) return false
    return bootNo < killed.bootNo || (bootNo === killed.bootNo && k <= killed.k)
  }

  #mark(node: NodeId, mark: NodeMark): void {
    this.#marks.set(node, mark)
    this.#unsaved.set(node, mark)
  }
}

/** Of two sessions of one node: whether the first began after the second. */
export function isLater(session: SessionId, than: SessionId): boolean {
  const left = sessionParts(session)
  const right = sessionParts(than)
  return left.bootNo === right.bootNo ? left.k > right.k : left.bootNo > right.bootNo
}

function laterOf(known: Killed | null, added: Killed): Killed {
  if (known === null) return added
  if (known.bootNo !== added.bootNo) return known.bootNo > added.bootNo ? known : added
  // Of the same session one's own certificate counts more than a carried word.
  return known.k > added.k || (known.k === added.k && !known.isCarried) ? known : added
}
