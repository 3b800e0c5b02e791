// The few colours of the command line, by what they mean. A state is always there as a word too,
// for those who see no colours and for pipes.

export type Tone = 'good' | 'bad' | 'warning' | 'quiet' | 'strong' | 'plain'

const codes: Readonly<Record<Tone, string>> = {
  good: '32',
  bad: '31',
  warning: '33',
  quiet: '2',
  strong: '1',
  plain: '',
}

export function paint(tone: Tone, text: string, isColoured: boolean): string {
  return isColoured && tone !== 'plain' && text !== '' ? `\u001B[${codes[tone]}m${text}\u001B[0m` : text
}

/** What to think of a state of a run, a node, an agent or a category. */
export function toneOf(state: string): Tone {
  switch (state) {
    case 'succeeded':
    case 'live':
    case 'up':
    case 'ready':
    case 'applied':
      return 'good'
    case 'failed':
    case 'lost':
    case 'refused':
    case 'no-majority':
    case 'degraded':
      return 'bad'
    case 'drained':
    case 'leaving':
    case 'removing':
    case 'missed':
    case 'unknown':
    case 'absent':
    case 'stale':
    case 'conflict':
    case 'founding':
    case 'joining':
    case 'stopping':
      return 'warning'
    case 'skipped':
    case 'deleted':
      return 'quiet'
    default:
      return 'plain'
  }
}
