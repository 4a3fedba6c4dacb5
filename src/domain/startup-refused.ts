/**
 * A system that Daypass needs is not in the state that it needs. The message says what and what to do, without secrets.
 */
export class StartupRefused extends Error {
  override readonly name = 'StartupRefused'
  readonly what: string
  readonly remedy: string | null

  constructor(what: string, remedy: string | null = null) {
    super(remedy === null ? what : `${what} ${remedy}`)
    this.what = what
    this.remedy = remedy
  }
}
