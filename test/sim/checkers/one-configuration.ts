// I12 and I13 as far as the witnesses cannot change: one configuration per epoch, the same on every disk.

import type { Judge } from './judge.ts'

export function checkOneConfiguration(judge: Judge): void {
  const byEpoch = new Map<number, string>()
  judge.journals.onPut('configuration', ({ node, value }) => {
    if (value === undefined) return judge.violated('I12', `${node} forgot who votes`)
    const { epoch } = value as { readonly epoch: number }
    const text = JSON.stringify(value)
    const known = byEpoch.get(epoch) ?? text
    byEpoch.set(epoch, known)
    if (known !== text)
      judge.violated('I12', `${node} has ${text} for epoch ${epoch}, and another has ${known}`)
  })
}
