// What a text says as JSON. Null for what is none: nothing that stands in a document
// stops an agent.

export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
