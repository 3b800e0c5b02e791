// The document of the API: nothing is missing in it, and what it says is so.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestApi, testDocument } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

const operations = Object.entries(testDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
)

describe('every route', () => {
  test('says who may use it, what it takes and what it answers', () => {
    expect(operations.length).toBeGreaterThan(20)
    for (const { path, method, operation } of operations) {
      const { parameters, responses, requestBody } = operation
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(names)
      for (const { name, schema } of parameters)
        expect([path, name, Object.keys(schema).length > 0]).toEqual([path, name, true])
      for (const status of ['200', 'default']) {
        const contents = Object.values(responses[status]?.content ?? {})
        expect([path, status, contents.length]).toEqual([path, status, 1])
        for (const { schema } of contents) expect(Object.keys(schema)).not.toEqual([])
      }
      expect([path, method, requestBody !== undefined]).toEqual([path, method, method !== 'GET'])
    }
  })

  test('that changes something needs a token and takes a key', () => {
    // What gives a token cannot need one.
    const changing = operations.filter(
      ({ method, path }) => method !== 'GET' && path !== '/api/v1/access/exchange',
    )
    expect(changing.length).toBeGreaterThan(10)
    for (const { path, operation } of changing) {
      expect([path, operation['x-needs']]).not.toEqual([path, 'nobody'])
      expect(operation.security).toEqual([{ token: [] }])
      expect(operation.parameters.map(({ name }) => name)).toContain('Idempotency-Key')
    }
  })

  test('has a name of its own for generated clients', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(names.length)
  })

  const whole = operations.filter(
    ({ method, operation }) =>
      method === 'GET' && operation.responses['200']?.content['text/event-stream'] === undefined,
  )

  test.each(whole)('$method $path answers as it says', async ({ path }) => {
    const reply = await api.request(path.replaceAll(/\{\w+\}/g, 'shop'), { isKnown: true })
    expect(reply.status).toBe(200)
  })
})

test('the document is answered as it is, and names every shape that it refers to', async () => {
  const reply = await api.request('/api/v1/openapi.json')
  expect(reply.body).toEqual(JSON.parse(JSON.stringify(testDocument)))
  const referred = [...reply.text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
  expect(referred.length).toBeGreaterThan(10)
  for (const name of referred) expect(Object.keys(testDocument.components.schemas)).toContain(name)
})

test('the page shows every route and asks nobody else for anything', async () => {
  const { text, type } = await api.request('/api/v1/docs')
  expect(type).toBe('text/html; charset=utf-8')
  for (const { path } of operations) expect(text).toContain(path.replaceAll(/\{(\w+)\}/g, ':$1'))
  expect(text).not.toMatch(/<script|https?:/)
})
