// A job's name in a config text is replaced where it stands, and nothing else.

import { expect, test } from 'vitest'
import { renameJob } from '../../../lib/definition/rename-job.ts'

const rename = (text: string, to = 'fresh') => renameJob(text, { from: 'old', to })

test.each([
  [
    'of a map of jobs',
    'jobs:\n  older: {}\n  old: # why\n    actions: {old: {command: old}}\n',
    '  fresh: # why',
  ],
  ['of a list of jobs', 'jobs:\n  - name: other\n  - schedule: x\n    name: old\n', '    name: fresh'],
  [
    'in double quotes, as in JSON',
    '{"jobs": [{"name": "old", "summary": "old"}]}',
    '"name": "fresh", "summary": "old"',
  ],
  ['in single quotes', "jobs: [{name: 'old'}]", "{name: 'fresh'}"],
])('the name %s is another afterwards', (_, text, expected) => {
  const renamed = rename(text)
  expect(renamed).toContain(expected)
  expect(renamed).toHaveLength(text.length + 2)
})

test('a name that would be read as something else is quoted', () => {
  expect(rename('jobs:\n  - name: old\n', 'a: b')).toContain('name: "a: b"')
})

test.each([
  ['has no such job', 'jobs: [{name: other}]'],
  ['has no jobs', 'services: []'],
  ['is no text of ours', '- old'],
  ['is broken', 'jobs: [{name: old'],
])('a text that %s is left alone', (_, text) => {
  expect(rename(text)).toBeNull()
})
