// Holds answers to the OpenAPI document: the path and method must be in it, and the body must be of the shape that it
// gives for the status. Used on every answer of a test API.
import { Ajv2020 } from 'ajv/dist/2020.js'

type Content = Readonly<Record<string, { readonly schema: object }>>
export type Operation = {
  readonly operationId: string
  readonly security: readonly object[]
  readonly 'x-needs': string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content: Content }>>
}
export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

export class DocumentCheck {
  readonly #document: Document
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })

  constructor(document: Document) {
    this.#document = document
    this.#ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    this.#ajv.addSchema({ ...document, $id: 'https://document.example/' })
  }

  /** What is wrong with an answer; empty when it is as the document says. */
  faultsOf(
    asked: { readonly method: string; readonly path: string },
    answer: { readonly status: number; readonly type: string; readonly body: unknown },
  ): readonly string[] {
    const pathname = asked.path.split('?', 1)[0] ?? ''
    const method = asked.method.toLowerCase()
    const found = Object.entries(this.#document.paths).find(
      ([path, operations]) => operations[method] !== undefined && patternOf(path).test(pathname),
    )
    if (found === undefined)
      return answer.status < 400 ? [`${asked.method} ${pathname} is not in the document`] : []
    const [path] = found
    const { responses } = found[1][method]!
    const type = answer.type.split(';', 1)[0] ?? ''
    const status = responses[answer.status]?.content[type] === undefined ? 'default' : String(answer.status)
    const content = responses[status]?.content ?? {}
    if (content[type] === undefined)
      return [`${asked.method} ${path} ${answer.status}: type "${answer.type}"`]
    if (!type.endsWith('json')) return []
    const place = ['paths', path, method, 'responses', status, 'content', type, 'schema']
    const pointer = place
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    return this.#faultsAt(pointer, answer.body)
  }

  /** Of a value that should be of a named shape. */
  faultsOfShape(name: string, value: unknown): readonly string[] {
    return this.#faultsAt(`components/schemas/${name}`, value)
  }

  #faultsAt(pointer: string, value: unknown): readonly string[] {
    const name = `https://document.example/#/${pointer}`
    const validate = this.#ajv.getSchema(name)
    if (validate === undefined) return [`${name} cannot be compiled`]
    if (validate(value) === true) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${pointer} ${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
