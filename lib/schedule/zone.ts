// A time zone as a table of stretches of constant offset, read once from the host's zone data (Intl) by
// samples and bisection, then kept. The search for slots walks these stretches and never asks Intl again.
// A stretch also says how far the wall clock had already come before it began: from that follow the gaps
// (times that do not exist) and the overlaps (times that exist twice), whatever their length.

import { assert } from '../base/assert.ts'
import { scheduleLimits } from '../base/limits.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './calendar.ts'

export type Stretch = {
  readonly startMs: number
  /** Exclusive. */
  readonly endMs: number
  /** Wall clock minus UTC. */
  readonly offsetMs: number
  /** The wall clock's furthest reading before this stretch; more than the start's reading = overlap, less = gap. */
  readonly seenLocalMs: number
}

export type Zone = {
  readonly name: string
  /** The stretches of one block of time, by block number. */
  readonly blocks: Map<number, readonly Stretch[]>
  readonly offsetAt: (instantMs: number) => number
  readonly fixedOffsetMs: number | null
}

/** No zone was ever further from UTC than 15 h 57 min (Manila before 1844); 16 h bounds every search. */
export const OFFSET_MAX_MS = 16 * HOUR_MS
/** About thirteen months: most questions concern the coming weeks, and one block costs about 400 samples. */
const BLOCK_MS = 398 * DAY_MS
/** A change that brings the wall clock back by more than this is not known; the furthest was 24 h (Kwajalein, 1969). */
const LOOK_BACK_MS = 3 * DAY_MS
/** The two nearest changes since 1970 are a week apart (Brazil, 2000), so samples this near see each of them. */
const SAMPLE_MS = 3 * DAY_MS

/** Intl knows 275,000 years to either side of the epoch, and throws beyond them. */
const DATE_MAX_MS = 100_000_000 * DAY_MS

const zones = new Map<string, Zone>()

/** The zone of an IANA name or of a fixed offset (`+05:30`); null when the host does not know the name. */
export function findZone(name: string): Zone | null {
  const known = zones.get(name)
  if (known !== undefined) return known
  const zone = makeZone(name)
  if (zone === null) return null
  if (zones.size >= scheduleLimits.zonesMax) zones.clear()
  zones.set(name, zone)
  return zone
}

/** The zone of a schedule that was accepted here or on another node; UTC when this host's zone data lacks it. */
export function zoneOf(name: string): Zone {
  return findZone(name) ?? utc
}

function makeZone(name: string): Zone | null {
  const fixedOffsetMs = parseFixedOffset(name)
  if (fixedOffsetMs !== null) {
    return { name, fixedOffsetMs, blocks: new Map(), offsetAt: () => fixedOffsetMs }
  }
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{1,63}$/.test(name)) return null
  const formatter = makeFormatter(name)
  if (formatter === null) return null
  return { name, fixedOffsetMs: null, blocks: new Map(), offsetAt: (ms) => readOffset(formatter, ms) }
}

const utc: Zone = { name: 'UTC', fixedOffsetMs: 0, blocks: new Map(), offsetAt: () => 0 }

/** `+05:30`, `-0300`, `+2` and `UTC`, `Z` as milliseconds; null when the text is not of this form. */
export function parseFixedOffset(text: string): number | null {
  if (text === 'Z' || text === 'z' || text === 'UTC' || text === 'Etc/UTC') return 0
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text)
  if (match === null) return null
  const offsetMs = Number(match[2]) * HOUR_MS + Number(match[3] ?? 0) * MINUTE_MS
  if (offsetMs >= OFFSET_MAX_MS || Number(match[3] ?? 0) > 59) return null
  return match[1] === '-' && offsetMs > 0 ? -offsetMs : offsetMs
}

function makeFormatter(name: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' })
  } catch (error) {
    // Intl answers an unknown name by throwing; that is an ordinary answer here.
    if (error instanceof RangeError) return null
    throw error
  }
}

function readOffset(formatter: Intl.DateTimeFormat, instantMs: number): number {
  const text = formatter.format(Math.max(-DATE_MAX_MS, Math.min(DATE_MAX_MS, instantMs)))
  const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text)
  if (match === null) return 0
  const offsetMs =
    Number(match[2] ?? 0) * HOUR_MS + Number(match[3] ?? 0) * MINUTE_MS + Number(match[4] ?? 0) * SECOND_MS
  return match[1] === '-' ? -offsetMs : offsetMs
}

/** The stretch that holds the instant. Its ends may be the ends of a block, where nothing changes. */
export function stretchAt(zone: Zone, instantMs: number): Stretch {
  if (zone.fixedOffsetMs !== null) return fixedStretch(zone.fixedOffsetMs)
  const number = Math.floor(instantMs / BLOCK_MS)
  let block = zone.blocks.get(number)
  if (block === undefined) {
    if (zone.blocks.size >= scheduleLimits.blocksPerZoneMax) zone.blocks.clear()
    block = readBlock(zone, number * BLOCK_MS, (number + 1) * BLOCK_MS)
    zone.blocks.set(number, block)
  }
  const stretch = block.find((each) => instantMs < each.endMs)
  assert(stretch !== undefined, `a block of zone ${zone.name} covers ${instantMs}`)
  return stretch
}

function fixedStretch(offsetMs: number): Stretch {
  return { startMs: -Infinity, endMs: Infinity, offsetMs, seenLocalMs: -Infinity }
}

function readBlock(zone: Zone, startMs: number, endMs: number): readonly Stretch[] {
  const changes = readChanges(zone, startMs - LOOK_BACK_MS, endMs)
  const stretches: Stretch[] = []
  // Each earlier stretch's end on the wall clock, for the furthest reading before the next one.
  const ends: { atMs: number; localMs: number }[] = []
  let offsetMs = zone.offsetAt(startMs - LOOK_BACK_MS)
  let fromMs = startMs
  for (const change of [...changes, { atMs: endMs, offsetMs: 0 }]) {
    if (change.atMs > startMs) {
      // Where a block begins without a change, the clock simply runs on.
      if (ends.at(-1)?.atMs !== fromMs) ends.push({ atMs: fromMs, localMs: fromMs + offsetMs })
      const seen = ends.filter((end) => end.atMs > fromMs - LOOK_BACK_MS).map((end) => end.localMs)
      stretches.push({ startMs: fromMs, endMs: change.atMs, offsetMs, seenLocalMs: Math.max(...seen) })
      fromMs = change.atMs
    }
    ends.push({ atMs: change.atMs, localMs: change.atMs + offsetMs })
    offsetMs = change.offsetMs
  }
  return stretches
}

type Change = { readonly atMs: number; readonly offsetMs: number }

/** The changes in (fromMs, toMs), in order. */
function readChanges(zone: Zone, fromMs: number, toMs: number): readonly Change[] {
  const changes: Change[] = []
  let atMs = fromMs
  let offsetMs = zone.offsetAt(atMs)
  while (atMs < toMs - 1) {
    const nextMs = Math.min(atMs + SAMPLE_MS, toMs - 1)
    const nextOffsetMs = zone.offsetAt(nextMs)
    if (nextOffsetMs !== offsetMs) {
      atMs = bisect(zone, { fromMs: atMs, toMs: nextMs, offsetMs })
      offsetMs = zone.offsetAt(atMs)
      changes.push({ atMs, offsetMs })
    } else {
      atMs = nextMs
    }
  }
  return changes
}

/** The first instant after `fromMs` at which the offset is no longer `offsetMs`; at `toMs` it is not. */
function bisect(zone: Zone, range: { fromMs: number; toMs: number; offsetMs: number }): number {
  let { fromMs, toMs } = range
  while (toMs - fromMs > 1) {
    const middleMs = Math.floor((fromMs + toMs) / 2)
    if (zone.offsetAt(middleMs) === range.offsetMs) fromMs = middleMs
    else toMs = middleMs
  }
  return toMs
}

/**
 * The instant at which the wall clock shows this reading: the first one when it comes twice, the end of the gap
 * when it does not come at all.
 */
export function instantOfLocal(zone: Zone, localMs: number): number {
  let stretch = stretchAt(zone, localMs - OFFSET_MAX_MS)
  while (localMs >= stretch.endMs + stretch.offsetMs) stretch = stretchAt(zone, stretch.endMs)
  return Math.max(localMs - stretch.offsetMs, stretch.startMs)
}
