// What one Dkron job does, as an action of ours: its executors `shell` and `http`; the others are
// refused by a command that fails and says why.

import { dkronPayload } from './dkron-payload.ts'
import { sendsBody } from './check-request.ts'
import { countAt, recordAt, textAt, type JsonRecord } from './json-records.ts'
import { escapeTemplate } from './parse-template.ts'

type Action = { readonly [key: string]: unknown }

export function dkronAction(job: JsonRecord, remarks: string[]): Action {
  const config = recordAt(job, 'executor_config')
  const executor = textAt(job, 'executor')
  const retries = Math.min(1000, countAt(job, 'retries', 0))
  const again = retries > 0 ? { retries, retries_delay: '1s', backoff: 'linear' } : {}
  if (executor === 'shell') return { ...shellAction(config, remarks), ...again }
  if (executor === 'http') return { ...httpAction(config, remarks), ...again }
  remarks.push(`The executor "${executor}" is not carried over; its settings were ${JSON.stringify(config)}`)
  return {
    command: `echo "Dkron's executor ${executor.replace(/[^\w-]/g, '')} was not carried over" >&2; exit 1`,
  }
}

function shellAction(config: JsonRecord, remarks: string[]): Action {
  const stdin = textAt(config, 'payload')
  const input = stdin === '' ? undefined : dkronPayload(stdin)
  if (input === null) remarks.push(`The payload is no plain text and is left out: ${stdin}`)
  if (textAt(config, 'mem_limit') !== '') remarks.push(`Left out: mem_limit ${textAt(config, 'mem_limit')}`)
  const env = envOf(textAt(config, 'env'))
  return {
    command: escapeTemplate(textAt(config, 'command')) || 'true',
    env: Object.keys(env).length === 0 ? undefined : env,
    cwd: escapeTemplate(textAt(config, 'cwd')) || undefined,
    timeout: textAt(config, 'timeout') || undefined,
    user: textAt(config, 'su').replace(/:.*$/, '') || undefined,
    stdin: input === undefined || input === null ? undefined : escapeTemplate(input),
  }
}

/** `A=1,B=2`: values cannot hold commas. */
function envOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((part) => part.includes('='))
  return Object.fromEntries(
    pairs.map((part) => [
      part.slice(0, part.indexOf('=')).trim(),
      escapeTemplate(part.slice(part.indexOf('=') + 1)),
    ]),
  )
}

function httpAction(config: JsonRecord, remarks: string[]): Action {
  const codes = textAt(config, 'expectCode')
    .split(',')
    .map((code) => Number(code.trim()))
    .filter((code) => code >= 100 && code <= 599)
  const expectBody = textAt(config, 'expectBody')
  const timeoutSeconds = countAt(config, 'timeout', 30)
  if (textAt(config, 'tlsNoVerifyPeer') === 'true')
    remarks.push('Left out: tlsNoVerifyPeer; ca_file names a certificate to trust.')
  const method = textAt(config, 'method').toUpperCase()
  if (!sendsBody(method) && textAt(config, 'body') !== '')
    remarks.push(`Left out: the body ${JSON.stringify(config['body'])} of a request that sends none`)
  return {
    http: {
      url: escapeTemplate(textAt(config, 'url')),
      method: method === '' || method === 'GET' ? undefined : method,
      headers: headersOf(textAt(config, 'headers')),
      body: sendsBody(method) ? escapeTemplate(textAt(config, 'body')) || undefined : undefined,
      expect_status: codes.length > 0 ? codes : undefined,
      expect_body: expectBody.replace(/^\/(.*)\/$/s, '$1') || undefined,
      ca_file: textAt(config, 'tlsRootCAsFile') || undefined,
      cert_file: textAt(config, 'tlsCertificateFile') || undefined,
      key_file: textAt(config, 'tlsCertificateKeyFile') || undefined,
    },
    timeout: `${timeoutSeconds === 0 ? 30 : timeoutSeconds}s`,
  }
}

/** A JSON list of `Name: value`. */
function headersOf(text: string): Record<string, string> | undefined {
  const pairs = [...text.matchAll(/"([^":]+):\s*((?:[^"\\]|\\.)*)"/g)]
  if (pairs.length === 0) return undefined
  return Object.fromEntries(
    pairs.map(([, name = '', value = '']) => [name, escapeTemplate(value.replace(/\\(.)/g, '$1'))]),
  )
}
