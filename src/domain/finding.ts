import type { FileProblem } from './file-problem.ts'

/** What `daypass check` found in files that can be read and used. `error`: people could not do what the files promise, or too much. */
export interface Finding {
  /** Names the kind of fault, for CI: `policy-never-matches`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly problem: FileProblem
}
