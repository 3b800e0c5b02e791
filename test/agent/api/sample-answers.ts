// An answer to each question, of the kind that a small cluster gives.
import type { ConfigChangeView } from '../../../lib/view/config-change-view.ts'
import type { Finding } from '../../../lib/view/doctor.ts'
import type { JobCheck } from '../../../lib/view/job-attention.ts'
import type { FiguresView } from '../../../lib/view/figures.ts'
import type {
  Answer,
  CategoryView,
  Command,
  JobView,
  NodeView,
  Question,
  RevisionView,
  StatusView,
} from '../../../lib/view/question.ts'
import type { ServiceView } from '../../../lib/view/service-view.ts'
import { nodeId } from '../../../lib/base/ids.ts'
import type { OutputPlace } from '../../../lib/view/output-place.ts'
import type { RunView } from '../../../lib/view/run-view.ts'

const at = '2026-11-21T12:00:00Z'

export const sampleRun: RunView = {
  id: 'shop.a.7',
  job: 'shop.a',
  slot: at,
  state: 'failed',
  why: 'exit 1',
  node: 'alpha',
  attempt: 1,
  token: 7,
  requestId: null,
  user: null,
  variables: { level: 'secret' },
  startedAt: '2026-11-21T12:00:00.004Z',
  endedAt: '2026-11-21T12:00:03Z',
  latenessMs: 4,
  isLateReport: false,
  isPartitioned: false,
  besides: [],
  actions: [
    {
      name: 'run',
      state: 'failed',
      why: 'exited with 1',
      startedAt: '2026-11-21T12:00:00.004Z',
      endedAt: null,
      tries: 1,
      lastLines: 'no such file',
      node: null,
      earlier: [],
    },
  ],
  range: null,
}

export const sampleJob: JobView = {
  name: 'shop.a',
  category: 'shop',
  summary: '',
  owner: '',
  schedule: 'R/2013-05-29T00:00:00/PT1M',
  intervalMs: 60_000,
  pool: 'slow',
  timeZone: 'UTC',
  isEnabled: true,
  nextSlot: '2026-11-21T13:00:00Z',
  nextNode: null,
  nextNodes: 0,
  lastRun: null,
  recent: [{ slot: at, state: 'succeeded', durationMs: 3 }],
  actions: [{ name: 'run', command: 'sleep 10', requires: [] }],
  revision: '1:a:b',
}

const samplePlace: OutputPlace = {
  nodeId: nodeId('a'),
  node: 'alpha',
  what: 'action "run"',
  process: 'shop.a.7.run.1',
  isOver: true,
  lastLines: 'no such file',
}

export const sampleCategory: CategoryView = {
  category: 'shop',
  revision: '1:a:b',
  state: 'applied',
  author: 'alpha (x.json)',
  at,
  jobs: 1,
  services: 2,
  problems: [],
  notes: [],
  conflicts: [],
  remedy: '',
}

const status: StatusView = {
  node: 'alpha',
  nodeId: 'a',
  version: '1.2.3',
  clusterId: 'c',
  state: 'ready',
  complaints: [],
  witnesses: { wanted: 1, members: [{ node: 'alpha', isReachable: true }] },
  session: { id: 'a/1', isValid: true, validForMs: 17_000 },
  clusterTime: at,
  pause: null,
  clockOffsetMs: 0,
  nodes: { known: 1, live: 1 },
  jobs: 1,
  running: 0,
}

export const sampleCheck: JobCheck = {
  job: 'shop.a',
  state: 'failed',
  run: 'shop.a.7',
  slot: at,
  why: 'exited with 1',
}

export const sampleFinding: Finding = {
  level: 'warning',
  about: 'node beta',
  text: 'this agent does not reach it',
  remedy: 'Start its agent',
}

const figures: FiguresView = {
  claims: { won: 7, lost: 2, refused: { busy: 1 }, takeovers: 1 },
  runsFlagged: { 'over-expected': 1, stuck: 0 },
  sessionAgeMs: 3000,
  peers: 2,
  documents: {
    known: 3,
    open: [{ kind: 'root', count: 1, bytes: 900 }],
    largest: { id: 'root', bytes: 900 },
    behind: { count: 0, forMs: 0 },
  },
}

const node: NodeView = {
  name: 'alpha',
  nodeId: 'a',
  hostname: 'alpha.example',
  labels: { disk: 'ssd' },
  state: 'live',
  duty: 'active',
  isSelf: true,
  isWitness: true,
  isConnected: false,
  version: '1.2.3',
  zoneData: '2026c',
  addresses: ['/ip4/127.0.0.1/tcp/7461'],
  startedAt: at,
}

const revision: RevisionView = {
  revision: '1:a:b',
  isCurrent: true,
  state: 'present',
  at,
  node: 'alpha',
  user: null,
  fileName: 'shop.yaml',
  hasOwnText: true,
  isConflict: false,
}

export const sampleService: ServiceView = {
  name: 'shop.web',
  category: 'shop',
  state: 'UP',
  isEnabled: true,
  count: 1,
  up: 1,
  wanted: 1,
  pool: '',
  command: 'web --daemon',
  pidFile: '/run/web.pid',
  isForeground: false,
  monitorIntervalMs: 10_000,
  restartDelayMs: null,
  failover: 'none',
  update: 'rolling',
  health: null,
  owner: '',
  summary: '',
  notes: '',
  revision: '1:a:b',
  instances: [
    {
      name: 'shop.web.0',
      number: 0,
      node: 'alpha',
      state: 'up',
      why: '',
      isWanted: true,
      since: at,
      startedAt: at,
      pid: 4_711,
      starts: 1,
      output: '',
      events: [{ at, state: 'up', text: 'up, process 4711' }],
    },
  ],
}

export const sampleChange: ConfigChangeView = {
  category: 'shop',
  revision: '7:one:abc',
  isNews: true,
  created: 1,
  changed: 0,
  removed: 0,
  unchanged: 0,
  jobs: [{ job: 'shop.a', change: 'created', keys: [], nextBefore: [], nextAfter: [at] }],
  services: [],
  notes: [],
}

export function sampleAnswer(question: Question): Answer {
  switch (question.kind) {
    case 'status':
      return { kind: 'status', status }
    case 'check':
      return { kind: 'check', checks: [sampleCheck] }
    case 'doctor':
      return { kind: 'doctor', doctor: { findings: [sampleFinding], secrets: [] } }
    case 'figures':
      return { kind: 'figures', figures }
    case 'jobs':
      return { kind: 'jobs', jobs: [sampleJob] }
    case 'job':
      return {
        kind: 'job',
        job: { ...sampleJob, lastRun: sampleRun },
        runs: [sampleRun],
        upcoming: ['2026-11-21T13:00:00Z'],
      }
    case 'jobs-page':
      return { kind: 'jobs-page', page: { jobs: [sampleJob], total: 2, nextCursor: '0 shop.a' } }
    case 'output-place':
    case 'instance-output-place':
      return { kind: 'output-place', place: samplePlace }
    case 'slots':
      return { kind: 'slots', slots: { job: question.job, slots: [at], isCut: false } }
    case 'why':
      return { kind: 'why', story: { job: 'a.b', run: null, slot: at, lines: ['it ran'] } }
    case 'why-run':
      return { kind: 'why', story: { job: 'a.b', run: 'a.b.7', slot: at, lines: ['it ran'] } }
    case 'run':
      return { kind: 'run', found: { run: sampleRun, attempts: [sampleRun] } }
    case 'score': {
      const cells = [{ column: 3, total: 2, worst: 'failed' as const, states: { failed: 1, succeeded: 1 } }]
      return {
        kind: 'score',
        score: { from: at, columns: 60, columnMs: 60_000, lines: [{ node: 'alpha', cells }] },
      }
    }
    case 'day':
      return {
        kind: 'day',
        day: {
          from: at,
          columnMs: 900_000,
          crowd: [1, 0],
          isEstimated: false,
          jobs: 1,
          rows: [{ job: 'shop.a', slots: [{ at, node: null }], every: null }],
          clockChanges: [{ zone: 'Europe/Berlin', at, words: '02:00 to 03:00 does not come' }],
        },
      }
    case 'runs':
      return { kind: 'runs', runs: [sampleRun], next: null }
    case 'services':
      return { kind: 'services', services: [sampleService] }
    case 'service':
      return { kind: 'service', service: sampleService }
    case 'nodes':
      return { kind: 'nodes', nodes: [node] }
    case 'tokens':
      return { kind: 'tokens', tokens: [], nowMs: Date.parse(at) }
    case 'witnesses': {
      const members = [{ node: 'alpha', nodeId: 'a', isReachable: true, clockOffsetMs: 2 }]
      return { kind: 'witnesses', witnesses: { epoch: 1, majority: 1, members } }
    }
    case 'config-status':
      return { kind: 'config-status', categories: [sampleCategory] }
    case 'config-history':
      return { kind: 'config-history', category: question.category, revisions: [revision] }
    case 'config-text': {
      const { category } = question
      return { kind: 'config-text', text: { category, revision: '1:a:b', fileName: 'shop.yaml', text: '' } }
    }
  }
}

export function sampleOutcome(command: Command): Answer {
  switch (command.kind) {
    case 'apply-category':
    case 'delete-category':
    case 'roll-back-category':
    case 'resolve-category':
      return {
        kind: 'config-changed',
        change: { ...sampleChange, revision: command.isDryRun ? null : sampleChange.revision },
      }
    case 'switch-job':
      return { kind: 'job-switched', job: command.job, isEnabled: command.isEnabled, isNews: true }
    default:
      return { kind: 'done', what: 'it is done' }
  }
}
