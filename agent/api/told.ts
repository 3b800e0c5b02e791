// The core's answers as answers of HTTP: what it knows and did, of the kind that was asked for; what it refuses is
// thrown as a problem with the status that fits and a remedy.

import type { Answer } from '../../lib/view/question.ts'
import { ApiRefusal, type ProblemAnswer } from './problem-answer.ts'

/** The answer, when it is of this kind; throws ApiRefusal for a refusal. */
export function told<Kind extends Told['kind']>(answer: Answer, kind: Kind): Extract<Answer, { kind: Kind }> {
  if (isOf(answer, kind)) return answer
  if (isRefusal(answer)) throw new ApiRefusal(refusalOf(answer))
  throw new Error(`Cannot answer: the core said "${answer.kind}", expected "${kind}"`)
}

function isOf<Kind extends Answer['kind']>(
  answer: Answer,
  kind: Kind,
): answer is Extract<Answer, { kind: Kind }> {
  return answer.kind === kind
}

const refusals: ReadonlySet<string> = new Set<Refusal['kind']>([
  'not-found',
  'refused',
  'config-refused',
  'revision-differs',
  'not-ready',
  'no-time',
])

function isRefusal(answer: Answer): answer is Refusal {
  return refusals.has(answer.kind)
}

type Told = Exclude<Answer, Refusal>

type Refusal = Extract<
  Answer,
  { kind: 'not-found' | 'refused' | 'config-refused' | 'revision-differs' | 'not-ready' | 'no-time' }
>

function refusalOf(answer: Refusal): ProblemAnswer {
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
    case 'no-time':
      return {
        status: 503,
        title: 'No time yet',
        detail:
          'Cannot change definitions yet: no majority of the witnesses has told this agent the time, expected it to have one to date the change by',
        remedy:
          'Ask again in a few seconds, or another agent; hocket status says which witnesses are away, or whose clocks differ.',
        headers: { 'retry-after': '5' },
      }
  }
}

/** Where to look for what there is. */
function listOf(what: string): string {
  const lists = {
    service: 'hocket services',
    job: 'hocket jobs',
    node: 'hocket nodes',
    run: 'hocket runs',
    witness: 'hocket witnesses show',
    token: 'hocket token list',
    category: 'hocket config list',
  } as const
  const noun = what.split(' ', 1)[0] ?? ''
  if (what.includes('revision')) return 'hocket config history CATEGORY lists the revisions.'
  return noun in lists
    ? `${lists[noun as keyof typeof lists]} lists them.`
    : 'See the list for what there is.'
}
