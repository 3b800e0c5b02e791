// The body of cronq's own route as the text of a file of cronq's, which asks for more: the category, and a routing
// key for each job. So what came by the route can be read again like any file. Source: cronq 0.27.0, web.py.

/** Null when the body is no object of JSON. */
export function cronqFileText(category: string, body: string): string | null {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return null
  }
  if (!isRecord(value)) return null
  const { jobs = [] } = value
  const whole = Array.isArray(jobs) ? jobs.map(withRoutingKey) : jobs
  return `${JSON.stringify({ ...value, category, jobs: whole }, null, 2)}\n`
}

function withRoutingKey(job: unknown): unknown {
  return isRecord(job) && job['routing_key'] === undefined ? { ...job, routing_key: 'default' } : job
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
