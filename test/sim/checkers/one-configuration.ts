// I12 and I13: one configuration per epoch, the same on every disk that names it, whether it votes there already or
// seals the one before. I11: a sealed witness accepts nothing of its epoch any more.

import type { AcceptorState } from '../../../lib/claim/acceptor.ts'
import { compareBallots } from '../../../lib/claim/ballot.ts'
import type { Judge } from './judge.ts'
import { ballotText } from './register-history.ts'

export function checkOneConfiguration(judge: Judge): void {
  const byEpoch = new Map<number, string>()
  for (const key of ['configuration', 'sealed'])
    judge.journals.onPut(key, ({ node, value }) => {
      if (value === undefined) return judge.violated('I12', `${node} forgot who votes`)
      const { epoch } = value as { readonly epoch: number }
      const text = JSON.stringify(value)
      const known = byEpoch.get(epoch) ?? text
      byEpoch.set(epoch, known)
      if (known !== text)
        judge.violated('I13', `${node} has ${text} for epoch ${epoch}, and another has ${known}`)
    })
  // Who dies over its install finds a part of that: what a majority of the sealed gave for the next epoch.
  const given = new Set<string>()
  judge.observers.on('received', ({ to, message }) => {
    if (message.kind !== 'install-state') return
    const { epoch } = message.configuration
    for (const { key, accepted } of message.registers)
      given.add(`${to} ${epoch} ${key} ${ballotText(accepted)}`)
  })
  judge.journals.onPut('register/', ({ node, key, value, before, isInstall }) => {
    const sealed = judge.journals.get(node, 'sealed') as { readonly epoch: number } | undefined
    const now = (value as AcceptorState | undefined)?.accepted ?? null
    const last = (before as AcceptorState | undefined)?.accepted ?? null
    if (sealed === undefined || now === null || isInstall || now.epoch >= sealed.epoch) return
    const installed = Number(judge.journals.get(node, 'installed') ?? 0)
    if (installed >= sealed.epoch || given.has(`${node} ${sealed.epoch} ${key} ${ballotText(now)}`)) return
    if (last === null || compareBallots(now, last) !== 0)
      judge.violated(
        'I11',
        `${node} is sealed for epoch ${sealed.epoch}, and accepted ${ballotText(now)} in ${key}`,
      )
  })
}
