// `hocket doctor`: what is wrong anywhere in the cluster, each with what to do about it, the worst first; and how each
// host is. Exit code 1 when something does not work.

import type { DoctorReport, HostReport } from '../api/doctor-routes.ts'
import type { Finding } from '../../lib/view/doctor.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint } from './paint.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeLength } from './time-words.ts'
import { wrapped } from './wrapped.ts'

export const doctorCommand: Command = {
  words: 'doctor',
  summary: 'what is wrong anywhere, and what to do about it',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [
    ['hocket doctor', 'clocks, disks, votes, pools, definitions, documents, versions, stuck runs'],
    ['hocket doctor --json | jq .findings', 'for a program; exit code 1 when something does not work'],
  ],
  run: async (call) => {
    const report = await askAgent<DoctorReport>(call, 'doctor')
    const { terminal } = call
    if (call.flags['json'] === true) terminal.out(jsonText(report))
    else terminal.out(hostsTable(report.hosts, terminal) + findingsText(report.findings, terminal))
    return report.findings.some(({ level }) => level === 'bad') ? 1 : 0
  },
}

function hostsTable(hosts: readonly HostReport[], terminal: Terminal): string {
  const columns = [
    { title: 'NODE', shrinks: true },
    { title: 'CLOCK', align: 'right' as const },
    { title: 'DISK FREE', align: 'right' as const },
    { title: 'SYNC', align: 'right' as const },
    { title: 'KILLS REACH' },
  ]
  const rows = hosts.map(({ node, clockOffsetMs, diskFreeBytes, diskBytes, syncMs, killing }) => [
    { text: node },
    { text: clockText(clockOffsetMs) },
    { text: `${sizeText(diskFreeBytes)} of ${sizeText(diskBytes)}` },
    { text: syncMs < 10 ? `${syncMs.toFixed(1)} ms` : timeLength(syncMs) },
    { text: killing === 'cgroups' ? 'all of a run' : 'its process group' },
  ])
  return table(columns, rows, terminal)
}

function clockText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 5) return 'same'
  return `${offsetMs > 0 ? '+' : '-'}${timeLength(Math.abs(offsetMs))}`
}

function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(bytes < 1e11 ? 1 : 0)} GB`
}

function findingsText(findings: readonly Finding[], { isColoured, columns }: Terminal): string {
  if (findings.length === 0) return `\n${paint('good', 'Nothing is wrong.', isColoured)}\n`
  const worstFirst = [
    ...findings.filter(({ level }) => level === 'bad'),
    ...findings.filter(({ level }) => level !== 'bad'),
  ]
  return worstFirst
    .map(({ level, about, text, remedy }) => {
      const [tone, mark] = level === 'bad' ? (['bad', '✗'] as const) : (['warning', '!'] as const)
      const what = wrapped(`${mark} ${plainText(about)}: ${plainText(text)}`, columns)
      const todo = remedy === '' ? '' : `${wrapped(`  → ${plainText(remedy)}`, columns, '    ')}\n`
      return `\n${what.replace(mark, paint(tone, mark, isColoured))}\n${todo}`
    })
    .join('')
}
