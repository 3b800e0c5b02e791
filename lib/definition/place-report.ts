// Puts a remark where its path stands in the text: the one way in which the later steps, which
// see plain data, speak of the text that the data came from.

import type { Located, Path } from './located.ts'
import { offsetOf, pathText } from './located.ts'
import type { ProblemList } from './problem-list.ts'

export type Saying = {
  readonly path: Path
  readonly message: string
  readonly hint?: string
  /** Whether the remark is about the key or its value. */
  readonly of?: 'key' | 'value'
}

export class PlaceReport {
  readonly root: Located
  readonly problems: ProblemList

  constructor(root: Located, problems: ProblemList) {
    this.root = root
    this.problems = problems
  }

  error(saying: Saying): void {
    this.problems.error(this.#remark(saying))
  }

  note(saying: Saying): void {
    this.problems.note(this.#remark(saying))
  }

  lineText(path: Path, of: 'key' | 'value' = 'value'): string {
    return this.problems.lineText(offsetOf(this.root, path, of))
  }

  #remark({ path, message, hint, of }: Saying) {
    const offset = offsetOf(this.root, path, of)
    return { offset, path: pathText(this.root, path), message, hint: hint ?? '' }
  }
}
