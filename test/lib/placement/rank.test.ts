import { describe, expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { rankNodes, rankOf } from '../../../lib/placement/rank.ts'

const nodes = Array.from({ length: 12 }, (_, index) => nodeId(`12D3KooW${index}`)).toSorted()
const works = Array.from({ length: 3000 }, (_, slot) => ({
  key: 'shop.report',
  unit: `s${slot}000`,
  pool: '',
}))
const allLive = () => true

describe('the order in which nodes ask', () => {
  test('begins with every node about as often as with any other', () => {
    const firsts = works.map((work) => rankNodes(work, nodes, allLive)[0])
    const counts = nodes.map((node) => firsts.filter((first) => first === node).length)
    expect(Math.min(...counts)).toBeGreaterThan(190)
    expect(Math.max(...counts)).toBeLessThan(310)
  })

  test('ends with every node about as often as with any other, whoever is first', () => {
    const lasts = works
      .map((work) => rankNodes(work, nodes, allLive))
      .flatMap((order) => (order[0] === nodes[0] ? order.slice(-1) : []))
    for (const node of nodes.slice(1))
      expect(lasts.filter((last) => last === node).length).toBeGreaterThan(lasts.length / 11 / 2)
  })

  test('moves nothing but what a node that goes had', () => {
    const [gone, ...rest] = nodes
    for (const work of works.slice(0, 100))
      expect(rankNodes(work, nodes, allLive).filter((node) => node !== gone)).toEqual(
        rankNodes(work, rest, allLive),
      )
  })

  test('has those that live before those that do not', () => {
    const isLive = (node: string) => node.endsWith('3') || node.endsWith('7')
    for (const work of works.slice(0, 100))
      expect(rankNodes(work, nodes, isLive).slice(0, 2).every(isLive)).toBe(true)
  })

  test('gives each node that lives the place that it finds by itself, and a stranger none', () => {
    for (const work of works.slice(0, 50)) {
      const isLive = (node: string) => (node.charCodeAt(8) + work.unit.length) % 3 > 0
      const order = rankNodes(work, nodes, isLive)
      for (const self of nodes.filter(isLive))
        expect(rankOf(self, work, { nodes, isLive })).toBe(order.indexOf(self))
      expect(rankOf(nodeId('stranger'), work, { nodes, isLive })).toBeNull()
    }
  })
})
