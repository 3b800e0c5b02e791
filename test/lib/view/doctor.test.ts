// What the core of an agent finds wrong, each with what to do about it.
import { expect, test } from 'vitest'
import { documentLimits } from '../../../lib/base/document-limits.ts'
import { bootId, clusterId, nodeId, storageId } from '../../../lib/base/ids.ts'
import type { DoctorView } from '../../../lib/view/doctor.ts'
import { LoneAgent } from '../lone-agent.ts'

function doctorOf(text: string): DoctorView {
  const agent = new LoneAgent().start()
  agent.run(3_000)
  agent.drop(text)
  agent.run(3_000)
  agent.happens({ kind: 'asked', askId: 1, question: { kind: 'doctor' } })
  agent.run(10)
  const answer = agent.answers.at(-1)
  if (answer?.kind !== 'doctor') throw new Error(`expected a doctor, not ${answer?.kind}`)
  return answer.doctor
}

test('a cluster that is well has nothing to be told', () => {
  const { findings } = doctorOf('jobs: [{name: a, schedule: "* * * * *", actions: {b: {command: x}}}]')
  expect(findings).toEqual([])
})

test('a pool with nobody is told once, with its jobs', () => {
  const job = (name: string) => `{name: ${name}, node: db, schedule: "* * * * *", actions: {b: {command: x}}}`
  const jobs = ['a', 'b', 'c', 'd', 'e'].map(job).join(', ')
  const { findings } = doctorOf(`node_pools: [{name: db, nodes: [gone]}]\njobs: [${jobs}]`)
  expect(findings).toEqual([
    {
      level: 'bad',
      about: 'pool db',
      text: 'nobody of it is there to run shop.a, shop.b, shop.c and 2 more',
      remedy: expect.any(String) as string,
    },
  ])
})

test('a file that was refused is told, and the secrets that jobs need', () => {
  expect(doctorOf('jobs: [{name: a}]').findings).toMatchObject([
    { level: 'bad', about: 'category shop', text: expect.stringContaining('not in force') as string },
  ])
  const { secrets } = doctorOf(
    'jobs: [{name: a, schedule: "* * * * *", actions: {b: {command: x, env: {KEY: {secret: shop-db}}}}}]',
  )
  expect(secrets).toEqual([{ name: 'shop-db', job: 'shop.a', nodes: ['a'] }])
})

test('documents that a peer has and does not hand over are told after a while', () => {
  const agent = new LoneAgent().start()
  agent.run(3_000)
  const peer = nodeId('b')
  agent.silentPeers.add(peer)
  const ids = {
    clusterId: clusterId('c'),
    nodeId: peer,
    bootId: bootId('boot'),
    storageId: storageId('disk'),
  }
  const hello = { ...ids, name: 'beta', bootNo: 1, canWitness: false, version: '0' }
  agent.happens({ kind: 'peer-connected', peer, hello })
  const documents = [['category/shop@0', 'what this agent never heard of']] as const
  const message = { kind: 'document-heads', group: 'definitions', documents, isAnswer: true } as const
  // It says so each time that it compares.
  for (let atMs = 0; atMs < 70_000; atMs += 3_000)
    agent.happens({ kind: 'message-received', from: peer, message }, atMs)
  const found = () => {
    agent.happens({ kind: 'asked', askId: 1, question: { kind: 'doctor' } })
    agent.run(10)
    const answer = agent.answers.at(-1)
    return answer?.kind === 'doctor'
      ? answer.doctor.findings.filter(({ about }) => about === 'documents')
      : []
  }
  agent.run(1_000)
  expect(found()).toEqual([])
  agent.run(documentLimits.behindWarnMs)
  expect(found()).toMatchObject([
    { level: 'warning', text: expect.stringMatching(/^1 are behind those of a peer, for \d+ s$/) as string },
  ])
})
