// The audit log of this agent: `audit.jsonl`, to which lines are only ever appended, each on disk before whoever caused
// it gets an answer. Lines that come together are written together. An end that a crash tore off is cut at the start,
// since the next line would be glued to it; whether somebody cut more than that is for the peers to say, who remember
// how far the log went.

import { createReadStream } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { formatInstant } from '../../lib/schedule/calendar.ts'
import type { AuditEntry, AuditFilter, AuditHead, AuditRecord } from '../../lib/view/audit.ts'
import { chained, ChainReader, chainStart, parseRecord } from './audit-chain.ts'
import { storeLimits } from './limits.ts'
import { syncDirectory } from './synced-file.ts'

export type AuditLogOptions = {
  readonly file: string
  readonly nodeId: string
  readonly nowMs: () => number
}

export class AuditLog {
  readonly #options: AuditLogOptions
  readonly #handle: fs.FileHandle
  #head: AuditHead
  #lines: string[] = []
  #writing: Promise<void> | null = null

  private constructor(options: AuditLogOptions, handle: fs.FileHandle, head: AuditHead) {
    this.#options = options
    this.#handle = handle
    this.#head = head
  }

  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const handle = await fs.open(options.file, 'a+', 0o600)
    const head = await cutTornEnd(options.file, handle)
    await syncDirectory(path.dirname(options.file))
    return new AuditLog(options, handle, head)
  }

  get head(): AuditHead {
    return this.#head
  }

  /** Resolves when the line is on disk. */
  async append(entry: AuditEntry): Promise<void> {
    const { action, outcome, status, actor, role, category } = entry
    const { nodeId, nowMs } = this.#options
    const record = chained(
      {
        ts: formatInstant(nowMs()),
        node_id: nodeId,
        action,
        outcome,
        status,
        actor,
        role,
        tenant_id: category,
        reason: reasonOf(entry),
      },
      this.#head,
    )
    this.#head = { seq: record.seq, hash: record.hash }
    this.#lines.push(`${JSON.stringify(record)}\n`)
    this.#writing ??= this.#write()
    await this.#writing
  }

  /** The newest records that fit, the oldest of them first. */
  async read(filter: AuditFilter): Promise<readonly AuditRecord[]> {
    const found: AuditRecord[] = []
    for await (const line of linesOf(this.#options.file)) {
      const record = parseRecord(line)
      if (typeof record === 'string' || !fits(record, filter)) continue
      found.push(record)
      if (found.length > filter.limit * 2) found.splice(0, filter.limit)
    }
    return found.slice(-filter.limit)
  }

  /** What is wrong with the chain, or beside what peers remember of it; null when nothing is. */
  async verify(heads: readonly AuditHead[]): Promise<{ records: number; fault: string | null }> {
    await this.#writing
    const reader = new ChainReader()
    // What this process wrote it remembers itself.
    const remembered = new Map([...heads, this.#head].map(({ seq, hash }) => [seq, hash]))
    const until = this.#head.seq
    for await (const line of linesOf(this.#options.file)) {
      if (reader.head.seq >= until) break
      const taken = reader.take(line)
      if (typeof taken === 'string') return { records: reader.head.seq, fault: taken }
      const hash = remembered.get(taken.seq)
      if (hash !== undefined && hash !== taken.hash)
        return {
          records: reader.head.seq,
          fault: `TAMPERED: record seq=${taken.seq} is not the one that was written`,
        }
    }
    const records = reader.head.seq
    const newest = Math.max(...remembered.keys())
    const fault =
      newest > records
        ? `TAMPERED: the log ends at seq=${records}, and it had gone on to seq=${newest}`
        : null
    return { records, fault }
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => undefined)
    await this.#handle.close()
  }

  /** What was said while a write is under way goes with the next one, and waits for it. */
  async #write(): Promise<void> {
    // Whatever else this step says is written with it.
    await Promise.resolve()
    while (this.#lines.length > 0) {
      await this.#handle.appendFile(this.#lines.splice(0).join(''))
      await this.#handle.datasync()
    }
    this.#writing = null
  }
}

function fits(record: AuditRecord, { actor, action, outcome, category, fromMs, toMs }: AuditFilter): boolean {
  const atMs = Date.parse(record.ts)
  return (
    (actor === undefined || record.actor === actor) &&
    (action === undefined || record.action === action) &&
    (outcome === undefined || record.outcome === outcome) &&
    (category === undefined || record.tenant_id === category) &&
    (fromMs === undefined || atMs >= fromMs) &&
    (toMs === undefined || atMs <= toMs)
  )
}

function reasonOf({ from, what, text, before, after }: AuditEntry): string {
  const whole = JSON.stringify({ from, what, text, before, after })
  if (whole.length <= storeLimits.auditReasonCharacters) return whole
  const cut = `too long to be kept: ${whole.length} characters`
  return JSON.stringify({
    from: from.slice(0, 300),
    what: what.slice(0, 300),
    text: text.slice(0, 1000),
    before: cut,
    after: cut,
  })
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, { encoding: 'utf8' })
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line !== '') yield line
  } finally {
    input.destroy()
  }
}

/** The head of what is whole. A log that was tampered with goes on behind its last line: verify() says what is wrong. */
async function cutTornEnd(file: string, handle: fs.FileHandle): Promise<AuditHead> {
  let head = chainStart
  for await (const line of linesOf(file)) {
    const record = parseRecord(line)
    if (typeof record !== 'string') head = { seq: record.seq, hash: record.hash }
  }
  const { size } = await handle.stat()
  if (size === 0) return head
  const tail = Buffer.alloc(Math.min(size, storeLimits.auditReasonCharacters * 8))
  await handle.read(tail, 0, tail.length, size - tail.length)
  const wholeBytes = tail.lastIndexOf(10) + 1
  if (wholeBytes === tail.length) return head
  const last = tail.subarray(wholeBytes).toString('utf8')
  // Only the end of the line is missing, or a part of it is all that there is.
  if (typeof parseRecord(last) !== 'string') await handle.appendFile('\n')
  else await handle.truncate(size - tail.length + wholeBytes)
  await handle.datasync()
  return head
}
