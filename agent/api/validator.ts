// Checks what is sent against the schemas of a route. A query and a path are text, so what they hold is read as the type
// that is wanted; a body says its types itself, and is taken at its word.

import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifySchemaCompiler } from 'fastify'

const options: Options = { useDefaults: true, allErrors: true, strict: false }

/** As `Date.parse` reads it, but always with a zone. */
const instantPattern = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/

export function validatorCompiler(): FastifySchemaCompiler<object> {
  const [ofText, ofBody] = [true, false].map((coerceTypes) => {
    const ajv = new Ajv2020({ ...options, coerceTypes })
    const isInstant = (text: string) => instantPattern.test(text) && !Number.isNaN(Date.parse(text))
    return ajv.addFormat('date-time', { validate: isInstant })
  }) as [Ajv2020, Ajv2020]
  return ({ schema, httpPart }) => {
    // Compiled at its first use: a start is not the time for all of them.
    let check: ValidateFunction | undefined
    return (data: unknown) => {
      check ??= (httpPart === 'body' ? ofBody : ofText).compile(schema)
      return check(data) ? true : { error: check.errors ?? [] }
    }
  }
}
