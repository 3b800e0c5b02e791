// Every key of a service, with its meaning: the single source of validation, JSON Schema, reference
// and types.

import type * as v from 'valibot'
import { instanceCount, place } from './job-values.ts'
import { key, record, requiredKey } from './key.ts'
import {
  choice,
  duration,
  durationOrSeconds,
  filledText,
  flag,
  name,
  text,
  textMap,
  wholeNumber,
} from './value-kinds.ts'
import { variableMap } from './variable-map.ts'

const healthKeys = {
  command: key(filledText, {
    meaning: 'A command that exits with 0 when all is well. A template.',
    fallback: 'none',
    example: 'curl -fs localhost:8080',
  }),
  http: key(filledText, {
    meaning: 'A URL that answers with 200 to 299 when all is well. A template.',
    fallback: 'none',
    example: 'http://localhost:8080/healthz',
  }),
  interval: key(durationOrSeconds, {
    meaning: 'How long from check to check.',
    unit: 'duration',
    fallback: '10s',
    example: '5s',
  }),
  timeout: key(durationOrSeconds, {
    meaning: 'A check without an answer for so long has failed.',
    unit: 'duration',
    fallback: '5s',
    example: '2s',
  }),
  failures: key(wholeNumber({ min: 1, max: 1000 }), {
    meaning: 'How many failed checks in a row make an instance failed.',
    unit: 'checks',
    fallback: '3',
    example: '5',
  }),
}

export const healthRecord = record('health check', healthKeys)

const keepingKeys = {
  monitor_interval: key(durationOrSeconds, {
    meaning: 'How long from check to check of the pid file; 0 is never.',
    unit: 'duration, or a number of seconds',
    fallback: '10s',
    example: '20s',
  }),
  restart_delay: key(durationOrSeconds, {
    meaning: 'How long after it was found dead an instance is started again.',
    unit: 'duration, or a number of seconds',
    fallback: 'never started again',
    example: '10s',
  }),
  restart_interval: key(durationOrSeconds, {
    meaning: 'An old word of Tron for restart_delay.',
    fallback: 'none',
    example: '10s',
  }),
  monitor_retries: key(wholeNumber({ min: 0, max: 1000 }), {
    meaning: 'After more failed checks in a row than this the instance counts as failed.',
    unit: 'checks',
    fallback: '5',
    example: '3',
  }),
  failover: key(choice('none', 'spread'), {
    meaning: 'What happens to the instances of a dead node: they wait for it, or start elsewhere.',
    fallback: 'none',
    example: 'spread',
  }),
  update: key(choice('rolling', 'all', 'none'), {
    meaning: 'How instances are restarted when the definition changed: one at a time, at once, or not.',
    fallback: 'rolling',
    example: 'all',
  }),
  health: key(healthRecord, {
    meaning: 'A check beyond the pid file.',
    fallback: 'none',
    example: '{http: http://localhost:8080/healthz}',
  }),
}

const serviceKeys = {
  name: requiredKey(name, {
    meaning: 'The name of the service, unique among jobs and services of its file.',
    example: 'web',
  }),
  node: key(place, {
    meaning: 'Where its instances run: a node, a pool, or labels.',
    fallback: 'any agent',
    example: 'workers',
  }),
  count: key(instanceCount, {
    meaning: 'How many instances, or all: one on each node.',
    unit: 'instances',
    fallback: '1',
    example: '4',
  }),
  command: requiredKey(filledText, {
    meaning:
      'Starts an instance. It puts itself into the background and writes its pid file, unless `foreground` is true. A template.',
    example: 'myserver --daemon --pid {pid_file}',
  }),
  pid_file: key(filledText, {
    meaning: 'Where an instance writes its process id. A template. Needed unless `foreground` is true.',
    fallback: 'none; with foreground one in the data directory',
    example: '/run/{name}-{instance_number}.pid',
  }),
  foreground: key(flag, {
    meaning: 'The command stays in the foreground: the agent detaches it and writes the pid file.',
    fallback: 'false',
    example: 'true',
  }),
  enabled: key(flag, {
    meaning: 'Whether it begins started; `hocket service start` and `stop` override it.',
    fallback: 'true',
    example: 'false',
  }),
  ...keepingKeys,
  stop_command: key(filledText, {
    meaning: 'Stops an instance, in place of a signal. A template.',
    fallback: 'none',
    example: 'myserver --stop {pid_file}',
  }),
  stop_signal: key(choice('SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'), {
    meaning: 'The signal that asks an instance to stop.',
    fallback: 'SIGTERM',
    example: 'SIGINT',
  }),
  stop_timeout: key(duration, {
    meaning: 'An instance that lives so long after it gets SIGKILL.',
    unit: 'duration',
    fallback: '10s',
    example: '1m',
  }),
  user: key(filledText, {
    meaning: 'The account that the command runs as.',
    fallback: "the agent's",
    example: 'www-data',
  }),
  cwd: key(filledText, {
    meaning: 'The directory in which the command starts. A template.',
    fallback: "the user's home",
    example: '/srv/app',
  }),
  env: key(variableMap, {
    meaning:
      "Variables for the command's environment: templates, or secrets that only the node knows (`hocket secret set`).",
    fallback: 'none',
    example: '{PORT: "8080"}',
  }),
  labels: key(textMap, {
    meaning: 'Words to find the service by.',
    fallback: 'none',
    example: '{team: web}',
  }),
  owner: key(text, { meaning: 'Whom to ask.', fallback: 'none', example: 'web team' }),
  summary: key(text, {
    meaning: 'What it is for, in a line.',
    fallback: 'none',
    example: 'Answers on port 8080.',
  }),
  notes: key(text, {
    meaning: 'What to know when it fails.',
    fallback: 'none',
    example: 'Needs 10 s to warm up.',
  }),
}

export const serviceRecord = record('service', serviceKeys)
export type RawService = v.InferOutput<typeof serviceRecord>
