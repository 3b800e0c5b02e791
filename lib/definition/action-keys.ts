// Every key of an action, with its meaning: the single source of validation, JSON Schema, reference
// and types.

import type * as v from 'valibot'
import { downstreams, place } from './job-values.ts'
import { key, record, requiredKey } from './key.ts'
import {
  choice,
  duration,
  filledText,
  name,
  text,
  textList,
  wholeNumber,
  wholeNumberList,
} from './value-kinds.ts'
import { secretVariables, variableMap } from './variable-map.ts'

const httpKeys = {
  url: requiredKey(filledText, {
    meaning: 'Where the request goes. A template.',
    example: 'https://example.org/refresh?day={shortdate}',
  }),
  method: key(choice('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'), {
    meaning: 'The method of the request.',
    fallback: 'GET',
    example: 'POST',
  }),
  headers: key(variableMap, {
    meaning:
      'Headers of the request: templates, or secrets that only the node knows, such as `Bearer …` whole. With a secret no redirect is followed.',
    fallback: 'none',
    example: '{accept: text/plain, authorization: {secret: shop-api}}',
  }),
  body: key(text, {
    meaning: 'The body of the request. A template.',
    fallback: 'none',
    example: '\'{{"day":"{shortdate}"}}\'',
  }),
  expect_status: key(wholeNumberList({ min: 100, max: 599 }), {
    meaning: 'The status codes that count as success.',
    fallback: '200 to 299',
    example: '[200, 204]',
  }),
  expect_body: key(filledText, {
    meaning: 'A regular expression that the body of a success matches.',
    fallback: 'any body',
    example: '"status": *"ok"',
  }),
  ca_file: key(filledText, {
    meaning: 'Certificates to trust, a file on the node.',
    fallback: "the system's",
    example: '/etc/ssl/ours.pem',
  }),
  cert_file: key(filledText, {
    meaning: "The client's certificate, a file on the node.",
    fallback: 'none',
    example: '/etc/ssl/me.pem',
  }),
  key_file: key(filledText, {
    meaning: "The client's key, a file on the node.",
    fallback: 'none',
    example: '/etc/ssl/me.key',
  }),
}

export const httpRecord = record('http request', httpKeys)

/** The keys that an action and a cleanup action share. */
const doingKeys = {
  command: key(filledText, {
    meaning: 'What is run, by the shell. A template. Exactly one of command, task and http is given.',
    fallback: 'none',
    example: 'backup --day {shortdate-1}',
  }),
  task: key(filledText, {
    meaning: 'The name of a function that a program with hocket inside it has registered.',
    fallback: 'none',
    example: 'send-mails',
  }),
  http: key(httpRecord, {
    meaning: 'A request that is made by the agent itself.',
    fallback: 'none',
    example: '{url: https://example.org/refresh}',
  }),
  node: key(place, {
    meaning:
      'Where this action runs: a node, a pool, or labels. It is claimed there when it is ready; the actions of a run that have one place stay on one node.',
    fallback: "the job's",
    example: 'db1',
  }),
  retries: key(wholeNumber({ min: 0, max: 1000 }), {
    meaning: 'Further attempts after a failed one.',
    unit: 'attempts',
    fallback: '0',
    example: '2',
  }),
  retries_delay: key(duration, {
    meaning: 'How long to wait before a further attempt.',
    unit: 'duration',
    fallback: '0s',
    example: '5m',
  }),
  backoff: key(choice('fixed', 'linear', 'exponential'), {
    meaning: 'How the delay grows from attempt to attempt: not, by itself, or doubling.',
    fallback: 'fixed',
    example: 'exponential',
  }),
  retry_on: key(choice('same_node', 'any_node'), {
    meaning: 'Where a further attempt runs; any_node prefers another than the one where it failed.',
    fallback: 'same_node',
    example: 'any_node',
  }),
  timeout: key(duration, {
    meaning: 'An attempt that runs for so long gets SIGTERM, and SIGKILL after its grace.',
    unit: 'duration',
    fallback: 'none',
    example: '30m',
  }),
  env: key(variableMap, {
    meaning:
      "Variables for the command's environment: templates, or secrets that only the node knows (`hocket secret set`).",
    fallback: 'none',
    example: '{LEVEL: "3", PASSWORD: {secret: shop-db}}',
  }),
  secret_env: key(secretVariables, {
    meaning:
      "Tron's way to name secrets: `{NAME: {secret_name: shop-db, key: password}}` is `env: {NAME: {secret: shop-db.password}}`.",
    fallback: 'none',
    example: '{PASSWORD: {secret_name: shop-db, key: password}}',
  }),
  cwd: key(filledText, {
    meaning: 'The directory in which the command starts. A template.',
    fallback: "the user's home",
    example: '/srv/app',
  }),
  user: key(filledText, {
    meaning: 'The account that the command runs as.',
    fallback: "the agent's",
    example: 'www-data',
  }),
  shell: key(filledText, {
    meaning: 'The shell that gets the command with -c.',
    fallback: '/bin/sh',
    example: '/bin/bash',
  }),
  stdin: key(text, {
    meaning: "The command's standard input. A template.",
    fallback: 'empty',
    example: 'select 1;',
  }),
  success_exit_codes: key(wholeNumberList({ min: 0, max: 255 }), {
    meaning: 'The exit codes that count as success.',
    fallback: '[0]',
    example: '[0, 3]',
  }),
  expected_runtime: key(duration, {
    meaning: 'An attempt that runs longer is shown as over its time; nothing is stopped.',
    unit: 'duration',
    fallback: '24h',
    example: '2h',
  }),
  triggered_by: key(textList, {
    meaning: 'Events of other jobs for which the action waits, JOB.ACTION.KEY.VALUE. Templates.',
    fallback: 'none',
    example: '[MASTER.load.dump.shortdate.{shortdate}]',
  }),
  trigger_downstreams: key(downstreams, {
    meaning: 'What a success publishes: true for {shortdate: "{shortdate}"}, or a map of templates.',
    fallback: 'false',
    example: '{hourly: "{ymdh}"}',
  }),
  trigger_timeout: key(duration, {
    meaning: 'How long after its slot the action waits for its events before it fails.',
    unit: 'duration',
    fallback: '24h',
    example: '3h',
  }),
}

const actionKeys = {
  name: requiredKey(name, { meaning: 'The name of the action, unique within its job.', example: 'dump' }),
  ...doingKeys,
  requires: key(textList, {
    meaning: 'Actions of this job that must have succeeded, or been skipped, before.',
    fallback: 'none',
    example: '[fetch, check]',
  }),
}

const cleanupKeys = {
  name: key(choice('cleanup'), { meaning: 'Always cleanup.', fallback: 'cleanup', example: 'cleanup' }),
  ...doingKeys,
}

export const actionRecord = record('action', actionKeys)
export const cleanupRecord = record('cleanup action', cleanupKeys)
export type RawAction = v.InferOutput<typeof actionRecord>
export type RawCleanup = v.InferOutput<typeof cleanupRecord>
