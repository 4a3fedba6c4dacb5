/** Something that Daypass stands on is not as it must be. The message says what and what to do, without secrets. */
export class StartupRefused extends Error {
  override readonly name = 'StartupRefused'
}
