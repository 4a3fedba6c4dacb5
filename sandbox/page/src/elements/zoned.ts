/** `2026-11-20T13:05` in a zone, as `<input type="datetime-local">` has it. */
export function localOf(timestamp: number, tz: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' })
    .format(timestamp * 1000)
    .replace(' ', 'T')
}

/** The Unix seconds of a local time in a zone. */
export function unixOf(local: string, tz: string): number {
  const asIfUtc = Date.parse(`${local}Z`) / 1000
  let guess = asIfUtc
  // Computed twice: the first guess may be on the other side of a change to or from summer time.
  for (let i = 0; i < 2; i++) guess += asIfUtc - Date.parse(`${localOf(guess, tz)}Z`) / 1000
  return guess
}
