// A shape is a JSON schema that knows the type of its values: the compiler refuses one that says anything else than
// the type it is made for. So the schemas of requests and answers are those of lib/view's types, and the OpenAPI
// document is true. Named shapes (`Job`, `Run`) appear once in the document and are referred to elsewhere.

export type JsonSchema = Readonly<Record<string, unknown>>

export type AnyShape = {
  readonly schema: JsonSchema
  /** The named shapes in it, by name. */
  readonly parts: Readonly<Record<string, JsonSchema>>
}

export type Shape<Value> = AnyShape & {
  /** Never there: it keeps shapes of different types apart. */
  readonly of?: (value: Value) => Value
}

type OptionalShape<Value> = Shape<Value> & { readonly isOptional: true }

/** The shapes of an object's members: all of them, and no other. */
export type Members<Value> = {
  readonly [Key in keyof Value]-?: undefined extends Value[Key]
    ? OptionalShape<Exclude<Value[Key], undefined>>
    : Shape<Value[Key]>
}

/** The object whose members have these shapes. */
export type ValueOf<Shapes> = {
  readonly [Key in keyof Shapes]: Shapes[Key] extends OptionalShape<infer Value>
    ? Value | undefined
    : Shapes[Key] extends Shape<infer Value>
      ? Value
      : never
}

function make<Value>(schema: JsonSchema, parts: AnyShape['parts'] = {}): Shape<Value> {
  return { schema, parts }
}

/** Any text; a bound belongs on all that is taken from outside. */
export function text(more: JsonSchema = {}): Shape<string> {
  return make({ type: 'string', ...more })
}

/** An instant such as `2026-11-21T12:00:00.004Z`, always UTC. */
export const instant: Shape<string> = make({ type: 'string', format: 'date-time' })

export function integer(more: JsonSchema = {}): Shape<number> {
  return make({ type: 'integer', ...more })
}

export const number: Shape<number> = make({ type: 'number' })

export const flag: Shape<boolean> = make({ type: 'boolean' })

export function oneOf<const Words extends readonly string[]>(
  words: Words,
  more: JsonSchema = {},
): Shape<Words[number]> {
  return make({ type: 'string', enum: words, ...more })
}

export function list<Value>(item: Shape<Value>, more: JsonSchema = {}): Shape<readonly Value[]> {
  return make({ type: 'array', items: item.schema, ...more }, item.parts)
}

/** An object with names that nobody knows before, such as labels. */
export function record<Value>(item: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return make({ type: 'object', additionalProperties: item.schema }, item.parts)
}

export function nullable<Value>(shape: Shape<Value>): Shape<Value | null> {
  const { type, enum: words, ...rest } = shape.schema
  if (typeof type !== 'string') return make({ anyOf: [shape.schema, { type: 'null' }] }, shape.parts)
  const orNull = Array.isArray(words) ? { enum: [...(words as unknown[]), null] } : {}
  return make({ type: [type, 'null'], ...orNull, ...rest }, shape.parts)
}

export function optional<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return { ...make(shape.schema, shape.parts), isOptional: true }
}

/** An object with these members and no others. */
export function object<Value extends object>(members: Members<Value>, more: JsonSchema = {}): Shape<Value> {
  const entries = Object.entries(members) as [string, AnyShape & { readonly isOptional?: true }][]
  const required = entries.filter(([, member]) => member.isOptional !== true).map(([name]) => name)
  return make(
    {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, member]) => [name, member.schema])),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
      ...more,
    },
    Object.assign({}, ...entries.map(([, { parts }]) => parts)) as AnyShape['parts'],
  )
}

/** One of several objects, told apart by a member. */
export function union<Value>(shapes: readonly AnyShape[]): Shape<Value> {
  return make(
    { oneOf: shapes.map(({ schema }) => schema) },
    Object.assign({}, ...shapes.map(({ parts }) => parts)) as AnyShape['parts'],
  )
}

/** A shape with a name of its own in the document. */
export function named<Value>(name: string, shape: Shape<Value>): Shape<Value> {
  return make({ $ref: `#/components/schemas/${name}` }, { ...shape.parts, [name]: shape.schema })
}
