// The routes of whoever looks whether all is well: `doctor` asks the core and every host, and says what is wrong and what
// to do; `check` answers a monitoring system about jobs.

import type { NodeId } from '../../lib/base/ids.ts'
import { timeLimits } from '../../lib/base/limits.ts'
import type { Finding, NeededSecret } from '../../lib/view/doctor.ts'
import type { JobCheck } from '../../lib/view/job-attention.ts'
import type { NodeView } from '../../lib/view/question.ts'
import type { Core } from './core.ts'
import { route, type Route } from './route.ts'
import { instant, list, named, nullable, number, object, oneOf, optional, text } from './shape.ts'
import { told } from './told.ts'

export type HostFacts = {
  readonly wallMs: number
  readonly diskFreeBytes: number
  readonly diskBytes: number
  readonly syncMs: number
  readonly killing: 'cgroups' | 'process group'
}

export type AskDoctor = (
  node: NodeId,
  question: { readonly kind: 'host-facts' } | { readonly kind: 'secret-names' },
) => Promise<{
  readonly kind: string
  readonly facts?: HostFacts
  readonly names?: readonly { readonly name: string }[]
} | null>

export type HostReport = {
  readonly node: string
  /** Of its clock against this agent's, at most so far off as the answer took to come. */
  readonly clockOffsetMs: number
  readonly diskFreeBytes: number
  readonly diskBytes: number
  readonly syncMs: number
  readonly killing: HostFacts['killing']
}

export type DoctorReport = { readonly findings: readonly Finding[]; readonly hosts: readonly HostReport[] }

const findingShape = named(
  'Finding',
  object<Finding>({
    level: oneOf(['bad', 'warning']),
    about: text(),
    text: text(),
    remedy: text({ description: 'What to do; empty where the text says it' }),
  }),
)
const hostShape = object<HostReport>({
  node: text(),
  clockOffsetMs: number,
  diskFreeBytes: number,
  diskBytes: number,
  syncMs: number,
  killing: oneOf(['cgroups', 'process group']),
})
const checkShape = named(
  'JobCheck',
  object<JobCheck>({
    job: text(),
    state: oneOf(['succeeded', 'failed', 'unknown', 'lost', 'missed', 'skipped', 'stuck', 'no-run']),
    run: nullable(text({ description: 'The run that counts' })),
    slot: nullable(instant),
    why: text(),
  }),
)

/** Below it, or below so much of the disk, writes will soon fail. */
const diskFreeBytesMin = 1_000_000_000
const diskFreeShareMin = 0.05
/** A vote costs two synced writes; beyond it starts are late. */
const syncMsMax = 50

export function doctorRoutes(core: Core, askHost: AskDoctor): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/doctor',
      group: 'status',
      summary: 'What is wrong on any host, and what to do about it; every host is asked',
      needs: 'reader',
      answer: object<DoctorReport>({ findings: list(findingShape), hosts: list(hostShape) }),
      handle: async () => examine(core, askHost),
    }),
    route({
      method: 'GET',
      path: '/api/v1/check',
      group: 'status',
      summary: 'How jobs are, for a monitoring system: of each the run that counts, and its state',
      needs: 'nobody',
      query: { job: optional(text({ minLength: 1, maxLength: 1024, description: 'Only this one' })) },
      answer: object<{ readonly checks: readonly JobCheck[] }>({ checks: list(checkShape) }),
      handle: async ({ query }) => {
        const { checks } = told(await core.ask({ kind: 'check', job: query.job ?? null }), 'check')
        return { checks }
      },
    }),
  ]
}

async function examine(core: Core, askHost: AskDoctor): Promise<DoctorReport> {
  const { findings, secrets } = told(await core.ask({ kind: 'doctor' }), 'doctor').doctor
  const { nodes } = told(await core.ask({ kind: 'nodes' }), 'nodes')
  const there = nodes.filter(({ isConnected, isSelf }) => isConnected || isSelf)
  const hosts = await Promise.all(there.map(async (node) => reportOf(node, askHost)))
  const found = await Promise.all(there.map(async (node) => secretFindings(node, secrets, askHost)))
  const known = hosts.filter((host) => host !== null)
  const silent = there.filter((_, at) => hosts[at] === null).map(silentHost)
  return { findings: [...findings, ...silent, ...known.flatMap(hostFindings), ...found.flat()], hosts: known }
}

async function reportOf({ nodeId, name }: NodeView, askHost: AskDoctor): Promise<HostReport | null> {
  const askedAtMs = Date.now()
  const answer = await askHost(nodeId as NodeId, { kind: 'host-facts' })
  if (answer?.facts === undefined) return null
  const { wallMs, ...facts } = answer.facts
  const tookMs = Date.now() - askedAtMs
  const differMs = wallMs - (askedAtMs + tookMs / 2)
  // What the way may have taken is no difference of clocks.
  const clockOffsetMs = Math.sign(differMs) * Math.max(0, Math.round(Math.abs(differMs) - tookMs / 2))
  return { node: name, clockOffsetMs, ...facts, syncMs: Math.round(facts.syncMs * 100) / 100 }
}

function silentHost({ name }: NodeView): Finding {
  return {
    level: 'warning',
    about: `node ${name}`,
    text: 'it is connected, and does not say how its clock and its disk are',
    remedy: 'Look at its load and its log; an agent of another version may not know the question.',
  }
}

function hostFindings({
  node,
  clockOffsetMs,
  diskFreeBytes,
  diskBytes,
  syncMs,
  killing,
}: HostReport): Finding[] {
  const about = `node ${node}`
  const findings: Finding[] = []
  if (Math.abs(clockOffsetMs) > timeLimits.clockOffsetWarnMs)
    findings.push({
      level: 'warning',
      about,
      text: `its clock is ${Math.round(Math.abs(clockOffsetMs) / 1000)} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this host's`,
      remedy:
        'Set the clocks by NTP (timedatectl, chronyc tracking); slots go by the time of the cluster meanwhile.',
    })
  if (diskFreeBytes < Math.min(diskFreeBytesMin, diskBytes * diskFreeShareMin))
    findings.push({
      level: 'bad',
      about,
      text: `its disk has ${Math.round(diskFreeBytes / 1e6)} MB left of ${Math.round(diskBytes / 1e6)}`,
      remedy: `Free some space; hocket prune shows what old runs take.`,
    })
  if (syncMs > syncMsMax)
    findings.push({
      level: 'warning',
      about,
      text: `its disk takes ${Math.round(syncMs)} ms for one synced write: every vote and start waits for it`,
      remedy: 'Put the data directory on a faster disk, or look at what keeps this one busy.',
    })
  if (killing === 'process group')
    findings.push({
      level: 'warning',
      about,
      text: 'a kill reaches the process group of a run, and not what left it',
      remedy: 'Let the agent make control groups: as root, or by Delegate=yes in its systemd unit.',
    })
  return findings
}

async function secretFindings(
  { nodeId, name }: NodeView,
  needed: readonly NeededSecret[],
  askHost: AskDoctor,
): Promise<Finding[]> {
  const wanted = needed.filter(({ nodes }) => nodes.includes(nodeId as NodeId))
  if (wanted.length === 0) return []
  const answer = await askHost(nodeId as NodeId, { kind: 'secret-names' })
  const known = new Set(answer?.names?.map((one) => one.name))
  return wanted
    .filter((one) => answer?.names !== undefined && !known.has(one.name))
    .map((one) => ({
      level: 'bad',
      about: `node ${name}`,
      text: `it has no secret "${one.name}", which ${one.job} needs`,
      remedy: `hocket secret set ${one.name} --node ${name}`,
    }))
}
