// The route of output: the bytes that a command wrote, from whichever node has them, whole or as they come. What is
// read next is asked for when the reader has taken what came before, so that a slow one holds nothing up.

import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { NodeId } from '../../lib/base/ids.ts'
import type { OutputAnswer, OutputPart, OutputQuery } from '../../lib/run/output.ts'
import type { InstanceOutputQuestion, OutputPlace, OutputQuestion } from '../../lib/view/output-place.ts'
import type { Core } from './core.ts'
import { ApiRefusal } from './problem-answer.ts'
import { plainRoute, type Route } from './route.ts'
import { integer, oneOf, optional, text } from './shape.ts'
import { told } from './told.ts'

export type Outputs = { read(node: NodeId, query: OutputQuery): Promise<OutputAnswer> }

type Wanted = {
  readonly of: OutputQuestion | InstanceOutputQuestion
  readonly stream: 'stdout' | 'stderr'
}

const outputAnswer = { type: 'application/octet-stream', description: 'Bytes, as they were written' }
const partWanted = {
  stream: oneOf(['stdout', 'stderr'], { default: 'stdout' }),
  tail: optional(integer({ minimum: 0, maximum: 100_000, description: 'Only so many last lines' })),
  follow: oneOf(['true', 'false', ''], { default: 'false', description: 'Goes on until nothing more comes' }),
}

/** How often what says nothing is looked at again. */
const followMs = 250

export function outputRoutes(core: Core, outputs: Outputs): readonly Route[] {
  const answerWith = async (
    of: Wanted['of'],
    { stream, tail, follow }: { stream: Wanted['stream']; tail?: number | undefined; follow: string },
  ): Promise<Readable> => {
    const wanted = { of, stream }
    const place = await placeOf(core, wanted)
    const from = tail === undefined ? { byte: 0 } : { lastLines: tail }
    const first = await readPart(outputs, place, { process: place.process, stream, from })
    const isFollowed = follow !== 'false'
    return Readable.from(bytesOf({ core, outputs, wanted, place, first, isFollowed }), { objectMode: false })
  }
  return [
    plainRoute({
      method: 'GET',
      path: '/api/v1/runs/:run/output',
      group: 'runs',
      summary:
        'What an action wrote, byte for byte, from the node that ran it; an end that is cut off is none',
      needs: 'reader',
      query: {
        action: optional(
          text({ minLength: 1, maxLength: 255, description: "Without it the run's only one" }),
        ),
        tried: optional(integer({ minimum: 1, description: 'Which try of the action; the newest' })),
        ...partWanted,
      },
      answer: outputAnswer,
      handle: async ({ params: { run }, query }) => {
        const { action = null, tried = null, ...part } = query
        return answerWith({ kind: 'output-place', run, action, tried }, part)
      },
    }),
    plainRoute({
      method: 'GET',
      path: '/api/v1/services/:name/output',
      group: 'services',
      summary: 'What the last start of an instance wrote, byte for byte, from the node that has it',
      needs: 'reader',
      query: partWanted,
      answer: outputAnswer,
      handle: async ({ params: { name }, query }) =>
        answerWith({ kind: 'instance-output-place', instance: name }, query),
    }),
  ]
}

type Reading = {
  readonly core: Core
  readonly outputs: Outputs
  readonly wanted: Wanted
  readonly place: OutputPlace
  readonly first: OutputPart
  readonly isFollowed: boolean
}

/** Ends when all is read, and when it is followed only once nothing more will come; throws when the node goes away. */
async function* bytesOf({ core, outputs, wanted, isFollowed, ...start }: Reading): AsyncGenerator<Buffer> {
  let { place, first: part } = start
  let nextByte = part.fromByte
  for (;;) {
    if (part.fromByte > nextByte) yield Buffer.from(`\n[${part.fromByte - nextByte} bytes are not kept]\n`)
    const bytes = Buffer.from(part.base64, 'base64')
    if (bytes.length > 0) yield bytes
    nextByte = part.fromByte + bytes.length
    if (nextByte >= part.writtenBytes) {
      if (!isFollowed || (place.isOver && !part.isRunning)) return
      if (!part.isRunning) {
        const next = await placeOf(core, wanted)
        // Another try of the action begins anew.
        if (next.process !== place.process) nextByte = 0
        place = next
      }
      if (bytes.length === 0) await delay(followMs)
    }
    const { process } = place
    part = await readPart(outputs, place, { process, stream: wanted.stream, from: { byte: nextByte } })
  }
}

async function placeOf(core: Core, { of }: Wanted): Promise<OutputPlace> {
  return told(await core.ask(of), 'output-place').place
}

async function readPart(outputs: Outputs, place: OutputPlace, query: OutputQuery): Promise<OutputPart> {
  const answer = await outputs.read(place.nodeId, query)
  if (answer.kind === 'part') return answer.part
  const { node, what, lastLines } = place
  throw new ApiRefusal({
    status: 503,
    title: 'Node away',
    detail: `Cannot read the output of ${what}: it is on node "${node}", and ${answer.why}, expected one that answers`,
    remedy:
      lastLines === ''
        ? 'Ask again when the node is back; hocket nodes shows whether it is.'
        : `Ask again when the node is back. The last lines of the failure:\n${lastLines}`,
  })
}
