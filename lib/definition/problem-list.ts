// Collects what is wrong with one text, each with its line and column, so that a person sees
// all of it at once. Errors forbid the text; notes are said and nothing more.

import { definitionLimits } from '../base/limits.ts'
import type { Problem } from '../base/problem.ts'

export type Remark = {
  readonly offset: number
  readonly path?: string
  readonly message: string
  readonly hint?: string
}

export class ProblemList {
  readonly #file: string
  readonly #lineStarts: readonly number[]
  readonly #errors: Problem[] = []
  readonly #notes: Problem[] = []
  #unheardErrors = 0

  constructor(file: string, text: string) {
    this.#file = file
    const starts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#lineStarts = starts
  }

  get hasErrors(): boolean {
    return this.#errors.length > 0
  }

  /** More errors are only counted: their words are not worth finding. */
  get isFull(): boolean {
    return this.#errors.length >= definitionLimits.problemsShown
  }

  error(remark: Remark): void {
    if (!this.isFull) this.#errors.push(this.#problem(remark))
    else this.#unheardErrors++
  }

  note(remark: Remark): void {
    if (this.#notes.length < definitionLimits.problemsShown) this.#notes.push(this.#problem(remark))
  }

  /** In the order of the text; one last line counts those beyond the bound. */
  errors(): readonly Problem[] {
    const sorted = [...this.#errors].sort(byPlace)
    if (this.#unheardErrors === 0) return sorted
    const message = `${this.#unheardErrors} more problems are not shown`
    return [...sorted, { file: this.#file, line: 0, column: 0, path: '', message, hint: '' }]
  }

  notes(): readonly Problem[] {
    return [...this.#notes].sort(byPlace)
  }

  /** `line 3`, for messages that name a second place. */
  lineText(offset: number): string {
    return `line ${this.#place(offset).line}`
  }

  #problem(remark: Remark): Problem {
    return {
      file: this.#file,
      ...this.#place(remark.offset),
      path: remark.path ?? '',
      message: remark.message,
      hint: remark.hint ?? '',
    }
  }

  #place(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 }
  }
}

function byPlace(left: Problem, right: Problem): number {
  return left.line - right.line || left.column - right.column
}
