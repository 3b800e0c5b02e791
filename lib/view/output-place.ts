// Where the output of one attempt of an action is, or of the last start of an instance of a service: on the node that
// ran it, under the key of its process. What the ledger keeps of a failure stands beside, for when that node is away.

import type { NodeId } from '../base/ids.ts'
import { jobName } from '../base/ids.ts'
import { ledgerLimits } from '../base/document-limits.ts'
import { nearestName } from '../base/problem.ts'
import { isHoldersWord, type RecordedAction, type RunRecord } from '../ledger/run-record.ts'
import type { Sources } from './answer-question.ts'
import { findRun, type RunFound } from './find-run.ts'
import { startProcess } from '../service/held-instance.ts'
import type { Answer } from './question.ts'
import { runView } from './run-view.ts'
import { findServiceOf, instanceRecords, serviceView } from './service-view.ts'

export type OutputPlace = {
  readonly nodeId: NodeId
  readonly node: string
  /** `action "x"` or `instance "shop.web.1"`. */
  readonly what: string
  readonly process: string
  /** Nothing more will be written, as far as is known here: the action has ended, the instance is not to run. */
  readonly isOver: boolean
  readonly lastLines: string
}

export type OutputQuestion = {
  readonly kind: 'output-place'
  readonly run: string
  /** Without it the run's only one. */
  readonly action: string | null
  /** Of the action, from 1; without it the newest. */
  readonly tried: number | null
}

export type InstanceOutputQuestion = { readonly kind: 'instance-output-place'; readonly instance: string }

export function instanceOutputPlace({ instance }: InstanceOutputQuestion, sources: Sources): Answer {
  const { catalog, roster } = sources
  const service = findServiceOf(instance, catalog)
  const names = [...catalog.services()].map(({ name }) => name)
  if (service === undefined)
    return { kind: 'not-found', what: `instance "${instance}"`, nearest: nearestName(instance, names) }
  const known = new Map(instanceRecords(service, sources).map((record) => [record.name, record]))
  const name = known.size === 1 && instance === service.name ? [...known.keys()][0]! : instance
  const record = known.get(name)
  if (record === undefined || record.starts === 0)
    return {
      kind: 'refused',
      why:
        name === service.name && known.size > 1
          ? `service "${name}" has several instances, expected one of them, such as "${[...known.keys()][0]}"`
          : `"${name}" was not started so far, expected an instance that was`,
      hint: `hocket service show ${service.name} lists its instances`,
    }
  const view = serviceView(service, sources).instances.find((each) => each.name === name)
  return {
    kind: 'output-place',
    place: {
      nodeId: record.node,
      node: roster.nameOf(record.node),
      what: `instance "${name}"`,
      process: startProcess({ ...record, startNo: record.starts, stopNo: 0 }),
      isOver: view === undefined || (!view.isWanted && view.state === 'down'),
      lastLines: record.output,
    },
  }
}

export function outputPlace(question: OutputQuestion, sources: Sources): Answer {
  const { run, tried } = question
  const found = findRun(run, sources)
  if ('kind' in found) return found
  const action = question.action ?? found.action ?? null
  const { roster } = sources
  const records = recordsOf(found, sources)
  const isKept = (each: RunRecord) => wasKept(chooseAction(each, action))
  // What an attempt has kept of the one before was written then.
  const record = (tried === null ? records.find((each) => !isKept(each)) : undefined) ?? records[0]
  const chosen = record === undefined ? undefined : chooseAction(record, action)
  if (record === undefined || chosen === undefined) {
    const names = record?.actions.map(({ name }) => name) ?? []
    if (action === null && names.length !== 1)
      return {
        kind: 'refused',
        why: `run "${run}" has ${names.length} actions, expected the name of one`,
        hint: `One of ${names.join(', ')}.`,
      }
    return {
      kind: 'not-found',
      what: `action "${action}" of run "${run}"`,
      nearest: nearestName(action ?? '', names),
    }
  }
  const node = nodeOf(record, chosen, tried)
  return {
    kind: 'output-place',
    place: {
      nodeId: node,
      node: roster.nameOf(node),
      what: `action "${chosen.name}"`,
      process: processOf(record, chosen, tried),
      isOver: record.state === 'lost' || !['waiting', 'running', 'delayed'].includes(chosen.state),
      lastLines: chosen.lastLines ?? '',
    },
  }
}

/** Of each attempt of the run, the newest first, who knows most of it. */
function recordsOf({ run: { id, job }, attempts }: RunFound, { ledger, roster }: Sources): RunRecord[] {
  const subjects = ledger.index.ofJob(jobName(job), ledgerLimits.recordsPerJobMost).map((subject) => ({
    view: runView(subject, (node) => roster.nameOf(node)),
    records: subject.records.filter((record) => record.kind === 'run'),
  }))
  return attempts.toReversed().flatMap(({ attempt }) => {
    const subject = subjects.find(({ view }) => view.id === id && view.attempt === attempt)
    // Whoever says that it is lost knows nothing of its actions.
    return subject?.records.find(isHoldersWord) ?? subject?.records[0] ?? []
  })
}

/** Set to how it had ended, and not begun again. */
function wasKept(action: RecordedAction | undefined): boolean {
  if (action === undefined || action.startedAtMs !== null || action.earlier !== undefined) return false
  return action.why.startsWith('was set to')
}

function chooseAction(record: RunRecord, name: string | null): RecordedAction | undefined {
  if (name === null && record.actions.length === 1) return record.actions[0]
  return record.actions.find((action) => action.name === name)
}

/** A try may have been on a node of its own. */
function nodeOf(
  record: RunRecord,
  { node, tries = 1, earlier = [] }: RecordedAction,
  tried: number | null,
): NodeId {
  const back = tried === null ? 0 : tries - tried
  const own = back <= 0 ? node : earlier.at(-back)?.node
  return own ?? record.node
}

/** As lib/run names it on its node. */
function processOf(record: RunRecord, action: RecordedAction, tried: number | null): string {
  const { job, isLocal, run, attempt } = record
  const last = action.tries ?? 1
  const nth = tried ?? last
  return `${job}.${isLocal ? 'local:' : ''}${run}.${action.name}.${attempt}${nth === 1 ? '' : `-${nth}`}`
}
