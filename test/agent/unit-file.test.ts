// config/hocket.service, which people copy as it is: it starts an agent by words that the agent understands, and a
// stop of it ends no run.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { agentCommand } from '../../agent/cli/agent-command.ts'
import { readSystemdUnit } from '../../lib/definition/systemd-unit.ts'

const file = path.resolve(import.meta.dirname, '../../config/hocket.service')
const { settings } = readSystemdUnit('hocket.service', fs.readFileSync(file, 'utf8'))

test('the unit starts an agent with options that it has', () => {
  const [line = ''] = settings.get('Service.ExecStart') ?? []
  const [program, name, command, ...words] = line.split(' ')
  expect([program, name, command]).toEqual(['/usr/bin/env', 'hocket', 'agent'])
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2))
  expect(options.length).toBeGreaterThan(0)
  for (const option of options) expect(Object.keys(agentCommand.options)).toContain(option)
})

test('a stop or the death of one run ends no other run, and a kill may reach all that a command started', () => {
  expect(settings.get('Service.KillMode')).toEqual(['process'])
  expect(settings.get('Service.OOMPolicy')).toEqual(['continue'])
  expect(settings.get('Service.Delegate')).toEqual(['yes'])
})
