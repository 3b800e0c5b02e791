// The core's answers as answers of HTTP: what it knows and did with 200, what it refuses as a problem with the
// status that fits and a remedy.

import type { FastifyReply } from 'fastify'
import type { Answer } from '../../lib/view/question.ts'
import { sendProblem } from './problem-answer.ts'

export async function sendAnswer(reply: FastifyReply, answer: Answer): Promise<void> {
  switch (answer.kind) {
    case 'status':
      return send(reply, answer.status)
    case 'jobs':
      return send(reply, { jobs: answer.jobs })
    case 'job':
      return send(reply, { job: answer.job, runs: answer.runs })
    case 'runs':
      return send(reply, { runs: answer.runs })
    case 'nodes':
      return send(reply, { nodes: answer.nodes })
    case 'witnesses':
      return send(reply, answer.witnesses)
    case 'config-status':
      return send(reply, { categories: answer.categories })
    case 'config-history':
      return send(reply, { category: answer.category, revisions: answer.revisions })
    case 'config-text':
      return send(withTag(reply, answer.text.revision), answer.text)
    case 'config-changed':
      return send(withTag(reply, answer.change.revision), answer.change)
    case 'job-switched':
      return send(reply, { job: answer.job, isEnabled: answer.isEnabled, isNews: answer.isNews })
    case 'done':
      return send(reply, { done: answer.what })
    default:
      return sendProblem(reply, refusalOf(answer))
  }
}

type Refusal = Extract<
  Answer,
  { kind: 'not-found' | 'refused' | 'config-refused' | 'revision-differs' | 'not-ready' }
>

function refusalOf(answer: Refusal) {
  switch (answer.kind) {
    case 'not-found':
      return {
        status: 404,
        title: 'Not found',
        detail: `Cannot find ${answer.what}: there is none, expected one that this cluster knows`,
        remedy: answer.nearest === null ? listOf(answer.what) : `Did you mean "${answer.nearest}"?`,
      }
    case 'refused':
      return {
        status: 409,
        title: 'Refused',
        detail: `Cannot do that now: ${answer.why}`,
        remedy: answer.hint === '' ? 'See the state of the cluster.' : answer.hint,
      }
    case 'config-refused':
      return {
        status: 400,
        title: 'Bad definitions',
        detail: `Cannot apply category "${answer.category}": it has ${answer.problems.length} problem${answer.problems.length === 1 ? '' : 's'}, expected none`,
        remedy: 'Correct what the problems name, each with its line and column; nothing was changed.',
        problems: answer.problems,
      }
    case 'revision-differs': {
      const { category, current } = answer
      return {
        status: 412,
        title: 'Another revision',
        detail: `Cannot change category "${category}": ${current === null ? 'there is none now' : `its revision is "${current}" now`}, expected the one that the request names`,
        remedy: 'Look at what it is now, and send your change against that.',
      }
    }
    case 'not-ready':
      return {
        status: 503,
        title: 'Not ready',
        detail: `Cannot answer yet: ${answer.what} is being read from disk, expected it to be in memory`,
        remedy: 'Ask again in a second.',
      }
  }
}

/** Where to look for what there is. */
function listOf(what: string): string {
  const lists = { job: 'hocket jobs', node: 'hocket nodes', category: 'hocket config list' } as const
  const noun = what.split(' ', 1)[0] ?? ''
  if (what.includes('revision')) return 'hocket config history CATEGORY lists the revisions.'
  return noun in lists
    ? `${lists[noun as keyof typeof lists]} lists them.`
    : 'See the list for what there is.'
}

async function send(reply: FastifyReply, body: object): Promise<void> {
  await reply.send(body)
}

/** A revision as an ETag; none for an edit that was only tried. */
function withTag(reply: FastifyReply, revision: string | null): FastifyReply {
  return revision === null || revision === '' ? reply : reply.header('etag', `"${revision}"`)
}
