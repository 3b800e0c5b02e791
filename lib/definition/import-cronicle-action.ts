// What one Cronicle event does, as an action of ours: its shell and HTTP plugins; the others become
// a command that fails and says why.

import { sendsBody } from './check-request.ts'
import { countAt, recordAt, textAt, type JsonRecord } from './json-records.ts'
import { escapeTemplate } from './parse-template.ts'

type Action = { readonly [key: string]: unknown }

export function cronicleAction(
  event: JsonRecord,
  about: { readonly days: readonly number[] | null; readonly remarks: string[] },
): Action {
  const params = recordAt(event, 'params')
  const seconds = (key: string) => {
    const value = countAt(event, key, 0)
    return value > 0 ? `${value}s` : undefined
  }
  const retries = Math.min(1000, countAt(event, 'retries', 0))
  const shared = {
    retries: retries > 0 ? retries : undefined,
    retries_delay: retries > 0 ? seconds('retry_delay') : undefined,
    timeout: seconds('timeout'),
  }
  const plugin = textAt(event, 'plugin')
  if (plugin === 'urlplug') {
    if (about.days !== null)
      about.remarks.push(
        `It ran on the days ${about.days.join(', ')} of the month only; a request cannot ask for the day.`,
      )
    return { ...httpAction(params, about.remarks), ...shared }
  }
  if (plugin === 'shellplug') return { ...scriptAction(textAt(params, 'script'), about.days), ...shared }
  about.remarks.push(
    `The plugin "${plugin}" is not carried over; its settings were ${JSON.stringify(params)}`,
  )
  return {
    command: `echo "Cronicle's plugin ${plugin.replace(/[^\w-]/g, '')} was not carried over" >&2; exit 1`,
  }
}

export function isJobScript(action: unknown): action is { readonly command: string } {
  return (
    typeof action === 'object' && action !== null && 'command' in action && typeof action.command === 'string'
  )
}

/** Shell scripts run as commands; those of another interpreter are its standard input. */
function scriptAction(script: string, days: readonly number[] | null): Action {
  const match = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)([^\n]*)\n?/.exec(script)
  const interpreter = match?.[1] ?? '/bin/sh'
  const body = match === null ? script : script.slice(match[0].length)
  const guard =
    days === null
      ? ''
      : `case {day} in ${days.map((day) => String(day).padStart(2, '0')).join('|')}) ;; *) exit 0 ;; esac\n`
  const isShell = /(^|\/)(ba|da|z|k)?sh$/.test(interpreter)
  const text = escapeTemplate(body.trimEnd()) || 'true'
  const shell = interpreter.startsWith('/') ? interpreter : `/bin/${interpreter}`
  if (isShell) return { command: guard + text, shell: shell === '/bin/sh' ? undefined : shell }
  return {
    command: `${guard}${escapeTemplate(`${interpreter}${match?.[2] ?? ''}`).trim()} -`,
    stdin: `${text}\n`,
  }
}

function httpAction(params: JsonRecord, remarks: string[]): Action {
  const method = textAt(params, 'method').toUpperCase()
  const headers = [...textAt(params, 'headers').matchAll(/^([^:\n]+):\s*(.*)$/gm)]
  if (!sendsBody(method) && textAt(params, 'data') !== '')
    remarks.push(`Left out: the data ${JSON.stringify(params['data'])} of a request that sends none`)
  if (textAt(params, 'error_match') !== '')
    remarks.push(`Left out: error_match ${JSON.stringify(params['error_match'])}`)
  if (textAt(params, 'ssl_cert_bypass') === '1' || params['ssl_cert_bypass'] === true)
    remarks.push('Left out: ssl_cert_bypass; ca_file names a certificate to trust.')
  return {
    http: {
      url: escapeTemplate(textAt(params, 'url')),
      method: method === '' || method === 'GET' ? undefined : method,
      headers:
        headers.length === 0
          ? undefined
          : Object.fromEntries(
              headers.map(([, name = '', value = '']) => [name.trim(), escapeTemplate(value.trim())]),
            ),
      body: sendsBody(method) ? escapeTemplate(textAt(params, 'data')) || undefined : undefined,
      expect_body: textAt(params, 'success_match') || undefined,
    },
  }
}
