// The variables of a command's environment: texts, which are templates, and secrets, which are names here and values
// only on the node that runs the command. What is written into a definition is there for everybody and for ever.

import { leaf, Refusal } from './key.ts'
import { described, readTextMap, type TextMap } from './value-kinds.ts'

/** `{PASSWORD: {secret: shop-db}}`: what the node keeps by that name. */
export type VariableMap = { readonly [variable: string]: string | { readonly secret: string } }

/** With a dot between the name and the key that Kubernetes, and so Tron, gave it. */
export const secretNamePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'
const isSecretName = new RegExp(secretNamePattern)
const expects = 'text, or {secret: NAME} with a name of letters, digits, - . and _'
const expectsSource = '{secret_name: NAME, key: KEY}, both of letters, digits, - . and _'

export const variableMap = leaf(
  {
    expects: 'a map of texts and secrets',
    json: {
      type: 'object',
      additionalProperties: {
        anyOf: [
          { type: ['string', 'number', 'boolean', 'null'] },
          {
            type: 'object',
            properties: { secret: { type: 'string', pattern: secretNamePattern } },
            required: ['secret'],
            additionalProperties: false,
          },
        ],
      },
    },
    scalars: 'sources',
  },
  readVariableMap,
)

function readVariableMap(value: unknown): VariableMap | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return readTextMap(value)
  const map = Object.create(null) as Record<string, string | { secret: string }>
  for (const [variable, item] of Object.entries(value) as [string, unknown][]) {
    const secret = secretOf(item)
    const text = secret === null ? readTextMap({ [variable]: item }) : null
    if (text instanceof Refusal) return new Refusal(text.because, expects)
    map[variable] = secret === null ? (text?.[variable] ?? '') : { secret }
  }
  return map
}

/** Null for what names no secret. */
function secretOf(item: unknown): string | null {
  if (typeof item !== 'object' || item === null) return null
  const { secret, ...more } = item as Readonly<Record<string, unknown>>
  const isName = typeof secret === 'string' && isSecretName.test(secret)
  return isName && Object.keys(more).length === 0 ? secret : null
}

/** Tron's `secret_env`, as the variables and the names of their secrets. */
export const secretVariables = leaf(
  {
    expects: 'a map of secrets',
    json: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { secret_name: { type: 'string' }, key: { type: 'string' } },
        required: ['secret_name', 'key'],
        additionalProperties: false,
      },
    },
  },
  readSecretVariables,
)

function readSecretVariables(value: unknown): TextMap | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Refusal(`is ${described(value)}`)
  const map = Object.create(null) as Record<string, string>
  for (const [variable, item] of Object.entries(value) as [string, unknown][]) {
    const { secret_name: name, key, ...more } = (item ?? {}) as Readonly<Record<string, unknown>>
    const secret = `${String(name)}.${String(key)}`
    const isSource = typeof name === 'string' && typeof key === 'string' && key !== ''
    if (!isSource || Object.keys(more).length > 0 || !isSecretName.test(secret))
      return new Refusal(`has something else under "${variable}"`, expectsSource)
    map[variable] = secret
  }
  return map
}

/** The variables that are texts, and by their variables the names of the secrets. */
export function dividedVariables(variables: VariableMap | undefined): {
  readonly env: TextMap
  readonly secrets: TextMap
} {
  const all = Object.entries(variables ?? {})
  return {
    env: Object.fromEntries(
      all.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
    secrets: Object.fromEntries(
      all.flatMap(([name, value]) => (typeof value === 'string' ? [] : [[name, value.secret]])),
    ),
  }
}
