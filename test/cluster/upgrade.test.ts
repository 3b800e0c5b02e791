// Another version of the program is started on the data directory of one that was stopped in the middle of a run.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentHome, hocket, mainFile, root, until, type AgentProcess } from './agent-process.ts'

let home: AgentHome
beforeEach(() => {
  home = new AgentHome()
})
afterEach(async () => {
  await home.close()
})

/** The program anew, in a place of its own and with another version. */
function anotherVersion(version: string): string {
  const place = home.at('upgrade')
  const [top = ''] = path.relative(root, path.dirname(mainFile)).split(path.sep)
  for (const folder of top === 'agent' ? ['agent', 'lib'] : [top])
    fs.cpSync(path.join(root, folder), path.join(place, folder), { recursive: true })
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as object
  fs.writeFileSync(path.join(place, 'package.json'), JSON.stringify({ ...manifest, version }))
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(place, 'node_modules'))
  return path.join(place, path.relative(root, mainFile))
}

async function newestRun(agent: AgentProcess): Promise<RunView | undefined> {
  const { runs } = await agent.get<{ readonly runs: readonly RunView[] }>('runs?limit=10&job=up.nap')
  return runs[0]
}

test('a run goes on over an upgrade of its agent, is executed once, and ends with its own result', async () => {
  const [evidence, go] = [home.at('evidence'), home.at('go')]
  const command = `echo began >> ${evidence}; while [ ! -e ${go} ]; do sleep 0.1; done; echo ended; exit 7`
  const before = home.start('alone')
  before.drop('up.yaml', `jobs: {nap: {actions: {a: {command: "${command}"}}}}`)
  const jobs = async () => (await before.get<{ readonly jobs: readonly unknown[] }>('jobs')).jobs.length
  await until('the job to be known', async () => (await jobs()) === 1)
  const { code, err } = await hocket(['start', 'up.nap', '--data-dir', before.dataDirectory])
  if (code !== 0) throw new Error(err)
  await until('the command to begin', () => fs.existsSync(evidence))
  await before.stop()
  const after = home.start('alone', { program: anotherVersion('9.9.9') })
  expect((await after.get<StatusView>('status')).version).toBe('9.9.9')
  await until('the run to be known', async () => (await newestRun(after))?.state === 'running')
  fs.writeFileSync(go, '')
  await until('the run to be over', async () => (await newestRun(after))?.state === 'failed')
  expect((await newestRun(after))?.why).toMatch(/exited with 7$/)
  expect(await after.text('runs/up.nap.HEAD/output')).toBe('ended\n')
  expect(fs.readFileSync(evidence, 'utf8')).toBe('began\n')
}, 200_000)
