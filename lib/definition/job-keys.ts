// Every key of a job, with its meaning: the single source of validation, JSON Schema, reference and
// types.

import type * as v from 'valibot'
import { actionRecord, cleanupRecord } from './action-keys.ts'
import { place, schedule } from './job-values.ts'
import { key, named, record, requiredKey } from './key.ts'
import {
  choice,
  duration,
  filledText,
  flag,
  name,
  text,
  textList,
  textMap,
  wholeNumber,
} from './value-kinds.ts'

const whenKeys = {
  schedule: key(schedule, {
    meaning: 'When the job runs, one schedule or a list. A job without one runs by hand or by trigger only.',
    fallback: 'by hand or by trigger',
    example: 'cron 0 4 * * *',
  }),
  time_zone: key(filledText, {
    meaning: 'The zone of its wall-clock times and of the dates in its templates.',
    fallback: "the file's, or MASTER's, or UTC",
    example: 'Europe/Rome',
  }),
  anchor: key(filledText, {
    meaning: 'The instant from which `every …` counts.',
    fallback: 'midnight of 1970-01-01, UTC',
    example: '2026-01-01T00:10:00Z',
  }),
  jitter: key(duration, {
    meaning: 'Each slot starts later by up to so much, always alike for one slot, never past the next slot.',
    unit: 'duration',
    fallback: '0s',
    example: '10m',
  }),
  exclude: key(textList, {
    meaning:
      'When it has no slots, on the clock of its zone: days, days of every year, ranges FROM..TO, names of calendars.',
    fallback: 'none',
    example: '[12-25, 2026-08-10..2026-08-21, holidays]',
  }),
  starts_at: key(filledText, {
    meaning: 'No slots before this instant.',
    fallback: 'none',
    example: '2026-03-01T00:00',
  }),
  expires_at: key(filledText, {
    meaning: 'No slots from this instant on.',
    fallback: 'none',
    example: '2026-12-31T00:00',
  }),
  once: key(flag, {
    meaning:
      'The job is done for good after its first success, whatever is edited later: by hand it still runs.',
    fallback: 'false',
    example: 'true',
  }),
  enabled: key(flag, {
    meaning: 'Whether it begins with its schedule on; `hocket enable` and `disable` override it.',
    fallback: 'true',
    example: 'false',
  }),
}

const lateKeys = {
  start_deadline: key(duration, {
    meaning: 'How long after its instant a slot may still start; later it is missed, or caught up.',
    unit: 'duration',
    fallback: '60s',
    example: '5m',
  }),
  catch_up: key(choice('none', 'last', 'all'), {
    meaning: 'Which missed slots are made up for: none, the last one, or all (100 at most).',
    fallback: 'last; in Tron files all; in crontabs none',
    example: 'none',
  }),
  catch_up_within: key(duration, {
    meaning: 'How old a missed slot may be and still be made up for.',
    unit: 'duration',
    fallback: '24h',
    example: '6h',
  }),
  overlap: key(choice('queue', 'skip', 'allow', 'replace', 'delay'), {
    meaning:
      "What happens to a slot while a run of the job is active: wait (one does, those after it are skipped), be skipped, start beside it, or replace it. `delay` is Kron's word for queue.",
    fallback: 'queue',
    example: 'skip',
  }),
  queueing: key(flag, {
    meaning: "Tron's word: false is `overlap: skip`.",
    fallback: 'true',
    example: 'false',
  }),
  allow_overlap: key(flag, {
    meaning: "Tron's word: true is `overlap: allow`.",
    fallback: 'false',
    example: 'true',
  }),
}

const whereKeys = {
  node: key(place, {
    meaning:
      'Where it runs: a node, a pool, or labels such as role=web. localhost is the agent where the file was dropped.',
    fallback: 'any agent; in crontabs the agent where it was dropped',
    example: 'workers',
  }),
  // Each run names the nodes that had one before it, and a register travels in one frame, with a few slots at once.
  count: key(wholeNumber({ min: 1, max: 100 }), {
    meaning:
      'On how many nodes of the pool each slot runs, a run on each; HOCKET_INDEX tells them apart, from 0.',
    unit: 'nodes',
    fallback: '1',
    example: '3',
  }),
  all_nodes: key(flag, {
    meaning:
      'Each slot runs on every node of the pool; on one that joins the cluster later, each after it came.',
    fallback: 'false',
    example: 'true',
  }),
  exclusive: key(flag, {
    meaning:
      'Two runs never overlap, even when their nodes cannot see each other: a run is ended when its node loses its session. On Linux only.',
    fallback: 'false',
    example: 'true',
  }),
  if_lost: key(choice('record', 'rerun'), {
    meaning:
      'What happens to a run whose node vanished: it is recorded as lost, or run again when the first is ended for sure (rerun on Linux only).',
    fallback: 'record',
    example: 'rerun',
  }),
  lost_attempts: key(wholeNumber({ min: 1, max: 100 }), {
    meaning: 'With `if_lost: rerun`, how many times a slot is started at most, the first time included.',
    unit: 'starts',
    fallback: '2',
    example: '3',
  }),
  lock_delay: key(duration, {
    meaning:
      'With `if_lost: rerun`, how long the next start waits after the loss is certain: what the lost run sent off may still arrive.',
    unit: 'duration',
    fallback: '15s',
    example: '30s',
  }),
  if_partitioned: key(choice('wait', 'run'), {
    meaning:
      'What happens where no majority of witnesses is in reach: nothing starts, or each side of the cut network runs the slot once, on a node that it sees, without a token and without catch-up. What runs so still when a majority is back holds up no later slot.',
    fallback: 'wait',
    example: 'run',
  }),
}

const aboutKeys = {
  max_runtime: key(duration, {
    meaning: 'A run that lasts so long is stopped.',
    unit: 'duration',
    fallback: 'none',
    example: '2h',
  }),
  expected_runtime: key(duration, {
    meaning: 'A run that lasts longer is shown as over its time; nothing is stopped.',
    unit: 'duration',
    fallback: '24h',
    example: '30m',
  }),
  run_limit: key(wholeNumber({ min: 1, max: 10_000 }), {
    meaning: 'How many of its runs are listed, and keep their output.',
    unit: 'runs',
    fallback: '1000, the last 50 with their output',
    example: '200',
  }),
  keep_runs_for: key(duration, {
    meaning: 'How long its runs are listed, and keep their output.',
    unit: 'duration',
    fallback: '30d',
    example: '90d',
  }),
  labels: key(textMap, {
    meaning: 'Words to find the job by.',
    fallback: 'none',
    example: '{team: billing}',
  }),
  owner: key(text, { meaning: 'Whom to ask.', fallback: 'none', example: 'billing team' }),
  summary: key(text, {
    meaning: 'What it is for, in a line.',
    fallback: 'none',
    example: 'Sends the invoices.',
  }),
  notes: key(text, {
    meaning: 'What to know when it fails.',
    fallback: 'none',
    example: 'Safe to run again.',
  }),
}

const jobKeys = {
  name: requiredKey(name, {
    meaning: 'The name of the job, unique within its file. Its full name is CATEGORY.NAME.',
    example: 'nightly-backup',
  }),
  ...whereKeys,
  ...whenKeys,
  actions: requiredKey(named(actionRecord, 'action'), {
    meaning: 'What is done: a list of actions with names, or a map keyed by name.',
    example: '{dump: {command: pg_dump …}}',
  }),
  cleanup_action: key(cleanupRecord, {
    meaning: 'Runs once, last, whatever became of the others; {cleanup_job_status} tells it.',
    fallback: 'none',
    example: '{command: rm -rf /tmp/work}',
  }),
  ...lateKeys,
  ...aboutKeys,
}

export const jobRecord = record('job', jobKeys)
export type RawJob = v.InferOutput<typeof jobRecord>
