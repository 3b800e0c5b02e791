// Triggers that name a job or an action of the same file which is not there: nobody would publish
// them but a person, and the action would wait until it fails.

import type { Category } from '../base/ids.ts'
import type { JobDefinition } from './job-definition.ts'
import { didYouMean } from './nearest-known.ts'
import type { PlaceReport } from './place-report.ts'
import type { Path } from './located.ts'

export function checkTriggers(jobs: readonly JobDefinition[], category: Category, report: PlaceReport): void {
  const known = new Map(jobs.map((job) => [job.name as string, job]))
  const say = (path: Path, message: string, hint: string) => {
    report.note({ path: [...path, 'triggered_by'], message, hint })
  }
  for (const [i, job] of jobs.entries())
    for (const action of job.actions)
      for (const event of action.triggeredBy) {
        const [namespace = '', jobName = '', actionName = '', key = ''] = event.split('.')
        const path = ['jobs', i]
        const source = known.get(`${namespace}.${jobName}`)
        const publisher = source?.actions.find(({ name }) => name === actionName)
        if (namespace !== category || /[{}%]/.test(jobName + actionName + key)) continue
        if (source === undefined)
          say(
            path,
            `No job "${namespace}.${jobName}" is in this file to publish "${event}"`,
            didYouMean(`${namespace}.${jobName}`, known.keys()),
          )
        else if (publisher === undefined)
          say(
            path,
            `Job "${source.name}" has no action "${actionName}" to publish "${event}"`,
            didYouMean(
              actionName,
              source.actions.map(({ name }) => name),
            ),
          )
        else if (!Object.hasOwn(publisher.triggerDownstreams, key))
          say(
            path,
            `Action "${source.name}.${actionName}" does not publish "${key}", which "${event}" waits for`,
            didYouMean(key, Object.keys(publisher.triggerDownstreams)),
          )
      }
}
