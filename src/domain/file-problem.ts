import type { Problem } from './problem.ts'

/** One fault in a hand-written file, with its remedy. Lines and columns count from 1. */
export interface FileProblem extends Problem {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A file cannot be used. Has every problem found, in the order of the files; the message lists them all. */
export class FileProblemsError extends Error {
  override readonly name: string = 'FileProblemsError'
  readonly problems: readonly FileProblem[]

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(describeFileProblem).join('\n'))
    this.problems = problems
  }
}

/** Writes `catalog.yml:12:5: The problem. The remedy.` Editors and terminals make a link of the position. */
export function describeFileProblem({ file, line, column, what, remedy }: FileProblem): string {
  return `${file}:${line}:${column}: ${what} ${remedy}`
}

/** Adds a full stop to a sentence that has none. */
export function asSentence(text: string): string {
  const trimmed = text.trim()
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
