import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { categoryOfFileName, parseCategory } from '../../../lib/definition/parse-category.ts'

const folder = path.resolve(import.meta.dirname, '../../../config/jobs')
const files = readdirSync(folder)

describe('the sample jobs', () => {
  test('are there', () => {
    expect(files.length).toBeGreaterThan(1)
  })

  test.each(files)('%s runs as it is', (fileName) => {
    const read = categoryOfFileName(fileName)
    if ('ignored' in read) throw new Error(read.ignored)
    const text = readFileSync(path.join(folder, fileName), 'utf8')
    const { jobs, problems, notes } = parseCategory({
      ...read,
      fileName,
      text,
      droppedBy: { nodeName: 'alpha', timeZone: 'UTC' },
      master: null,
    })
    expect([...problems, ...notes]).toEqual([])
    expect(jobs.length).toBeGreaterThan(0)
  })
})
