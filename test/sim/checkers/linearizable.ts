// I3: each register is linearizable. By version there is one value among what was chosen (but for decisions dropped
// because the ledger has them), versions follow ballots, and no change that began after another was acknowledged
// ends at a smaller version. I8: what a proposer was told by a majority is chosen on a majority's disks.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Register } from '../../../lib/claim/register.ts'
import type { Judge } from './judge.ts'
import { ballotText, type Chosen } from './register-history.ts'

type Attempt = {
  /** The greatest version acknowledged when it began. */
  readonly floor: number
  value: Register | null
  readonly storages: Set<string>
  isAcknowledged: boolean
}

export function checkLinearizable(judge: Judge): void {
  checkVersions(judge)
  checkRealTime(judge)
}

function checkVersions(judge: Judge): void {
  const byVersion = new Map<string, { readonly ballot: string; readonly text: string }>()
  const inOrder = (lower: Chosen | null, higher: Chosen | null) => {
    if (lower === null || higher === null || lower.value.version <= higher.value.version) return
    judge.violated(
      'I3',
      `${lower.key}: version ${lower.value.version} under ${ballotText(lower.ballot)}, and ${higher.value.version} under the higher ${ballotText(higher.ballot)}`,
    )
  }
  judge.history.onChosen((chosen, before, after) => {
    inOrder(before, chosen)
    inOrder(chosen, after)
    const { key, value, ballot } = chosen
    const { untold: _untold, ...lasting } = value
    const text = JSON.stringify(lasting)
    const known = byVersion.get(`${key} ${value.version}`)
    byVersion.set(`${key} ${value.version}`, { ballot: ballotText(ballot), text })
    if (known !== undefined && known.text !== text)
      judge.violated(
        'I3',
        `${key}: two values of version ${value.version}, ${known.text} under ${known.ballot} and ${text} under ${ballotText(ballot)}`,
      )
  })
}

function checkRealTime(judge: Judge): void {
  const acknowledged = new Map<string, number>()
  const attempts = new Map<NodeId, Map<string, Attempt>>()
  const attemptsOf = (node: NodeId): Map<string, Attempt> => {
    let own = attempts.get(node)
    if (own === undefined) attempts.set(node, (own = new Map<string, Attempt>()))
    return own
  }
  judge.observers.on('agent-ended', ({ node }) => attempts.delete(node))
  judge.observers.on('sent', ({ from, message }) => {
    if (message.kind !== 'votes-asked') return
    const own = attemptsOf(from)
    for (const { key, ballot } of message.prepares) {
      const name = `${key} ${ballotText(ballot)}`
      if (!own.has(name))
        own.set(name, {
          floor: acknowledged.get(key) ?? -1,
          value: null,
          storages: new Set(),
          isAcknowledged: false,
        })
    }
    for (const { key, ballot, value } of message.accepts) {
      const attempt = own.get(`${key} ${ballotText(ballot)}`)
      if (attempt !== undefined) attempt.value = value
    }
  })
  judge.observers.on('received', ({ to, message }) => {
    if (message.kind !== 'votes-given') return
    for (const { key, ballot, answer } of message.accepts) {
      const attempt = attempts.get(to)?.get(`${key} ${ballotText(ballot)}`)
      if (answer.kind !== 'accepted' || !attempt?.value || attempt.isAcknowledged) continue
      if (judge.history.isMember(ballot.epoch, message.storageId)) attempt.storages.add(message.storageId)
      if (attempt.storages.size < judge.history.majority(ballot.epoch)) continue
      attempt.isAcknowledged = true
      const { version } = attempt.value
      if (version < attempt.floor)
        judge.violated(
          'I3',
          `${key}: a change that began after version ${attempt.floor} was acknowledged ended at version ${version}`,
        )
      if (!judge.history.isChosen(key, ballot))
        judge.violated(
          'I8',
          `${key}: ${to} was told that ${ballotText(ballot)} is accepted, and no majority has it on disk`,
        )
      acknowledged.set(key, Math.max(version, acknowledged.get(key) ?? -1))
      attempts.get(to)!.delete(`${key} ${ballotText(ballot)}`)
    }
  })
}
