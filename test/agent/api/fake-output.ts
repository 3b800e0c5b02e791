// Output that a node seems to have: parts of at most a quarter of a megabyte, as a real one gives them.
import type { NodeId } from '../../../lib/base/ids.ts'
import type { OutputAnswer, OutputQuery } from '../../../lib/run/output.ts'
import type { Answer, Question } from '../../../lib/view/question.ts'

type Written = {
  readonly bytes: Buffer
  /** The other one is empty. */
  readonly stream: 'stdout' | 'stderr'
  /** So many bytes are missing at this place. */
  readonly gap?: { readonly fromByte: number; readonly missing: number }
}

const partBytes = 262_144

export function written(bytes: Buffer, stream: Written['stream'] = 'stdout'): Written {
  return { bytes, stream }
}

/** Of the process `second` the second one, of any other the first. */
export function outputOf(first: Written, second: Written = first) {
  return async (_node: NodeId, { process, stream, from }: OutputQuery): Promise<OutputAnswer> => {
    const played = process === 'second' ? second : first
    const { bytes, gap } = stream === played.stream ? played : written(Buffer.alloc(0), stream)
    const asked = 'byte' in from ? from.byte : 0
    const missing = gap?.missing ?? 0
    const isBehind = gap !== undefined && asked >= gap.fromByte
    const at = isBehind ? Math.max(gap.fromByte, asked - missing) : asked
    const end = gap !== undefined && !isBehind ? gap.fromByte : bytes.length
    const part = bytes.subarray(at, Math.min(end, at + partBytes))
    return {
      kind: 'part',
      part: {
        fromByte: isBehind ? at + missing : at,
        base64: part.toString('base64'),
        writtenBytes: bytes.length + missing,
        isRunning: false,
      },
    }
  }
}

/** The places that are told one after the other, the last one again and again. */
export function places(
  answer: (question: Question) => Promise<Answer>,
  told: readonly { readonly process: string; readonly isOver: boolean }[],
) {
  let count = 0
  return async (question: Question): Promise<Answer> => {
    const known = await answer(question)
    if (known.kind !== 'output-place') return known
    const next = told[Math.min(count++, told.length - 1)]
    return { ...known, place: { ...known.place, ...next } }
  }
}
