/** Something is wrong: one sentence for the problem, one for the remedy. Neither has a secret. */
export interface Problem {
  readonly what: string
  /** The remedy. */
  readonly remedy: string
}
