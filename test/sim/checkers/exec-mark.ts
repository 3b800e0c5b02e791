// I19: the exec mark is durable before the spawn is asked for, and a run's outcome is written once.

import type { NodeId } from '../../../lib/base/ids.ts'
import { isPartitionedEntry, runLabel } from '../../../lib/claim/local-registers.ts'
import type { HeldRun } from '../../../lib/run/held-run.ts'
import { instanceOfProcess, startProcess, type HeldInstance } from '../../../lib/service/held-instance.ts'
import type { Judge } from './judge.ts'

export function checkExecMark(judge: Judge): void {
  /** What runs without a majority has no token, and is known by its name. */
  const withoutToken = new Map<string, HeldRun>()
  judge.journals.onPut('run/', ({ node, value }) => {
    const run = value as HeldRun | undefined
    if (run?.entry !== undefined && isPartitionedEntry(run.entry))
      withoutToken.set(`${node} ${run.job} ${runLabel(run.entry, node)}`, run)
  })
  judge.observers.on('spawn-asked', ({ node, spawn }) => {
    const instance = instanceOfProcess(spawn.process)
    if (instance !== null) return checkMarkOfStart(judge, { node, process: spawn.process, ...instance })
    const {
      HOCKET_JOB: job,
      HOCKET_TOKEN: token,
      HOCKET_ACTION: action,
      HOCKET_RUN: label,
    } = spawn.environment
    const local = label?.includes(':') === true ? 'local:' : ''
    const run =
      token === undefined
        ? withoutToken.get(`${node} ${job} ${label}`)
        : (judge.journals.get(node, `run/${job}#${local}${token}`) as HeldRun | undefined)
    const held = run?.actions[action!]
    // In the same step somebody may have said what to take it for: the mark stays with that.
    const mark = held?.kind === 'set' ? held.left : held
    if (mark?.kind !== 'started')
      judge.violated(
        'I19',
        `${node} spawns ${spawn.process}, and its journal says ${JSON.stringify(held ?? null)}`,
      )
  })
  judge.journals.onPut('run/', ({ node, key, value, before }) => {
    const now = value as HeldRun | undefined
    const last = before as HeldRun | undefined
    if (!last?.outcome || now === undefined) return
    if (JSON.stringify(last.outcome) !== JSON.stringify(now.outcome))
      judge.violated(
        'I19',
        `${node} changed the outcome of ${key} from ${JSON.stringify(last.outcome)} to ${JSON.stringify(now.outcome)}`,
      )
  })
}

/** The same for an instance of a service: each start has a mark of its own. */
function checkMarkOfStart(
  judge: Judge,
  asked: { readonly node: NodeId; readonly process: string; readonly instance: string; readonly use: string },
): void {
  if (asked.use !== 'start') return
  const held = judge.journals.get(asked.node, `instance/${asked.instance}`) as HeldInstance | undefined
  // The same step may have marked it and then been told to stop it: the mark is what counts.
  if (held?.command !== 'marked' || startProcess(held) !== asked.process)
    judge.violated(
      'I19',
      `${asked.node} spawns ${asked.process}, and its journal says ${JSON.stringify(held ?? null)}`,
    )
}
