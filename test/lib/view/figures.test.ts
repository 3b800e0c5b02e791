// What an agent counts of itself: its claims and what became of them, its session and its documents.
import { expect, test } from 'vitest'
import type { FiguresView } from '../../../lib/view/figures.ts'
import { LoneAgent } from '../lone-agent.ts'

function figuresOf(agent: LoneAgent): FiguresView {
  agent.happens({ kind: 'asked', askId: 1, question: { kind: 'figures' } })
  agent.run(10)
  const answer = agent.answers.at(-1)
  if (answer?.kind !== 'figures') throw new Error(`expected figures, not ${answer?.kind}`)
  return answer.figures
}

test('each slot that was granted counts once, and the session grows older', () => {
  const agent = new LoneAgent().start()
  agent.run(3_000)
  const before = figuresOf(agent)
  expect(before.claims).toEqual({ won: 0, lost: 0, refused: {}, takeovers: 0 })
  agent.drop('jobs: [{name: tick, schedule: "* * * * *", overlap: allow, actions: {a: {command: x}}}]')
  agent.run(180_000)
  const { claims, sessionAgeMs, documents } = figuresOf(agent)
  expect(claims).toEqual({ won: 3, lost: 0, refused: {}, takeovers: 0 })
  expect(sessionAgeMs! - before.sessionAgeMs!).toBeGreaterThan(179_000)
  expect(documents.open.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['root', 'category']))
  expect(documents.largest!.bytes).toBeGreaterThan(0)
  expect(documents.behind).toEqual({ count: 0, forMs: 0 })
})
