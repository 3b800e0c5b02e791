// Why a run ran where it did: the records about it in sentences, each with its instant, as
// `hocket why` prints them. Who voted for the claim is in them.

import type { JSX } from 'preact'
import type { SlotStory as Story } from '../../lib/view/slot-story.ts'
import { useResource } from '../live/resource.ts'
import { pathOf } from '../route.ts'
import { visible } from './visible.ts'
import { clockWords } from './when.tsx'

export function SlotStory({ job, run }: { readonly job: string; readonly run: string }): JSX.Element | null {
  const story = useResource<Story>(`/api/v1${pathOf('runs', run, 'why')}`, ['runs'], { job })
  if (story.body === null) return null
  return (
    <section aria-labelledby="story-title">
      <h2 id="story-title">Why it ran where it did</h2>
      <ol class="story">
        {story.body.lines.map((line, index) => (
          <Sentence key={index} line={line} />
        ))}
      </ol>
    </section>
  )
}

/** Most sentences begin with their instant. */
function Sentence({ line }: { readonly line: string }): JSX.Element {
  const [, at, rest = line] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z): (.*)$/s.exec(line) ?? []
  return (
    <li>
      {at === undefined ? null : (
        <time dateTime={at} title={at}>
          {clockWords(Date.parse(at))}
        </time>
      )}
      <span title={line}>{visible(shorten(rest))}</span>
    </li>
  )
}

/** A revision is named by its counter; the whole of it is on hover. */
function shorten(sentence: string): string {
  return sentence.replaceAll(/\brevision (\d+):\w+:\w+/g, 'revision $1')
}
