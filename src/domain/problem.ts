/** Something that is not as it must be, in two sentences. Neither holds a secret. */
export interface Problem {
  readonly what: string
  /** The remedy. */
  readonly remedy: string
}
