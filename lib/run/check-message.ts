// Whether what a peer sent is a message about runs, or about their output
// (lib/claim/check-message.ts says why that is looked at).

import {
  isFlag,
  isKind,
  isNullOr,
  isNumber,
  isOneOf,
  isRecord,
  isText,
  isWhole,
  type Check,
} from '../base/check.ts'
import { isOrder, type Kinds, type Of } from '../claim/check-register.ts'
import type { OrderAnswer } from './held-run.ts'
import type { ChildChanged, LocalRunAsked, OrderAnswered, OrderAsked, RunMessage } from './message.ts'
import type { OutputMessage, OutputPart, OutputQuery } from './output.ts'
import type { RunOrder } from './run-order.ts'

const isRunOrder = isRecord<RunOrder>({
  requestId: isText,
  word: isOneOf('cancel', 'stop', 'kill', 'skip', 'succeed', 'fail', 'retry', 'recover'),
  action: isNullOr(isText),
  user: isText,
  useLatest: isFlag,
})
const answers: Kinds<OrderAnswer> = {
  done: isRecord<Of<OrderAnswer, 'done'>>({ kind: isText, what: isText }),
  refused: isRecord<Of<OrderAnswer, 'refused'>>({ kind: isText, why: isText, hint: isText }),
}
const isFromByte = isRecord<{ byte: number }>({ byte: isWhole })
const isFromLines = isRecord<{ lastLines: number }>({ lastLines: isWhole })
const isFrom: Check = (value) => (isFromByte(value) === null ? null : isFromLines(value))
const isQuery = isRecord<OutputQuery>({
  process: isText,
  stream: isOneOf('stdout', 'stderr'),
  from: isFrom,
})
const isPart = isRecord<OutputPart>({
  fromByte: isWhole,
  base64: isText,
  writtenBytes: isWhole,
  isRunning: isFlag,
})

export const checksOfRunMessages: Kinds<RunMessage | OutputMessage> = {
  'order-asked': isRecord<OrderAsked>({
    kind: isText,
    job: isText,
    token: isWhole,
    isLocal: isFlag,
    order: isRunOrder,
  }),
  'order-answered': isRecord<OrderAnswered>({
    kind: isText,
    requestId: isText,
    answer: isNullOr(isKind(answers)),
  }),
  'child-changed': isRecord<ChildChanged>({ kind: isText, job: isText, token: isWhole }),
  'local-run-asked': isRecord<LocalRunAsked>({ kind: isText, job: isText, atMs: isNumber, order: isOrder }),
  'output-asked': isRecord<Of<OutputMessage, 'output-asked'>>({
    kind: isText,
    askId: isWhole,
    query: isQuery,
  }),
  'output-told': isRecord<Of<OutputMessage, 'output-told'>>({ kind: isText, askId: isWhole, part: isPart }),
  'output-refused': isRecord<Of<OutputMessage, 'output-refused'>>({
    kind: isText,
    askId: isWhole,
    why: isText,
  }),
}
