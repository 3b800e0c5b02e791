import { describe, expect, test } from 'vitest'
import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { spreadInstances } from '../../../lib/placement/spread.ts'

const nodes = ['a', 'b', 'c'].map(nodeId)
const allLive = () => true

function firsts(count: number, of: Partial<Parameters<typeof spreadInstances>[1]> = {}): NodeId[] {
  const numbers = Array.from({ length: count }, (_, number) => number)
  const orders = spreadInstances('shop.web', { numbers, nodes, loads: new Map(), isLive: allLive, ...of })
  return numbers.map((number) => orders.get(number)![0]!)
}

describe('instances that nobody holds', () => {
  test('spread evenly over the nodes', () => {
    const counts = nodes.map((node) => firsts(7).filter((first) => first === node).length)
    expect(counts.toSorted((left, right) => left - right)).toEqual([2, 2, 3])
  })

  test('go first to whoever holds the fewest', () => {
    const loads = new Map([
      [nodes[0]!, 2],
      [nodes[1]!, 2],
    ])
    expect(firsts(2, { loads })).toEqual([nodes[2], nodes[2]])
  })

  test('go to nodes that live before those that do not', () => {
    expect(new Set(firsts(4, { isLive: (node) => node === nodes[1] }))).toEqual(new Set([nodes[1]]))
  })

  test('are asked for by every node in the end', () => {
    const orders = spreadInstances('s', { numbers: [5], nodes, loads: new Map(), isLive: allLive })
    expect(orders.get(5)!.toSorted()).toEqual(nodes)
  })

  test('of another service begin elsewhere', () => {
    const begins = ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'].map(
      (service) =>
        spreadInstances(service, { numbers: [0], nodes, loads: new Map(), isLive: allLive }).get(0)![0],
    )
    expect(new Set(begins).size).toBeGreaterThan(1)
  })

  test('where there is no node nobody is asked', () => {
    expect(
      spreadInstances('s', { numbers: [0], nodes: [], loads: new Map(), isLive: allLive }).get(0),
    ).toEqual([])
  })
})
